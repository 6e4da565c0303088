"""s3fs, on aiobotocore."""

import s3fs

from ..client import Client


class S3Fs(Client):
    name = "s3fs"

    def set_up(self):
        key = self.route.key
        self._fs = s3fs.S3FileSystem(
            key=key.id, secret=key.secret, endpoint_url=self.route.endpoint, use_listings_cache=False,
            client_kwargs={"region_name": "us-east-1"}, config_kwargs={"s3": {"addressing_style": "path"}}, skip_instance_cache=True,
        )  # fmt: skip

    def version(self):
        return s3fs.__version__

    def _at(self, key):
        return f"{self.route.bucket}/{key}"

    def put(self, key, data):
        self._fs.pipe_file(self._at(key), data)

    def multipart(self, key, data):
        with self._fs.open(self._at(key), "wb", block_size=5 << 20) as file:
            file.write(data)

    def get(self, key):
        return self._fs.cat_file(self._at(key))

    def list(self, prefix):
        return [found.split("/", 1)[1] for found in self._fs.find(self._at(prefix))]

    def range(self, key, first, last):
        return self._fs.cat_file(self._at(key), start=first, end=last + 1)

    def copy(self, source, key):
        self._fs.cp_file(self._at(source), self._at(key))

    def delete(self, key):
        self._fs.rm_file(self._at(key))

    def presigned_get(self, key):
        return self._fs.sign(self._at(key))

    def put_metadata(self, key, data, kind, metadata):
        self._fs.pipe_file(self._at(key), data, ContentType=kind, Metadata=metadata)
