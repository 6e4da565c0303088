"""Signature Version 4 by hand: a second signer, which can also do what no SDK would.

Written from the S3 API reference ("Authenticating Requests (AWS Signature Version 4)").
"""

import hashlib
import hmac
from datetime import datetime, timezone
from urllib.parse import quote, unquote_to_bytes

from .keys import REGION

EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def stamp(at=None):
    """`yyyyMMddTHHmmssZ`; `at` is a Unix time, default now."""
    moment = datetime.now(timezone.utc) if at is None else datetime.fromtimestamp(at, timezone.utc)
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_query(query):
    pairs = []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.append(tuple(quote(unquote_to_bytes(part), safe="-_.~") for part in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


class Signing:
    """One signature: its scope, its key, and the chain of chunk signatures that follows it."""

    def __init__(self, key, at=None, date=None, region=REGION, service="s3", terminator="aws4_request"):
        self.key = key
        self.stamp = stamp(at)
        self.date = date or self.stamp[:8]
        self.scope = f"{self.date}/{region}/{service}/{terminator}"
        secret = _mac(("AWS4" + key.secret).encode(), self.date)
        for part in (region, service, terminator):
            secret = _mac(secret, part)
        self._secret = secret
        self.signature = None

    def sign(self, *lines):
        return hmac.new(self._secret, "\n".join(lines).encode(), hashlib.sha256).hexdigest()

    def request(self, method, path, query, headers, payload):
        """Signs a request over these (name, value) headers; returns (SignedHeaders, signature)."""
        values = {}
        for name, value in headers:
            values.setdefault(name.lower(), []).append(" ".join(str(value).split()))
        names = sorted(values)
        canonical = "\n".join(
            [
                method,
                quote(unquote_to_bytes(path), safe="/-_.~"),
                canonical_query(query),
                *(f"{name}:{','.join(values[name])}" for name in names),
                "",
                ";".join(names),
                payload,
            ]
        )
        self.signature = self.sign("AWS4-HMAC-SHA256", self.stamp, self.scope, sha256(canonical.encode()))
        return ";".join(names), self.signature

    def chunk(self, data):
        """The signature of the next chunk; the chain moves on."""
        lines = ("AWS4-HMAC-SHA256-PAYLOAD", self.stamp, self.scope, self.signature, EMPTY, sha256(data))
        self.signature = self.sign(*lines)
        return self.signature

    def trailer(self, block):
        """The signature of the trailers, given as `name:value\\n` lines."""
        lines = ("AWS4-HMAC-SHA256-TRAILER", self.stamp, self.scope, self.signature, sha256(block))
        return self.sign(*lines)


def headers_for(signing, method, host, path, query="", headers=(), payload=UNSIGNED, unsigned=()):
    """All headers of a request signed in its Authorization header.

    `headers` are signed with the rest; `unsigned` are sent beside them.
    """
    signed = [("host", host), ("x-amz-date", signing.stamp), ("x-amz-content-sha256", payload), *headers]
    names, signature = signing.request(method, path, query, signed, payload)
    credential = f"{signing.key.id}/{signing.scope}"
    value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return [*signed, *unsigned, ("authorization", value)]


def presigned_query(signing, method, host, path, query="", expires="900", headers=(), payload=UNSIGNED):
    """The query of a presigned URL; `headers` are signed besides the host and must be sent."""
    names = ";".join(sorted({"host", *(name.lower() for name, _ in headers)}))
    fields = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", f"{signing.key.id}/{signing.scope}"),
        ("X-Amz-Date", signing.stamp),
        ("X-Amz-Expires", expires),
        ("X-Amz-SignedHeaders", names),
    ]
    added = "&".join(f"{name}={quote(str(value), safe='-_.~')}" for name, value in fields if value is not None)
    full = f"{query}&{added}" if query else added
    _, signature = signing.request(method, path, full, [("host", host), *headers], payload)
    return f"{full}&X-Amz-Signature={signature}"


def chunked(signing, data, size=65536, trailers=(), signed=True):
    """The aws-chunked framing of `data`: a list of pieces, so that a test can damage one."""
    pieces = []
    for start in range(0, len(data), size):
        part = data[start : start + size]
        extension = f";chunk-signature={signing.chunk(part)}" if signed else ""
        pieces.append(f"{len(part):x}{extension}\r\n".encode() + part + b"\r\n")
    extension = f";chunk-signature={signing.chunk(b'')}" if signed else ""
    pieces.append(f"0{extension}\r\n".encode())
    if trailers:
        pieces.extend(f"{name}:{value}\r\n".encode() for name, value in trailers)
        if signed:
            block = "".join(f"{name}:{value}\n" for name, value in trailers).encode()
            pieces.append(f"x-amz-trailer-signature:{signing.trailer(block)}\r\n".encode())
    pieces.append(b"\r\n")
    return pieces
