"""Copies between two stores: the store under test and another, `far`."""

import hashlib
import random

import pytest
from harness.clients import refusal
from harness.gateway import FAR

pytestmark = pytest.mark.brigade_only

#: Above the 8 MB from which clients copy in parts.
LARGE = random.Random(3).randbytes(18 * 1024 * 1024 + 7)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("there", [True, False], ids=["from-far", "to-far"])
def test_a_copy_keeps_bytes_and_metadata(world, s3, bucket, here, there):
    source, target = (FAR, bucket) if there else (bucket, FAR)
    key = here + "a b+%/é"
    s3.put_object(Bucket=source, Key=key, Body=b"the bytes", ContentType="text/x-own", Metadata={"color": "blue"})
    copied = s3.copy_object(Bucket=target, Key=here + "b", CopySource={"Bucket": source, "Key": key})
    assert copied["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=target, Key=here + "b")["ETag"]
    if there:
        assert world.stored(bucket, here + "b") == b"the bytes"
    got = s3.get_object(Bucket=target, Key=here + "b")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"the bytes", "text/x-own", {"color": "blue"})
    replaced = {"MetadataDirective": "REPLACE", "ContentType": "text/x-new", "Metadata": {"other": "1"}}
    s3.copy_object(Bucket=target, Key=here + "c", CopySource={"Bucket": source, "Key": key}, **replaced)
    head = s3.head_object(Bucket=target, Key=here + "c")
    assert (head["ContentType"], head["Metadata"]) == ("text/x-new", {"other": "1"})


@pytest.mark.parametrize("there", [True, False], ids=["from-far", "to-far"])
def test_a_large_copy_goes_in_parts(world, s3, bucket, here, there):
    source, target = (FAR, bucket) if there else (bucket, FAR)
    s3.put_object(Bucket=source, Key=here + "large", Body=LARGE)
    s3.copy({"Bucket": source, "Key": here + "large"}, target, here + "copy")
    head = s3.head_object(Bucket=target, Key=here + "copy")
    assert "-3" in head["ETag"]
    data = world.stored(bucket, here + "copy") if there else s3.get_object(Bucket=target, Key=here + "copy")["Body"].read()
    assert sha256(data) == sha256(LARGE)


def test_the_command_copies_and_syncs_between_stores(world, s3, bucket, here, tmp_path):
    """Regression (data.source.coop #38): to copy from one store to another took two endpoints and a disk."""
    cli = world.cli(tmp_path)
    for name in ("a", "b/c", "d e"):
        s3.put_object(Bucket=FAR, Key=here + name, Body=name.encode())
    cli("s3", "cp", f"s3://{FAR}/{here}a", f"s3://{bucket}/{here}single")
    assert world.stored(bucket, here + "single") == b"a"
    cli("s3", "sync", f"s3://{FAR}/{here}", f"s3://{bucket}/{here}synced/")
    assert {key: world.stored(bucket, key) for key in world.stored_keys(bucket, here + "synced/")} == {
        f"{here}synced/{name}": name.encode() for name in ("a", "b/c", "d e")
    }
    cli("s3", "mv", f"s3://{bucket}/{here}single", f"s3://{FAR}/{here}moved")
    assert world.stored(bucket, here + "single") is None
    assert s3.get_object(Bucket=FAR, Key=here + "moved")["Body"].read() == b"a"


def test_conditions_on_the_source_are_the_copys(world, s3, bucket, here):
    etag = s3.put_object(Bucket=FAR, Key=here + "a", Body=b"a")["ETag"]
    ask = {"Bucket": bucket, "Key": here + "b", "CopySource": {"Bucket": FAR, "Key": here + "a"}}
    for condition in ({"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": etag}):
        assert refusal(s3.copy_object, **ask, **condition) == (412, "PreconditionFailed"), condition
    assert world.stored(bucket, here + "b") is None
    s3.copy_object(**ask, CopySourceIfMatch=etag)
    assert world.stored(bucket, here + "b") == b"a"
    ask["CopySource"] = {"Bucket": FAR, "Key": here + "missing"}
    assert refusal(s3.copy_object, **ask) == (404, "NoSuchKey")
