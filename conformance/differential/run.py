"""Sends a row of steps both ways and compares each pair of answers, and at the end what the store holds."""

import tempfile
from collections import Counter
from pathlib import Path

from harness import keys
from harness.clients import s3_client
from harness.gateway import Gateway

from .allowed import Pair, allowed
from .compare import comparable
from .generate import Generator
from .side import Side
from .step import Step

#: Names at the store: of the bucket that is used directly, and of the one behind Brigade with its prefix.
DIRECT, BEHIND, PREFIX = "diff-direct", "diff-behind-9k", "veiled/7x-"
#: What clients call the latter.
BUCKET = "through"


def settings(listen, admin, backend, far):
    return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
{backend}

[buckets.{BUCKET}]
backend = "store"
bucket = "{BEHIND}"
prefix = "{PREFIX}"

[buckets.{BUCKET}-v]
backend = "store"
bucket = "{BEHIND}-v"
prefix = "{PREFIX}"

[keys.{keys.OWNER.id}]
secret = "{keys.OWNER.secret}"
[keys.{keys.OWNER.id}.policy]
Version = "2012-10-17"
[[keys.{keys.OWNER.id}.policy.Statement]]
Effect = "Allow"
Action = "s3:*"
Resource = ["arn:aws:s3:::*"]
"""


def run(kind, count, seed, say):
    """Compares `count` pairs, half of them in buckets with versions where the store has them. Returns (compared, Counter of
    rules, differences)."""
    compared, rules, differences = 0, Counter(), []
    with tempfile.TemporaryDirectory(prefix="brigade-differential-") as folder:
        folder = Path(folder)
        store = kind(folder)
        try:
            gateway = Gateway(folder, store.backend(), settings=settings)
            try:
                look = s3_client(store.endpoint, keys.STORE)
                for suffix in ("", "-v"):
                    if not make(look, suffix):
                        say(f"{store.name} keeps no versions: that half is left out")
                        continue
                    found = row(store, gateway, suffix, count // 2, seed, rules)
                    compared += found[0]
                    differences += found[1]
                    differences += holdings(look, suffix)
            finally:
                gateway.stop()
        finally:
            store.stop()
    return compared, rules, differences


def make(look, suffix):
    for bucket in (DIRECT, BEHIND):
        look.create_bucket(Bucket=bucket + suffix)
        if suffix:
            try:
                look.put_bucket_versioning(Bucket=bucket + suffix, VersioningConfiguration={"Status": "Enabled"})
            except look.exceptions.ClientError:
                return False
    return True


def row(store, gateway, suffix, count, seed, rules):
    generator = Generator(f"{seed}{suffix}", store.exact_keys, bool(suffix))
    direct = Side(store.endpoint, keys.STORE, DIRECT + suffix, "")
    brigade = Side(gateway.endpoint, keys.OWNER, BUCKET + suffix, "")
    differences = []
    for number in range(count):
        step = generator.step()
        answers = [comparable(side, step, side.send(step)) for side in (direct, brigade)]
        if answers[0] == answers[1]:
            continue
        if step.method == "PUT" and step.key and (answers[0][0] < 300) != (answers[1][0] < 300):
            level(direct, brigade, step.key)
        pair = Pair(store.name, step, *answers)
        why = allowed(pair)
        if why:
            rules[why] += 1
        else:
            differences.append(f"step {number}{suffix}: {step}\n  directly: {show(answers[0], answers[1])}\n  Brigade:  {show(answers[1], answers[0])}")
    return count, differences


def level(direct, brigade, key):
    """One side wrote and the other refused: without the object, the steps that follow mean the same on both again."""
    for side in (direct, brigade):
        side.send(Step("DeleteObject", "DELETE", key))


def show(one, other):
    """What of an answer is not in the other."""
    status, headers, body = one
    rest = {name: value for name, value in headers.items() if other[1].get(name) != value}
    if isinstance(body, list) and isinstance(other[2], list):
        body = [line for line in body if line not in other[2]]
    said = "the same body" if body == other[2] else repr(body)[:600]
    return f"{status} {rest} {said}"


def holdings(look, suffix):
    """What is at the store under one name must be there under the other."""

    def of(bucket, prefix):
        held = {}
        for page in look.get_paginator("list_objects_v2").paginate(Bucket=bucket + suffix, Prefix=prefix):
            for item in page.get("Contents", []):
                at = {"Bucket": bucket + suffix, "Key": item["Key"]}
                got = look.get_object(**at)
                described = {name: got.get(name) for name in ("ContentType", "CacheControl", "ContentDisposition", "ContentLanguage", "ContentEncoding", "Metadata")}
                held[item["Key"].removeprefix(prefix)] = (got["Body"].read(), described)
        return held

    direct, behind = of(DIRECT, ""), of(BEHIND, PREFIX)
    return [f"at the store{suffix}: {key!r}: directly {direct.get(key)!r:.300}, behind Brigade {behind.get(key)!r:.300}" for key in sorted({*direct, *behind}) if direct.get(key) != behind.get(key)]
