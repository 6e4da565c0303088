"""Apache OpenDAL, in Rust."""

import importlib.metadata

import opendal

from ..client import Client


class OpenDal(Client):
    name = "opendal"

    def set_up(self):
        key = self.route.key
        self._store = opendal.Operator(
            "s3", bucket=self.route.bucket, endpoint=self.route.endpoint, region="us-east-1",
            access_key_id=key.id, secret_access_key=key.secret, disable_config_load="true", disable_ec2_metadata="true",
        )  # fmt: skip

    def version(self):
        return importlib.metadata.version("opendal")

    def put(self, key, data):
        self._store.write(key, data)

    def multipart(self, key, data):
        self._store.write(key, data, chunk=5 << 20)

    def get(self, key):
        return bytes(self._store.read(key))

    def list(self, prefix):
        return [found.path for found in self._store.scan(prefix) if not found.path.endswith("/")]

    def range(self, key, first, last):
        with self._store.open(key, "rb") as file:
            file.seek(first)
            return bytes(file.read(last - first + 1))

    def copy(self, source, key):
        self._store.copy(source, key)

    def delete(self, key):
        self._store.delete(key)
