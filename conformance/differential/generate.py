"""Requests from the S3 model: operation × parameters × keys × headers, by a seed."""

import base64
import hashlib
import random
from xml.sax.saxutils import escape

from harness import sign
from harness.checksums import ALGORITHMS, checksum

from .step import PAYLOADS, Ref, Step

#: Operations of the model that no step asks for, and why.
LEFT_OUT = {
    "writes of a bucket's configuration": "are refused for a bucket with a prefix, as is under test; cases/test_bucket_configuration.py",
    "CreateBucket, DeleteBucket, HeadBucket, ListBuckets": "cases/test_buckets.py",
    "PutObjectAcl, Put/GetObjectRetention, Put/GetObjectLegalHold": "take another account, or a bucket with locks; cases/test_acl.py, test_lock.py",
    "SelectObjectContent, RestoreObject, GetObjectTorrent": "no store here has them; cases/test_model.py",
    "PostObject": "cases/test_post.py",
    "what is 501": "cases/test_model.py",
}

NAMES = [
    "a", "b/c", "b/d", "dir/", "sp ace", "plus+", "100%", "a%2Fb", "ünï", "u\u0308", "\U0001f980", "q?x=1&y", "h#sh", "!-_.*'(),;:@=$~",
    "[]{}^`|<>\"", "a/.hidden", "a//b", "/lead", "a/../b", "a/./b", "back\\slash", "x" * 200 + "/" + "y" * 300, "tab\there", "eq=1/k=v",
]  # fmt: skip
BODIES = [b"", b"x", b"0123456789" * 20, bytes(range(256)) * 300]
READS = ["location", "acl", "policyStatus", "encryption", "website", "tagging", "requestPayment", "publicAccessBlock", "versioning"]


class Generator:
    """An endless row of steps; the same for the same seed."""

    def __init__(self, seed, exact, versioned):
        self.random = random.Random(seed)
        self.names = [name for name in NAMES if exact or plain(name)]
        self.versioned = versioned
        self.uploads = []
        self.parts = {}
        self.versions = 0
        self.etags = 0

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def key(self):
        return self.random.choice(self.names)

    def step(self):
        makers = [
            (24, self.put), (14, self.get), (6, self.head), (6, self.delete), (3, self.delete_many), (7, self.copy), (12, self.list),
            (4, self.create), (7, self.part), (2, self.part_copy), (3, self.complete), (1, self.abort), (2, self.list_parts), (2, self.list_uploads),
            (5, self.tagging), (2, self.attributes), (2, self.object_acl), (3, self.list_versions), (2, self.bucket_read), (2, self.malformed),
        ]  # fmt: skip
        weights, choices = zip(*makers)
        return self.random.choices(choices, weights)[0]()

    # Objects.

    def put(self):
        body = self.random.choice(BODIES)
        headers, payload, trailer = self.described(), self.random.choice(PAYLOADS), ()
        algorithm = self.random.choice(list(ALGORITHMS))
        # In a bucket with versions, what one store takes and Brigade refuses would stay for ever.
        value = checksum(algorithm, body if self.versioned or self.chance(0.8) else b"other")
        named = (f"x-amz-checksum-{algorithm}", value)
        if payload in (sign.UNSIGNED_TRAILER, sign.CHUNKS_TRAILER):
            trailer = (named,)
        elif payload in ("hash", sign.UNSIGNED) and self.chance(0.4):
            headers += [named, ("x-amz-sdk-checksum-algorithm", algorithm.upper())]
        elif payload == "hash" and self.chance(0.3):
            headers.append(("content-md5", md5(body if self.chance(0.7) else b"other")))
        if payload != "url" and self.chance(0.15):
            headers.append(self.one(("if-none-match", "*"), ("if-match", '"0"')))
        if payload == "url":
            headers = []
        return Step("PutObject", "PUT", self.key(), (), tuple(headers), body, payload, trailer, teaches=self.version())

    def version(self):
        self.versions += 1
        return "version"

    def described(self):
        headers = []
        if self.chance(0.4):
            headers.append(("content-type", self.one("text/plain", "text/x-own; charset=utf-8", "application/octet-stream")))
        if self.chance(0.2):
            headers.append(self.one(("cache-control", "no-cache"), ("content-disposition", 'attachment; filename="a b"'), ("content-language", "de")))
        if self.chance(0.3):
            headers.append(("x-amz-meta-" + self.one("color", "x-y"), self.one("blue", "a b", "=?UTF-8?Q?=C3=A9?=", "1")))
        if self.chance(0.15):
            headers.append(("x-amz-tagging", self.one("a=1", "a=1&b=2", "k=%20")))
        if self.chance(0.1):
            headers.append(("x-amz-storage-class", self.one("STANDARD", "STANDARD_IA")))
        return headers

    def at_version(self):
        if self.versioned and self.versions and self.chance(0.3):
            return (("versionId", Ref("version", self.random.randrange(self.versions))),)
        return ()

    def conditions(self):
        headers = []
        if self.chance(0.3):
            headers.append(("range", self.one("bytes=0-3", "bytes=5-", "bytes=-4", "bytes=0-99999999", "bytes=999999999-", "bytes=3-1", "chars=1-2")))
        if self.chance(0.2):
            past, future = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
            headers.append(
                self.one(("if-match", "*"), ("if-match", '"0"'), ("if-none-match", '"0"'), ("if-modified-since", past), ("if-unmodified-since", past), ("if-modified-since", future))
            )
        return headers

    def get(self):
        query, headers = self.at_version(), self.conditions()
        if self.chance(0.1):
            query += (self.one(("response-content-type", "text/x-own"), ("response-cache-control", "no-store"), ("response-content-disposition", 'inline; x="é"')),)
        if self.chance(0.2):
            headers.append(("x-amz-checksum-mode", "ENABLED"))
        return Step("GetObject", "GET", self.key(), query, tuple(headers), payload=self.one("hash", "hash", "url"))

    def head(self):
        return Step("HeadObject", "HEAD", self.key(), self.at_version(), tuple(self.conditions()))

    def delete(self):
        return Step("DeleteObject", "DELETE", self.key(), self.at_version() if self.chance(0.5) else (), teaches=self.version())

    def delete_many(self):
        keys = self.random.sample(self.names, self.random.randrange(1, 5))
        objects = "".join(f"<Object><Key>@KEY:{escape(key)}@</Key></Object>" for key in keys)
        quiet = "<Quiet>true</Quiet>" if self.chance(0.3) else ""
        body = f"<Delete>{objects}{quiet}</Delete>".encode()
        if self.chance(0.1):
            body = body[:-9]
        return Step("DeleteObjects", "POST", None, (("delete", ""),), ("md5",), body)

    def copy(self):
        headers = []
        if self.chance(0.4):
            headers = [("x-amz-metadata-directive", "REPLACE"), *self.described()]
            headers = [(name, value) for name, value in headers if name != "x-amz-tagging"]
        if self.chance(0.2):
            headers.append(self.one(("x-amz-copy-source-if-match", '"0"'), ("x-amz-copy-source-if-none-match", '"0"')))
        version = self.at_version()
        source = (self.key(), version[0][1] if version else None)
        return Step("CopyObject", "PUT", self.key(), (), tuple(headers), source=source, teaches=self.version())

    def attributes(self):
        names = self.one("ETag,ObjectSize", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize")
        return Step("GetObjectAttributes", "GET", self.key(), (("attributes", ""),), (("x-amz-object-attributes", names),))

    def object_acl(self):
        return Step("GetObjectAcl", "GET", self.key(), (("acl", ""),))

    def tagging(self):
        query = (("tagging", ""), *self.at_version())
        method = self.one("GET", "PUT", "PUT", "DELETE")
        operation = {"GET": "GetObjectTagging", "PUT": "PutObjectTagging", "DELETE": "DeleteObjectTagging"}[method]
        if method != "PUT":
            return Step(operation, method, self.key(), query)
        tags = self.one("<Tag><Key>a</Key><Value>1</Value></Tag>", "", "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b c</Key><Value>&amp;</Value></Tag>")
        return Step(operation, method, self.key(), query, ("md5",), f"<Tagging><TagSet>{tags}</TagSet></Tagging>".encode())

    # Listings.

    def listing(self, *names):
        values = {
            "prefix": ["", "a", "b/", "dir/", "sp", "none"],
            "delimiter": ["/", "a", "//"],
            "max-keys": ["1", "2", "5", "1000", "0"],
            "encoding-type": ["url"],
            "marker": ["a", "b/c", "sp ace", "zz"],
            "start-after": ["a", "b/c", "ünï"],
            "fetch-owner": ["true"],
            "key-marker": ["a", "b/c"],
            "max-uploads": ["1", "10"],
        }
        return tuple((name, self.random.choice(values[name])) for name in names if self.chance(0.4))

    def list(self):
        if self.chance(0.5):
            return Step("ListObjects", "GET", None, self.listing("prefix", "delimiter", "max-keys", "encoding-type", "marker"))
        query = (("list-type", "2"), *self.listing("prefix", "delimiter", "max-keys", "encoding-type", "start-after", "fetch-owner"))
        return Step("ListObjectsV2", "GET", None, query, payload=self.one("hash", "url"))

    def list_versions(self):
        return Step("ListObjectVersions", "GET", None, (("versions", ""), *self.listing("prefix", "delimiter", "max-keys", "encoding-type", "key-marker")))

    def list_uploads(self):
        return Step("ListMultipartUploads", "GET", None, (("uploads", ""), *self.listing("prefix", "delimiter", "max-uploads", "encoding-type", "key-marker")))

    def bucket_read(self):
        return Step("bucket reads", "GET", None, ((self.random.choice(READS), ""),))

    # Uploads in parts.

    def create(self):
        key = self.key()
        self.uploads.append(key)
        return Step("CreateMultipartUpload", "POST", key, (("uploads", ""),), tuple(self.described()), teaches="upload")

    def upload(self):
        index = self.random.randrange(len(self.uploads))
        return index, self.uploads[index], ("uploadId", Ref("upload", index))

    def part(self):
        if not self.uploads:
            return self.create()
        index, key, upload = self.upload()
        number = self.random.randrange(1, 4)
        self.parts.setdefault(index, {})[number] = self.etags
        self.etags += 1
        body = self.one(b"last part", b"p" * (5 << 20)) if self.chance(0.3) else b"small"
        payload = self.one("hash", sign.UNSIGNED, sign.CHUNKS)
        return Step("UploadPart", "PUT", key, (("partNumber", str(number)), upload), (), body, payload, teaches="etag")

    def part_copy(self):
        if not self.uploads:
            return self.create()
        _, key, upload = self.upload()
        headers = (("x-amz-copy-source-range", self.one("bytes=0-3", "bytes=0-99999999", "bytes=1")),) if self.chance(0.5) else ()
        return Step("UploadPartCopy", "PUT", key, (("partNumber", "9"), upload), headers, source=(self.key(), None))

    def complete(self):
        if not self.uploads:
            return self.create()
        index, key, upload = self.upload()
        parts = sorted(self.parts.get(index, {}).items())
        if self.chance(0.2):
            parts.reverse()
        body = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>@ETAG:{etag}@</ETag></Part>" for number, etag in parts)
        return Step("CompleteMultipartUpload", "POST", key, (upload,), (), f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode(), teaches=self.version())

    def abort(self):
        if not self.uploads:
            return self.create()
        _, key, upload = self.upload()
        return Step("AbortMultipartUpload", "DELETE", key, (upload,))

    def list_parts(self):
        if not self.uploads:
            return self.create()
        _, key, upload = self.upload()
        return Step("ListParts", "GET", key, (upload, *((("max-parts", "1"),) if self.chance(0.3) else ())))

    def malformed(self):
        return self.one(
            Step("malformed", "GET", None, (("max-keys", "-1"),)),
            Step("malformed", "GET", None, (("max-keys", "x"),)),
            Step("malformed", "GET", None, (("encoding-type", "base64"),)),
            Step("malformed", "PUT", self.key(), (("partNumber", "0"), ("uploadId", "none")), (), b"x"),
            Step("malformed", "PUT", self.key(), (("partNumber", "1"), ("uploadId", "none")), (), b"x"),
            Step("malformed", "GET", self.key(), (("uploadId", "none"),)),
            Step("malformed", "POST", None, (("delete", ""),), ("md5",), b"<Delete>"),
            Step("malformed", "PUT", self.key(), (("tagging", ""),), ("md5",), b"<Tagging>"),
        )


def plain(name):
    """Whether a store that takes keys for paths keeps it."""
    inner = name.removesuffix("/")
    return "\\" not in name and all(segment not in ("", ".", "..") for segment in inner.split("/")) and not name.endswith("/")


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()
