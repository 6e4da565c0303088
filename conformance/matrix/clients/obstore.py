"""obstore: Rust's object_store for Python."""

import obstore
from obstore.store import S3Store

from ..client import Client


class ObStore(Client):
    name = "obstore"

    def set_up(self):
        key = self.route.key
        self._store = S3Store(
            self.route.bucket, endpoint=self.route.endpoint, access_key_id=key.id, secret_access_key=key.secret, region="us-east-1",
            virtual_hosted_style_request=False, client_options={"allow_http": True}, retry_config={"max_retries": 0},
        )  # fmt: skip

    def version(self):
        return obstore.__version__

    def put(self, key, data):
        obstore.put(self._store, key, data, use_multipart=False)

    def multipart(self, key, data):
        obstore.put(self._store, key, data, use_multipart=True, chunk_size=5 << 20)

    def get(self, key):
        return bytes(obstore.get(self._store, key).bytes())

    def list(self, prefix):
        return [found["path"] for page in obstore.list(self._store, prefix) for found in page]

    def range(self, key, first, last):
        return bytes(obstore.get_range(self._store, key, start=first, end=last + 1))

    def copy(self, source, key):
        obstore.copy(self._store, source, key)

    def delete(self, key):
        obstore.delete(self._store, key)

    def presigned_get(self, key):
        from datetime import timedelta

        return obstore.sign(self._store, "GET", key, timedelta(minutes=5))

    def presigned_put(self, key):
        from datetime import timedelta

        return obstore.sign(self._store, "PUT", key, timedelta(minutes=5))

    def put_metadata(self, key, data, kind, metadata):
        obstore.put(self._store, key, data, attributes={"Content-Type": kind} | metadata, use_multipart=False)

    def put_if_absent(self, key, data):
        try:
            obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except obstore.exceptions.AlreadyExistsError:
            return False
        return True
