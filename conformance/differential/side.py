"""One of the two ways: its bucket, its names, and the ids it has been given."""

import base64
import hashlib
import re
from urllib.parse import quote
from xml.sax.saxutils import escape

from harness import sign, wire

from .step import Ref


class Side:
    def __init__(self, endpoint, key, bucket, folder):
        self.endpoint, self.key, self.bucket, self.folder = endpoint, key, bucket, folder
        self.host = endpoint.removeprefix("http://")
        self.ids = {"upload": [], "version": [], "etag": []}

    def id(self, ref):
        known = self.ids[ref.kind]
        return (known[ref.index] if ref.index < len(known) else None) or "none"

    def send(self, step):
        path = f"/{self.bucket}"
        if step.key is not None:
            path += "/" + quote(self.folder + step.key, safe="/-_.~")
        query = "&".join(self._pair(name, value, step) for name, value in step.query)
        body = self._body(step.body)
        headers = []
        for header in step.headers:
            headers.append(("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode()) if header == "md5" else header)
        if step.source:
            key, version = step.source
            source = f"/{self.bucket}/{quote(self.folder + key, safe='/-_.~')}"
            headers.append(("x-amz-copy-source", source + (f"?versionId={quote(self.id(version))}" if version else "")))
        answer = self._send(step, path, query, headers, body)
        self._learn(step, answer)
        return answer

    def _pair(self, name, value, step):
        if isinstance(value, Ref):
            value = self.id(value)
        elif name in ("prefix", "marker", "start-after", "key-marker") and step.key is None:
            value = self.folder + value
        return f"{name}={quote(value, safe='-_.~')}" if value or name not in FLAGS else name

    def _body(self, body):
        text = re.sub(rb"@KEY:(.*?)@(?=</Key>)", lambda found: escape(self.folder).encode() + found[1], body)
        return re.sub(rb"@ETAG:(\d+)@", lambda found: self.id(Ref("etag", int(found[1]))).encode(), text)

    def _send(self, step, path, query, headers, body):
        signing = sign.Signing(self.key)
        if step.payload == "url":
            query = sign.presigned_query(signing, step.method, self.host, path, query)
            return wire.send(self.endpoint, step.method, f"{path}?{query}", [("host", self.host), *headers], body)
        marker = sign.sha256(body) if step.payload == "hash" else step.payload
        framed = step.payload in (sign.UNSIGNED_TRAILER, sign.CHUNKS, sign.CHUNKS_TRAILER)
        if framed:
            headers = [*headers, ("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(len(body)))]
            headers += [("x-amz-trailer", name) for name, _ in step.trailer]
        lines = sign.headers_for(signing, step.method, self.host, path, query, headers, marker)
        if framed:
            body = sign.chunked(signing, body, trailers=step.trailer, signed=step.payload != sign.UNSIGNED_TRAILER)
        return wire.send(self.endpoint, step.method, f"{path}?{query}" if query else path, lines, body)

    def _learn(self, step, answer):
        headers = dict(answer.headers)
        if step.teaches == "upload":
            found = re.search(rb"<UploadId>([^<]*)</UploadId>", answer.body)
            self.ids["upload"].append(found[1].decode() if found else None)
        elif step.teaches == "etag":
            self.ids["etag"].append(headers.get("etag"))
        elif step.teaches == "version":
            self.ids["version"].append(headers.get("x-amz-version-id"))


FLAGS = {"uploads", "tagging", "acl", "attributes", "delete", "versions", "location"} | {
    "policyStatus", "encryption", "website", "requestPayment", "publicAccessBlock", "versioning",
}  # fmt: skip
