"""AWS's SDK for Python."""

import io

import botocore
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from harness.clients import s3_client

from ..client import Client


class Boto3(Client):
    name = "boto3"

    def set_up(self):
        self._s3 = s3_client(self.route.endpoint, self.route.key)

    def version(self):
        return botocore.__version__

    def _at(self, key):
        return {"Bucket": self.route.bucket, "Key": key}

    def put(self, key, data):
        self._s3.put_object(**self._at(key), Body=data)

    def get(self, key):
        return self._s3.get_object(**self._at(key))["Body"].read()

    def list(self, prefix):
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.route.bucket, Prefix=prefix, PaginationConfig={"PageSize": 2})
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def range(self, key, first, last):
        return self._s3.get_object(**self._at(key), Range=f"bytes={first}-{last}")["Body"].read()

    def multipart(self, key, data):
        self._s3.upload_fileobj(io.BytesIO(data), self.route.bucket, key, Config=TransferConfig(multipart_chunksize=5 << 20))

    def copy(self, source, key):
        self._s3.copy_object(**self._at(key), CopySource=self._at(source))

    def delete(self, key):
        self._s3.delete_objects(Bucket=self.route.bucket, Delete={"Objects": [{"Key": key}]})

    def presigned_get(self, key):
        return self._s3.generate_presigned_url("get_object", Params=self._at(key))

    def presigned_put(self, key):
        return self._s3.generate_presigned_url("put_object", Params=self._at(key))

    def put_metadata(self, key, data, kind, metadata):
        self._s3.put_object(**self._at(key), Body=data, ContentType=kind, Metadata=metadata)

    def put_if_absent(self, key, data):
        try:
            self._s3.put_object(**self._at(key), Body=data, IfNoneMatch="*")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 412:
                return False
            raise
        return True
