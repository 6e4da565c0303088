"""MinIO's client for Python."""

import io

import minio
from minio.commonconfig import CopySource

from ..client import Client


class MinioPy(Client):
    name = "minio-py"

    def set_up(self):
        key = self.route.key
        self._s3 = minio.Minio(self.route.host, access_key=key.id, secret_key=key.secret, secure=False, region="us-east-1")

    def version(self):
        return minio.__version__

    def put(self, key, data, **more):
        self._s3.put_object(self.route.bucket, key, io.BytesIO(data), len(data), **more)

    def multipart(self, key, data):
        self.put(key, data, part_size=5 << 20)

    def get(self, key, **more):
        answer = self._s3.get_object(self.route.bucket, key, **more)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def list(self, prefix):
        return [found.object_name for found in self._s3.list_objects(self.route.bucket, prefix, recursive=True)]

    def range(self, key, first, last):
        return self.get(key, offset=first, length=last - first + 1)

    def copy(self, source, key):
        self._s3.copy_object(self.route.bucket, key, CopySource(self.route.bucket, source))

    def delete(self, key):
        self._s3.remove_object(self.route.bucket, key)

    def presigned_get(self, key):
        return self._s3.presigned_get_object(self.route.bucket, key)

    def presigned_put(self, key):
        return self._s3.presigned_put_object(self.route.bucket, key)

    def put_metadata(self, key, data, kind, metadata):
        self.put(key, data, content_type=kind, metadata=metadata)
