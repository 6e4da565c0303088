"""Signs requests with botocore, an independent signer, and prints each as one line of JSON.

Arguments: how many requests; the seed. Every byte of a key, of a query value and of a header that
S3 accepts may come up. Each line: method, target (raw), headers, secret, at (unix seconds), presigned.
"""

import datetime
import json
import random
import sys
import urllib.parse

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"
ODD = " +%&=?#/\\~!*'()[]{}<>|^`\"$@,;:.-_éü€漢😀\u0301\x7f"


def text(rng, longest):
    pick = lambda: rng.choice(ODD) if rng.random() < 0.6 else chr(rng.randint(33, 126))
    return "".join(pick() for _ in range(rng.randint(0, longest)))


def clocked(at):
    """botocore reads the clock in one place, which has moved between versions."""

    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return at

        @classmethod
        def now(cls, tz=None):
            return at.replace(tzinfo=tz)

    class Module:
        datetime = Clock

        def __getattr__(self, name):
            return getattr(datetime, name)

    botocore.auth.datetime = Module()
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: at


def one(rng):
    at = datetime.datetime(2013, 5, 24) + datetime.timedelta(seconds=rng.randint(0, 400_000_000))
    clocked(at)
    secret = "".join(chr(rng.randint(33, 126)) for _ in range(rng.randint(1, 80)))
    token = text(rng, 30).encode("ascii", "ignore").decode().strip() or None if rng.random() < 0.3 else None
    credentials = Credentials("AKIDEXAMPLE", secret, token and "".join(c for c in token if c.isprintable()))
    path = "/" + urllib.parse.quote("bucket/" + text(rng, 20), safe="/~")
    query = {text(rng, 6) or "q": text(rng, 8) for _ in range(rng.randint(0, 4))}
    raw = urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="~")
    host = rng.choice(["127.0.0.1:9000", "bucket.s3.localhost", "s3.us-east-1.amazonaws.com"])
    request = AWSRequest(
        method=rng.choice(["GET", "PUT", "HEAD", "DELETE", "POST"]),
        url=f"http://{host}{path}" + (f"?{raw}" if raw else ""),
    )
    for n in range(rng.randint(0, 3)):
        value = "".join(chr(rng.randint(32, 126)) for _ in range(rng.randint(0, 20))).strip()
        request.headers[f"x-amz-meta-{n}"] = value
    if rng.random() < 0.5:
        request.headers["Content-Type"] = "text/plain;  charset=utf-8"
    presigned = rng.random() < 0.4
    if not presigned:
        request.data = rng.randbytes(rng.randint(0, 40))
    if presigned:
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", REGION, expires=rng.randint(1, 604_800)).add_auth(request)
    else:
        request.context["payload_signing_enabled"] = rng.random() < 0.8
        botocore.auth.S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    prepared = request.prepare()
    parts = urllib.parse.urlsplit(prepared.url)
    headers = [[k.lower(), v.decode("latin-1") if isinstance(v, bytes) else str(v)] for k, v in prepared.headers.items()]
    if not any(name == "host" for name, _ in headers):
        headers.append(["host", parts.netloc])
    return {
        "method": prepared.method,
        "target": prepared.url.split(parts.netloc, 1)[1],
        "headers": headers,
        "secret": secret,
        "at": int(at.replace(tzinfo=datetime.timezone.utc).timestamp()),
        "presigned": presigned,
    }


def main():
    rng = random.Random(int(sys.argv[2]))
    for _ in range(int(sys.argv[1])):
        print(json.dumps(one(rng)))


main()
