"""Requests by hand, of every kind that the generator does not make: each changes nothing, or the same whoever does it first."""

import base64
import gzip
import hashlib
import time
from itertools import product
from typing import NamedTuple

from harness import keys, sign

WRONG = keys.Key(keys.FULL.id, "not+the+secret/0123456789abcdefghijklmn")
#: An object that is there before the first request, with what answers can carry.
THERE = "odd/there"
BODY = bytes(range(256)) * 40
WHO = {
    "anonymous": None, "unknown": keys.UNKNOWN, "wrong": WRONG, "disabled": keys.DISABLED, "expired": keys.EXPIRED,
    "reader": keys.READ_ONLY, "team": keys.TEAM, "policy": keys.POLICY, "owner": keys.OWNER, "full": keys.FULL, "near": keys.NEAR,
}  # fmt: skip


class Request(NamedTuple):
    """How it is signed is `how`: None is not at all, `url` presigned; else in its headers, with `signing`'s changes."""

    name: str
    method: str
    path: str
    query: str = ""
    headers: tuple = ()
    body: bytes = b""
    key: keys.Key | None = keys.FULL
    how: str | None = "headers"
    signing: dict = {}
    payload: str | None = None
    #: Sent beside what is signed.
    beside: tuple = ()
    #: In place of the runtime's own; `%PORT%` stands for its port.
    host: str | None = None
    #: Of a presigned request.
    expires: str = "900"
    #: Headers, or parameters of the query, that are taken away after the signing.
    drop: tuple = ()


def lines(request, endpoint):
    """(target, headers) of the request for one runtime."""
    own = endpoint.removeprefix("http://")
    host = (request.host or own).replace("%PORT%", own.rsplit(":", 1)[1])
    path, query = request.path, request.query
    if request.key is None or request.how is None:
        headers = [("host", host), *request.headers, *request.beside]
    elif request.how == "url":
        signing = sign.Signing(request.key, **moved(request.signing))
        query = sign.presigned_query(signing, request.method, host, path, query, request.expires, request.headers)
        headers = [("host", host), *request.headers, *request.beside]
    else:
        signing = sign.Signing(request.key, **moved(request.signing))
        payload = request.payload or sign.sha256(request.body)
        headers = sign.headers_for(signing, request.method, host, path, query, request.headers, payload, request.beside)
    query = "&".join(pair for pair in query.split("&") if not pair.startswith(request.drop)) if request.drop else query
    headers = [(name, value) for name, value in headers if name not in request.drop]
    return (f"{path}?{query}" if query else path), headers


def moved(signing):
    """`at` is seconds from now."""
    return signing | ({"at": time.time() + signing["at"]} if "at" in signing else {})


def md5(body):
    return ("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode())


def all_requests():
    """Every request, each with a name of its own."""
    made = [
        *callers(), *signatures(), *sub_resources(), *arguments(), *reads(), *paths(), *hosts(), *cors(), *internal(), *headers(), *documents(),
        *writes(), *forms(),
    ]  # fmt: skip
    assert len({request.name for request in made}) == len(made), "two requests of one name"
    return made


def callers():
    """Who may do what."""
    delete = b"<Delete><Object><Key>odd/none</Key></Object></Delete>"
    asked = {
        "GET": ("GET", f"/mapped/{THERE}", "", (), b""),
        "HEAD": ("HEAD", f"/mapped/{THERE}", "", (), b""),
        "none": ("GET", "/mapped/odd/none", "", (), b""),
        "open": ("GET", "/open/odd/none", "", (), b""),
        "PUT": ("PUT", "/mapped/odd/same", "", (), b"the same"),
        "DELETE": ("DELETE", "/mapped/odd/none", "", (), b""),
        "list": ("GET", "/mapped", "list-type=2&prefix=odd%2F", (), b""),
        "batch": ("POST", "/mapped", "delete=", (md5(delete),), delete),
        "buckets": ("GET", "/", "", (), b""),
        "no-bucket": ("GET", "/there-is-none/x", "", (), b""),
        "location": ("GET", "/mapped", "location=", (), b""),
        "create": ("PUT", "/nobody-made-this", "", (), b""),
    }
    for (who, key), (what, (method, path, query, more, body)) in product(WHO.items(), asked.items()):
        if what != "buckets" or who not in ("owner", "full"):
            yield Request(f"callers-{who}-{what}", method, path, query, more, body, key)


def signatures():
    """Signatures that do not hold, or only look odd."""
    there = f"/mapped/{THERE}"
    for how in ("headers", "url"):
        for name, signing in {
            "old": {"at": -7200}, "early": {"at": 7200}, "region": {"region": "eu-north-1"}, "service": {"service": "ec2"},
            "terminator": {"terminator": "aws5_request"}, "date": {"date": "20200101"},
        }.items():  # fmt: skip
            yield Request(f"signatures-{how}-{name}", "GET", there, how=how, signing=signing)
    for name, expires in {"0": "0", "-1": "-1", "week": "604800", "more": "604801", "word": "soon"}.items():
        yield Request(f"signatures-expires-{name}", "GET", there, how="url", expires=expires)
    for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"):
        yield Request(f"signatures-without-{name}", "GET", there, how="url", drop=(name,))
    for name in ("x-amz-date", "x-amz-content-sha256", "authorization"):
        yield Request(f"signatures-without-{name}", "GET", there, drop=(name,))
    for number, value in enumerate([
        "", "Basic YTpi", "Bearer x", "Bearer a.b.c", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=", "AWS AKID:sig",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=zz", "AWS4-ECDSA-P256-SHA256 Credential=a/b", "\t", "é",
    ]):  # fmt: skip
        yield Request(f"signatures-authorization-{number}", "GET", there, key=None, headers=(("authorization", value),))
    both = (("authorization", "AWS4-HMAC-SHA256 Credential=a/20200101/r/s3/aws4_request, SignedHeaders=host, Signature=00"),)
    yield Request("signatures-both", "GET", there, how="url", beside=both)
    yield Request("signatures-wrong-hash", "PUT", "/mapped/odd/never", body=b"x", payload=sign.sha256(b"y"))
    yield Request("signatures-no-hash", "PUT", "/mapped/odd/never", body=b"x", payload="abc")
    yield Request("signatures-unsigned-payload", "PUT", "/mapped/odd/same", body=b"the same", payload=sign.UNSIGNED)
    yield Request("signatures-unsigned-amz-header", "GET", there, beside=(("x-amz-meta-late", "1"),))
    yield Request("signatures-token", "GET", there, headers=(("x-amz-security-token", "none"),))
    for name, marker in {"chunks": sign.CHUNKS, "trailer": sign.UNSIGNED_TRAILER}.items():
        yield Request(f"signatures-broken-{name}", "PUT", "/mapped/odd/never", headers=(("x-amz-decoded-content-length", "3"), ("content-encoding", "aws-chunked")), body=b"no chunks", payload=marker)
        yield Request(f"signatures-lengthless-{name}", "PUT", "/mapped/odd/never", body=b"no chunks", payload=marker)


def sub_resources():
    """What S3 knows of a bucket and of an object; half of it is not served."""
    bucket = [
        "accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
        "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "tagging", "versioning", "website",
        "session", "metadataTable", "unknown",
    ]  # fmt: skip
    object_ = ["acl", "attributes", "legal-hold", "retention", "tagging", "torrent", "select", "restore", "renameObject", "annotation", "unknown"]
    for name, key in product(bucket, (keys.FULL, keys.OWNER)):
        for method in ("GET", "PUT", "DELETE"):
            if not (key is keys.OWNER and method != "GET"):
                yield Request(f"bucket-{name}-{method}-{key.id[-2:]}", method, "/mapped", f"{name}=", key=key)
    for name, method in product(object_, ("GET", "POST")):
        yield Request(f"object-{name}-{method}", method, f"/mapped/{THERE}", f"{name}=")


def arguments():
    """Parameters that are wrong, unknown, or given twice."""
    for number, query in enumerate([
        "max-keys=-1", "max-keys=x", "max-keys=99999999999999999999", "list-type=3", "list-type=2&list-type=2", "prefix=a&prefix=b", "encoding-type=base64",
        "continuation-token=abc&list-type=2", "list-type=2&start-after=%ff", "delimiter=%00", "nothing=1", "versions=&max-keys=x", "uploads=&max-uploads=-2",
        "list-type=2&max-keys=0", "max-keys=0", "prefix=%E4%BD%A0", "list-type=2&prefix=odd/", "list-type=2&prefix=odd%2f&delimiter=%2F&encoding-type=url",
        "list-type=2&fetch-owner=true&prefix=odd", "prefix=odd&marker=odd%2Fa", "x-id=ListObjects&prefix=odd", "prefix=a+b", "&&prefix=odd&", "prefix",
    ]):  # fmt: skip
        yield Request(f"arguments-listing-{number}", "GET", "/mapped", query)
    for number, query in enumerate([
        "versionId=none", "versionId=", "partNumber=0", "partNumber=1", "partNumber=x", "uploadId=none", "uploadId=", "response-content-type=text%2Fx",
        "response-content-type=a%0ab", "response-cache-control=%C3%A9", "response-content-disposition=attachment%3B%20filename%3D%22a%22&response-expires=0",
        "nothing=1", "x-id=GetObject", "response-content-encoding=gzip", "response-content-language=de&response-content-language=en",
    ]):  # fmt: skip
        yield Request(f"arguments-object-{number}", "GET", f"/mapped/{THERE}", query)
    yield Request("arguments-anonymous-response", "GET", "/open/odd/none", "response-content-type=text/x", key=None)
    for number, query in enumerate(["partNumber=0&uploadId=x", "partNumber=10001&uploadId=x", "partNumber=1", "uploadId=x", "partNumber=1&uploadId=x"]):
        yield Request(f"arguments-part-{number}", "PUT", "/mapped/odd/never", query, body=b"x")
    for number, query in enumerate(["uploadId=none", "uploads=&uploadId=x", "select=&select-type=2", "delete=", "restore="]):
        yield Request(f"arguments-post-{number}", "POST", "/mapped/odd/none", query)
    yield Request("arguments-method", "PATCH", f"/mapped/{THERE}")
    yield Request("arguments-method-bucket", "POST", "/mapped")
    yield Request("arguments-method-root", "DELETE", "/")


def reads():
    """Ranges and conditions."""
    etag = f'"{hashlib.md5(BODY).hexdigest()}"'
    past, future = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    lines = [
        ("range", "bytes=0-0"), ("range", "bytes=10-"), ("range", "bytes=-7"), ("range", "bytes=5-2"), ("range", "bytes=999999-"), ("range", "bytes=0-1,5-6"),
        ("range", "bytes=-0"), ("range", "lines=1-2"), ("range", "bytes=0-999999"), ("range", "bytes="), ("if-match", etag), ("if-match", '"0"'), ("if-match", "*"),
        ("if-none-match", etag), ("if-none-match", "*"), ("if-none-match", f'"0", {etag}'), ("if-modified-since", past), ("if-modified-since", future),
        ("if-modified-since", "soon"), ("if-unmodified-since", past), ("if-unmodified-since", future), ("if-range", etag), ("x-amz-checksum-mode", "ENABLED"),
        ("accept-encoding", "gzip, br"), ("accept-encoding", "identity"), ("accept", "text/html"), ("cache-control", "no-cache"), ("pragma", "no-cache"),
        ("expect", "100-continue"), ("te", "trailers"), ("user-agent", "é"), ("cookie", "a=b"), ("x-forwarded-for", "10.0.0.1"), ("origin", "null"),
    ]  # fmt: skip
    for (number, line), method in product(enumerate(lines), ("GET", "HEAD")):
        yield Request(f"reads-{number}-{line[0]}-{method}", method, f"/mapped/{THERE}", beside=(line,))
    yield Request("reads-range-conditions", "GET", f"/mapped/{THERE}", headers=(("range", "bytes=1-5"), ("if-none-match", etag)))
    yield Request("reads-gzip", "GET", "/mapped/odd/gzip")
    yield Request("reads-gzip-accepted", "GET", "/mapped/odd/gzip", beside=(("accept-encoding", "gzip"),))
    yield Request("reads-gzip-head", "HEAD", "/mapped/odd/gzip", beside=(("accept-encoding", "gzip"),))
    yield Request("reads-empty", "GET", "/mapped/odd/empty")
    yield Request("reads-empty-range", "GET", "/mapped/odd/empty", headers=(("range", "bytes=0-0"),))
    yield Request("reads-html", "GET", "/mapped/odd/html", beside=(("accept-encoding", "gzip, br"),))


#: Keys as they are written in a request, most of which nothing is stored under.
TARGETS = [
    "a b".replace(" ", "%20"), "a+b", "a%2Bb", "a%2Fb", "a%2fb", "a%20b", "%C3%BC", "u%CC%88", "%F0%9F%A6%80", "a//b", "/a", "a/", "%ff", "%fe%ff", "%00", "a%0ab", "%zz", "%",
    "a%", "a%2", "~tilde", "*()'!", "a;b,c", "a@b:c", "a=b&c", "%7Etilde", "%41", "a%25b", "%252e%252e", "..a/b", "a/...", "a/..b", "%5C", "%22quoted%22", "%3C%3E", "%7B%7D%7C%5E%60",
    "a%23b", "a%3Fb", "%5B%5D", "[]", "x" * 1024, "x" * 1025, "%E4%BD%A0" * 342, ".hidden", "a%0d", "%7f", "%C2%A0", "%e3%80%80",
]  # fmt: skip
#: Of these the platform makes other paths before a Worker sees them.
DOTS = ["a/../b", "a/./b", "../a", "..", ".", "a/..", "a/.", "%2e%2e/a", "a/%2E%2e/b", "./a"]


def paths():
    """Names as they are written in the request line."""
    for number, name in enumerate(TARGETS):
        yield Request(f"paths-{number}", "GET", f"/mapped/{name}")
    for number, name in enumerate(TARGETS):
        yield Request(f"paths-url-{number}", "GET", f"/plain/{name}", how="url")
    for number, name in enumerate(DOTS):
        yield Request(f"dots-{number}", "GET", f"/mapped/{name}")
        yield Request(f"dots-anonymous-{number}", "GET", f"/open/{name}", key=None)
    for number, path in enumerate(["/mapped/", "//mapped", "//mapped/x", "/Mapped/x", "/ma%70ped/x", "/mapped%2Fx", "/a", "/x_y/z", "/" + "b" * 64, "/.brigade", "/.", "/%", "/%00"]):
        yield Request(f"paths-bucket-{number}", "GET", path)
    yield Request("paths-query-only", "GET", "/", "a=b")


def hosts():
    """The bucket's name in the host, and hosts of no meaning."""
    for name, host in {
        "virtual": "mapped.s3.localhost:%PORT%", "bare": "s3.localhost:%PORT%", "none": "nobody-made-this.s3.localhost:%PORT%", "other": "example.org",
        "capitals": "MAPPED.S3.LOCALHOST:%PORT%", "portless": "mapped.s3.localhost", "deep": "a.mapped.s3.localhost:%PORT%", "dot": "mapped.s3.localhost.:%PORT%",
    }.items():  # fmt: skip
        yield Request(f"hosts-{name}-GET", "GET", f"/{THERE}", host=host)
        yield Request(f"hosts-{name}-root", "GET", "/", "prefix=odd", host=host)
        yield Request(f"hosts-{name}-path", "GET", f"/mapped/{THERE}", how="url", host=host)


def cors():
    """What browsers ask first."""
    for number, (path, origin, method, asked) in enumerate([
        ("/plain/x", "http://127.0.0.1:8000", "PUT", "content-type,x-amz-date"), ("/plain/x", "https://a.example.org", "GET", None),
        ("/plain/x", "https://evil.example", "GET", None), ("/plain/x", "https://a.example.org", "PATCH", None), ("/mapped/x", "https://a.example.org", "GET", None),
        ("/nobody-made-this/x", "https://a.example.org", "GET", None), ("/", "https://a.example.org", "GET", None), ("/plain", "https://a.example.org", "POST", "*"),
        ("/plain/x", "null", "GET", None), ("/plain/%ff", "https://a.example.org", "GET", None),
    ]):  # fmt: skip
        headers = [("origin", origin), ("access-control-request-method", method)]
        headers += [("access-control-request-headers", asked)] if asked else []
        yield Request(f"cors-{number}", "OPTIONS", path, headers=tuple(headers), key=None)
    yield Request("cors-bare", "OPTIONS", "/plain/x", key=None)
    yield Request("cors-originless", "OPTIONS", "/plain/x", headers=(("access-control-request-method", "GET"),), key=None)
    for who in ("anonymous", "full"):
        yield Request(f"cors-get-{who}", "GET", "/plain/odd/none", beside=(("origin", "https://a.example.org"),), key=WHO[who])


def internal():
    """Paths that are no buckets."""
    for number, (method, path) in enumerate([
        ("GET", "/.brigade/health"), ("HEAD", "/.brigade/health"), ("GET", "/.brigade/ready"), ("HEAD", "/.brigade/ready"), ("POST", "/.brigade/ready"), ("GET", "/.brigade/none"), ("GET", "/.brigade"), ("GET", "/.well-known/jwks.json"),
        ("GET", "/.well-known/openid-configuration"), ("GET", "/.sts"), ("POST", "/.sts"), ("GET", "/robots.txt"), ("GET", "/favicon.ico"),
    ]):  # fmt: skip
        yield Request(f"internal-{number}", method, path, key=None)
    form = (("content-type", "application/x-www-form-urlencoded"),)
    for number, body in enumerate([
        b"", b"Action=GetCallerIdentity&Version=2011-06-15", b"Action=AssumeRoleWithWebIdentity&RoleArn=x&WebIdentityToken=a.b.c&RoleSessionName=x&Version=2011-06-15",
        b"Action=Nothing&Version=2011-06-15", b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fx&RoleSessionName=abc",
    ]):  # fmt: skip
        for path in ("/", "/.sts"):
            yield Request(f"internal-sts{path.replace('/', '-')}-{number}", "POST", path, headers=form, body=body, key=None)


def headers():
    """Headers that uploads carry, right and wrong."""
    for number, line in enumerate([
        ("x-amz-meta-a", "é"), ("x-amz-meta-a", "=?UTF-8?Q?=C3=A9?="), ("x-amz-meta-a", ""), ("x-amz-meta-a", "x" * 2100), ("x-amz-unknown", "1"), ("x-amz-acl", "nobody"),
        ("x-amz-storage-class", "NONE"), ("x-amz-tagging", "a=1&a=2"), ("x-amz-tagging", "%"), ("content-md5", "x"), ("content-md5", md5(b"other")[1]), ("if-none-match", '"0"'),
        ("if-match", '"0"'), ("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-checksum-crc32", "x"), ("x-amz-checksum-md4", "x"), ("x-amz-sdk-checksum-algorithm", "NONE"), ("content-type", "é"),
        ("x-amz-server-side-encryption", "none"), ("x-amz-copy-source", "/mapped"), ("x-amz-copy-source", "/mapped/odd/none"), ("x-amz-copy-source", "%zz"), ("x-amz-mfa", "1 2"),
        ("x-amz-expected-bucket-owner", "1"), ("x-amz-website-redirect-location", "x"), ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-write-offset-bytes", "0"),
        ("content-encoding", "gzip"), ("expires", "soon"), ("cache-control", "no-store"), ("content-disposition", 'inline; filename="a b"'), ("x-goog-meta-a", "1"),
    ]):  # fmt: skip
        yield Request(f"headers-{number}-{line[0]}", "PUT", f"/mapped/odd/headers-{number}", headers=(line,), body=b"the same", payload=sign.UNSIGNED)


def documents():
    """Bodies that are XML, or should be."""
    deep = b"<a>" * 3000
    many = b"<Delete>" + b"<Object><Key>odd/n</Key></Object>" * 1001 + b"</Delete>"
    for number, body in enumerate([
        b"", b"<", b"x", b"<Delete/>", b"<Delete></Delete>", b"<Delete><Object><Key></Key></Object></Delete>", b"<Delete><Object><Key>a", deep, many, b"\xff\xfe<\x00",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><Delete><Object><Key>&a;</Key></Object></Delete>", b"<Delete><Object><Key>odd/../none</Key></Object><Object><Key>/</Key></Object></Delete>",
        b"<Delete><Quiet>true</Quiet><Object><Key>odd/none</Key></Object></Delete>", b"<Delete>" + b" " * (5 << 20) + b"</Delete>",
    ]):  # fmt: skip
        yield Request(f"documents-delete-{number}", "POST", "/mapped", "delete=", (md5(body),), body)
        yield Request(f"documents-complete-{number}", "POST", "/mapped/odd/none", "uploadId=none", (), body)
    for number, body in enumerate([b"", b"<Tagging/>", b"<Tagging><TagSet/></Tagging>", b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>", b"<Tagging"]):
        yield Request(f"documents-tagging-{number}", "PUT", f"/mapped/{THERE}", "tagging=", (md5(body),), body)
    yield Request("documents-tags", "GET", f"/mapped/{THERE}", "tagging=")


def writes():
    """Uploads in every form of payload; the same object whoever writes it."""
    for size in (0, 1, 70_000):
        body = b"b" * size
        yield Request(f"writes-hashed-{size}", "PUT", f"/mapped/odd/write-{size}", body=body)
        yield Request(f"writes-unsigned-{size}", "PUT", f"/mapped/odd/write-{size}", body=body, payload=sign.UNSIGNED)
        yield Request(f"writes-url-{size}", "PUT", f"/mapped/odd/write-{size}", body=body, how="url")
        yield Request(f"writes-expect-{size}", "PUT", f"/mapped/odd/write-{size}", body=body, beside=(("expect", "100-continue"),))
        yield Request(f"writes-read-{size}", "GET", f"/mapped/odd/write-{size}")
    yield Request("writes-folder", "PUT", "/mapped/odd/folder%2F")
    yield Request("writes-delete", "DELETE", "/mapped/odd/folder%2F")
    yield Request("writes-delete-again", "DELETE", "/mapped/odd/folder%2F")


def forms():
    """Upload forms that are refused."""
    edge = "----b"
    kind = (("content-type", f"multipart/form-data; boundary={edge}"),)
    for number, fields in enumerate([{}, {"key": "odd/never"}, {"key": "odd/never", "policy": "e30="}, {"key": "odd/never", "policy": "x", "x-amz-signature": "0"}]):
        parts = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        body = f'{parts}--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n--{edge}--\r\n'.encode()
        yield Request(f"forms-{number}", "POST", "/mapped", headers=kind, body=body, key=None)
    yield Request("forms-boundless", "POST", "/mapped", headers=(("content-type", "multipart/form-data"),), body=b"x", key=None)


def prepare(client):
    """Writes what is read, through a boto3 client of either runtime."""
    described = {"ContentType": "text/x-odd; charset=utf-8", "CacheControl": "max-age=60", "Metadata": {"color": "blue", "x-y": "a  b"}, "ContentDisposition": "inline", "ContentLanguage": "de"}
    client.put_object(Bucket="mapped", Key=THERE, Body=BODY, **described)
    client.put_object(Bucket="mapped", Key="odd/gzip", Body=gzip.compress(b"unpacked " * 500, mtime=0), ContentEncoding="gzip", ContentType="text/plain")
    client.put_object(Bucket="mapped", Key="odd/html", Body=b"<p>text</p>" * 500, ContentType="text/html")
    client.put_object(Bucket="mapped", Key="odd/empty", Body=b"")
