"""An answer as both runtimes must give it: without what is of the moment or of the connection."""

import re

#: Of the connection, of the moment, or unique to a request.
OWN = {"date", "connection", "x-amz-request-id", "x-amz-id-2", "x-amzn-requestid"}
#: Unique to a request, in the text of an answer.
IDS = re.compile(rb"<(RequestId|HostId|ServerTime)>[^<]*</\1>")
#: The runtimes' configurations lead to the stores in ways of their own.
VERSION = re.compile(rb"^config [0-9a-f]{16}$", re.MULTILINE)
#: What a store makes anew for each write, though it be of the same bytes.
MADE = re.compile(rb"<(UploadId|VersionId|LastModified|DeleteMarkerVersionId|NextContinuationToken)>[^<]*</\1>")
#: What a store did with one key of a batch, in an order of its own.
OUTCOME = re.compile(rb"<(Deleted|Error)>.*?</\1>", re.DOTALL)
MADE_HEADERS = {"x-amz-version-id", "x-amz-copy-source-version-id", "last-modified"}


def transcript(answer, made=False, names=()):
    """(status, headers in order of their names, body). `made`: the answer is to a write, which each runtime did for itself;
    `names` are pairs of bytes of equal length, of which the first becomes the second."""
    mask = lambda found: b"<%s>*</%s>" % (found[1], found[1])
    body = VERSION.sub(b"config *", IDS.sub(mask, answer.body))
    headers = [(name, value) for name, value in answer.headers if name not in OWN]
    if body != answer.body:
        headers = [(name, value) for name, value in headers if name != "content-length"]
    if made:
        body = MADE.sub(mask, body)
        headers = [(name, "*" if name in MADE_HEADERS and value != "null" else value) for name, value in headers]
        headers = [(name, value) for name, value in headers if name != "content-length" or body == answer.body]
        if b"<DeleteResult" in body:
            outcomes = iter(sorted(found[0] for found in OUTCOME.finditer(body)))
            body = OUTCOME.sub(lambda _: next(outcomes), body)
    for one, other in names:
        body = body.replace(one, other)
        headers = [(name, value.replace(one.decode(), other.decode())) for name, value in headers]
    return answer.status, sorted(headers), body


def differences(server, worker):
    """What of one is not in the other, in words; nothing where they are the same."""
    found = []
    if server[0] != worker[0]:
        found.append(f"status {server[0]} of the server, {worker[0]} of the Worker")
    for name, one, other in (("server", server, worker), ("Worker", worker, server)):
        more = [header for header in one[1] if one[1].count(header) > other[1].count(header)]
        if more:
            found.append(f"the {name} alone: {more}")
    if server[2] != worker[2]:
        found.append(f"body {server[2][:400]!r} of the server, {worker[2][:400]!r} of the Worker")
    return found
