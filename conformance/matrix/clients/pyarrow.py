"""Arrow's file system, on AWS's SDK for C++."""

import pyarrow
from pyarrow import fs

from ..client import Client


class PyArrow(Client):
    name = "pyarrow"

    def set_up(self):
        key = self.route.key
        self._fs = fs.S3FileSystem(
            access_key=key.id, secret_key=key.secret, endpoint_override=self.route.host, scheme="http", region="us-east-1",
            allow_bucket_creation=False, retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=1),
        )  # fmt: skip

    def version(self):
        return pyarrow.__version__

    def _at(self, key):
        return f"{self.route.bucket}/{key}"

    def put(self, key, data):
        with self._fs.open_output_stream(self._at(key)) as stream:
            stream.write(data)

    multipart = put

    def get(self, key):
        with self._fs.open_input_stream(self._at(key)) as stream:
            return stream.read()

    def list(self, prefix):
        found = self._fs.get_file_info(fs.FileSelector(self._at(prefix.rstrip("/")), recursive=True))
        return [info.path.split("/", 1)[1] for info in found if info.is_file]

    def range(self, key, first, last):
        with self._fs.open_input_file(self._at(key)) as file:
            return file.read_at(last - first + 1, first)

    def copy(self, source, key):
        self._fs.copy_file(self._at(source), self._at(key))

    def delete(self, key):
        self._fs.delete_file(self._at(key))
