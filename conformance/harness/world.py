"""What a case sees: an endpoint, clients, buckets, and the store behind to look at."""

import botocore.exceptions

from . import keys, sign, wire
from .clients import AwsCli, s3_client
from .gateway import BUCKETS, LOOK, MADE
from .stores import DIRECT


class World:
    """A store, reached through Brigade or (`gateway` None) directly."""

    def __init__(self, store, gateway, folder):
        self.store = store
        self.gateway = gateway
        self.folder = folder
        self.direct = gateway is None
        self.endpoint = store.endpoint if self.direct else gateway.endpoint
        self.host = self.endpoint.removeprefix("http://")
        self.full = keys.STORE if self.direct else keys.FULL
        self._clients = {}
        self._made = set()

    def bucket(self, role):
        """The bucket that the cases call `plain`, `mapped` or `open`."""
        return DIRECT.get(role, f"direct-{role}") if self.direct else role

    def client(self, key=keys.FULL, **config):
        """A boto3 client for one key (None: unsigned)."""
        key = self.full if key == keys.FULL or self.direct and key == keys.OWNER else key
        name = (key, repr(sorted(config.items())))
        if name not in self._clients:
            self._clients[name] = s3_client(self.endpoint, key, self._no_leak, **config)
        return self._clients[name]

    def cli(self, home, key=keys.FULL):
        return AwsCli(self.endpoint, self.full if key == keys.FULL else key, home)

    def send(self, method, path, query="", headers=(), body=b"", key=keys.FULL, payload=None, unsigned=(), **how):
        """One request, signed by hand in its headers; `signing` gives a signature of its own making."""
        data = body if isinstance(body, bytes) else b"".join(body)
        signing = how.pop("signing", None) or sign.Signing(self.full if key == keys.FULL else key)
        if payload is None:
            payload = sign.sha256(data)
        lines = sign.headers_for(signing, method, self.host, path, query, headers, payload, unsigned)
        return self.deliver(method, path, query, lines, body, **how)

    def deliver(self, method, path, query="", headers=(), body=b"", **how):
        """One request as it is."""
        target = f"{path}?{query}" if query else path
        answer = wire.send(self.endpoint, method, target, headers, body, **how)
        self.check_leak(answer.headers, answer.body)
        return answer

    def make(self, role, **how):
        """The bucket of this role, created if no case has done so yet."""
        name = self.bucket(role)
        if role not in self._made:
            try:
                self.client(keys.OWNER).create_bucket(Bucket=name, **how)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise
            self._made.add(role)
        return name

    # The store behind.

    def look(self):
        """A client of the store itself, where it has an address; else of Brigade, with every right."""
        if "look" not in self._clients:
            inside = self.store.endpoint is None
            endpoint, key = (self.endpoint, keys.FULL) if inside else (self.store.endpoint, keys.STORE)
            self._clients["look"] = s3_client(endpoint, key)
        return self._clients["look"]

    def behind(self, bucket, key):
        """The names at the store of what clients call `bucket` and `key`, as `look` takes them."""
        if self.direct:
            return bucket, key
        real, prefix = (BUCKETS | MADE)[bucket]
        if self.store.endpoint is None:
            real = {"plain": "plain", "mapped": LOOK, "open": f"{LOOK}-open"}[bucket]
        return real, prefix + key

    def stored(self, bucket, key):
        """The object's bytes at the store, or None."""
        bucket, key = self.behind(bucket, key)
        try:
            return self.look().get_object(Bucket=bucket, Key=key)["Body"].read()
        except botocore.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def store_up(self, bucket, key, data, **more):
        """Puts an object at the store, not through the gate."""
        bucket, key = self.behind(bucket, key)
        return self.look().put_object(Bucket=bucket, Key=key, Body=data, **more)

    def stored_keys(self, bucket, prefix=""):
        """Every key at the store below a prefix, as clients name them."""
        real, full = self.behind(bucket, prefix)
        cut = len(full) - len(prefix)
        pages = self.look().get_paginator("list_objects_v2").paginate(Bucket=real, Prefix=full)
        return [item["Key"][cut:] for page in pages for item in page.get("Contents", [])]

    def uploads(self, bucket, prefix=""):
        """The keys of unfinished uploads at the store, as clients name them."""
        real, full = self.behind(bucket, prefix)
        found = self.look().list_multipart_uploads(Bucket=real, Prefix=full)
        return [upload["Key"][len(full) - len(prefix) :] for upload in found.get("Uploads", [])]

    # Nothing of the store in any answer.

    def secrets(self):
        """What no answer may contain."""
        hidden = [keys.STORE.id, keys.STORE.secret]
        hidden += [real for name, (real, _) in MADE.items() if real != name and name != "part"]
        hidden += [text for real, prefix in BUCKETS.values() if prefix for text in (real, prefix.rstrip("-/"))]
        if self.store.endpoint:
            hidden.append(self.store.endpoint.removeprefix("http://"))
        return hidden

    def check_leak(self, headers, body):
        if self.direct:
            return
        text = "\n".join(f"{name}: {value}" for name, value in headers).encode() + b"\n\n" + (body or b"")
        for hidden in self.secrets():
            assert hidden.encode() not in text, f"R-ERR-02: {hidden!r} is in an answer: {text[:2000]!r}"

    def _no_leak(self, response_dict, **_):
        body = response_dict["body"] if isinstance(response_dict["body"], bytes) else b""
        self.check_leak(list(response_dict["headers"].items()), body)
