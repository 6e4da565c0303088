"""Two answers, made comparable: each side's own names and ids become the same words."""

import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote

#: Of the connection or of the server, not of the answer.
HEADERS = {
    "date", "server", "connection", "keep-alive", "x-amz-request-id", "x-amz-id-2", "transfer-encoding", "vary", "last-modified",
    "content-security-policy", "accept-ranges", "strict-transport-security", "x-content-type-options", "x-xss-protection", "x-amz-bucket-region",
}  # fmt: skip
#: What S3 itself sends with errors, and with 304.
OF_ERRORS = {"content-range", "x-amz-delete-marker", "x-amz-version-id", "retry-after", "etag", "allow"}
#: Of the store's account, clock or choice; presence is compared, the text is not.
TEXTS = {
    "LastModified", "Initiated", "ID", "DisplayName", "NextContinuationToken", "ContinuationToken", "Location", "UploadId", "VersionId",
    "NextVersionIdMarker", "NextUploadIdMarker", "UploadIdMarker", "VersionIdMarker", "DeleteMarkerVersionId",
}  # fmt: skip


def comparable(side, step, answer):
    """(status, headers, body) of an answer, in the words of both sides."""
    headers = {}
    for name, value in answer.headers:
        if name in HEADERS or name.startswith(("x-rgw-", "access-control-", "x-seaweedfs-", "seaweed-", "x-minio-")):
            continue
        headers[name] = "(an id)" if name in ("x-amz-version-id", "x-amz-copy-source-version-id") and value != "null" else value
    body = answer.body
    kind = headers.get("content-type", "")
    if answer.status >= 300:
        # The words of an error are Brigade's own; its code and what S3 says in headers are not.
        return answer.status, {name: value for name, value in headers.items() if name in OF_ERRORS}, answer.code
    if "xml" in kind and body.lstrip().startswith(b"<") and not (step.operation == "GetObject"):
        headers.pop("content-length", None)
        headers.pop("content-type")
        return answer.status, headers, tree(side, body)
    return answer.status, headers, body


def tree(side, body):
    """A document as lines of path and text."""
    lines = []

    def walk(element, path):
        name = element.tag.rsplit("}", 1)[-1]
        here = f"{path}/{name}"
        text = (element.text or "").strip() if len(element) else element.text or ""
        if name in TEXTS:
            text = "(own)" if text and text != "null" else text
        elif not len(element):
            text = named(side, text)
        if not len(element):
            lines.append(f"{here}={text}")
        for child in element:
            walk(child, here)

    try:
        # What S3 sends and XML 1.0 forbids.
        walk(ElementTree.fromstring(re.sub(rb"&#x(?:[0-8BCEF]|1[0-9A-F]);", b"?", body)), "")
    except ElementTree.ParseError:
        return body
    return sorted(lines)


def named(side, text):
    for folder in (side.folder, quote(side.folder, safe="/-_.~"), quote(side.folder, safe="-_.~")):
        if folder and text.startswith(folder):
            return "<folder>" + text[len(folder) :]
    return "<bucket>" if text == side.bucket else text
