"""Clients that are driven by a program of their own language, one process for each operation.

The program is called with the client and the operation; its arguments come as JSON on its standard input, its answer leaves as
JSON. Bytes are base64.
"""

import base64
import json

from harness import keys

from ..client import Client


class Driven(Client):
    client = ""

    def command(self):
        raise NotImplementedError

    def _do(self, operation, **given):
        route = self.route
        asked = {"endpoint": route.endpoint, "keyId": route.key.id, "secret": route.key.secret, "region": keys.REGION, "bucket": route.bucket}
        if "data" in given:
            given["data"] = base64.b64encode(given["data"]).decode()
        said = json.loads(self.run(*self.command(), self.client, operation, stdin=json.dumps(asked | given).encode()))
        return base64.b64decode(said["bytes"]) if "bytes" in said else said["answer"]

    def version(self):
        return self._do("version")

    def put(self, key, data):
        self._do("put", key=key, data=data)

    def multipart(self, key, data):
        self._do("multipart", key=key, data=data)

    def get(self, key):
        return self._do("get", key=key)

    def list(self, prefix):
        return self._do("list", prefix=prefix)

    def range(self, key, first, last):
        return self._do("range", key=key, first=first, last=last)

    def copy(self, source, key):
        self._do("copy", source=source, key=key)

    def delete(self, key):
        self._do("delete", key=key)

    def presigned_get(self, key):
        return self._do("presigned_get", key=key)

    def presigned_put(self, key):
        return self._do("presigned_put", key=key)

    def put_metadata(self, key, data, kind, metadata):
        self._do("put_metadata", key=key, data=data, kind=kind, metadata=metadata)
