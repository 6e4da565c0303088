"""Putting, reading, describing and deleting single objects with boto3."""

import hashlib

import pytest

from harness.clients import refusal

BODY = bytes(range(256)) * 64

#: Keys that stores and proxies are known to spoil. Invariant 8: byte-faithful.
ODD_KEYS = {
    "plain": "plain.txt",
    "space": "a b  c.txt",
    "plus": "a+b.txt",
    "percent": "100%.txt",
    "pctenc": "a%2Fb%20c",
    "unicode": "été-日本語.txt",
    "nfd": "e\u0301te\u0301.txt",
    "emoji": "🪣🔥.txt",
    "qmark": "a?b=c&d.txt",
    "hash": "a#b.txt",
    "punct": "!-_.*'();:@=,$~&.txt",
    "ascii": '[]{}^`|<>".txt',
    "backslash": "a\\b.txt",
    "dot": ".hidden/.txt",
    "dslash": "a//b///c.txt",
    "trail": "folder/",
    "dotdot": "a/../b.txt",
    "dotseg": "a/./b.txt",
    "lslash": "/lead.txt",
    "long": "k" * 200 + "/" + "l" * 200 + "/" + "m" * 200,
}


HEADERS = {
    "ContentType": "application/x-brigade; charset=utf-8",
    "CacheControl": "max-age=60, private",
    "ContentDisposition": 'attachment; filename="a b.bin"',
    "ContentEncoding": "x-own",
    "ContentLanguage": "de-CH",
    "Expires": "Wed, 21 Oct 2037 07:28:00 GMT",
    "Metadata": {"first": "one", "with-dash": "a  b", "case": "MiXeD"},
}


@pytest.mark.parametrize("name", HEADERS)
def test_r_int_03_what_is_put_comes_back_with_its_headers(s3, bucket, here, name):
    put = s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, **{name: HEADERS[name]})
    etag = f'"{hashlib.md5(BODY).hexdigest()}"'
    assert put["ETag"] == etag
    for call in (s3.get_object, s3.head_object):
        answer = call(Bucket=bucket, Key=here + "a")
        assert (answer["ContentLength"], answer["ETag"], answer["AcceptRanges"]) == (len(BODY), etag, "bytes")
        assert answer["LastModified"]
        assert answer["ExpiresString" if name == "Expires" else name] == HEADERS[name]
        if "Body" in answer:
            assert answer["Body"].read() == BODY


def test_metadata_with_an_empty_value_is_kept(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Metadata={"empty": "", "other": "1"})
    assert s3.head_object(Bucket=bucket, Key=here + "a")["Metadata"] == {"empty": "", "other": "1"}


@pytest.mark.parametrize("name", ODD_KEYS)
def test_a_key_is_kept_byte_for_byte(world, s3, bucket, here, name):
    key = ODD_KEYS[name] if name == "lslash" else here + ODD_KEYS[name]
    s3.put_object(Bucket=bucket, Key=key, Body=name.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == name.encode()
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(name)
    parent = key[: max(key.rstrip("/").rfind("/"), 0)] if name != "lslash" else "/lead"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=parent)["Contents"]
    assert [item["Key"] for item in listed] == [key]
    assert world.stored(bucket, key) == name.encode()
    assert world.stored_keys(bucket, parent) == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert refusal(s3.head_object, Bucket=bucket, Key=key) == (404, "404")
    assert world.stored(bucket, key) is None


@pytest.mark.brigade_only
@pytest.mark.parametrize("name", ["a//b", "a/../b", "a/./b", "../b", "a\\b", "a/..", ".", "a/."])
def test_a_key_that_the_store_may_rename_is_kept_or_refused(world, s3, bucket, here, name):
    """Never stored under another name (multistore 0.6: keys silently renamed by the storage library)."""
    world.store_up(bucket, here + "b", b"before")
    answer = world.send("PUT", f"/{bucket}/{here}{name.replace(chr(92), '%5C')}", body=b"x")
    assert answer.status in (200, 400), answer
    kept = [here + "b"] + ([here + name] if answer.status == 200 else [])
    assert sorted(world.stored_keys(bucket, here)) == sorted(kept)
    assert world.stored(bucket, here + "b") == b"before"


def test_keys_that_look_alike_stay_apart(world, s3, bucket, here):
    alike = ["100%", "100%25", "a b", "a+b", "a%20b", "a%2Bb", "x", "X", "e\u0301", "\u00e9", "*", "%2A", "~", "%7E"]
    for key in alike:
        s3.put_object(Bucket=bucket, Key=here + key, Body=key.encode())
    for key in alike:
        assert s3.get_object(Bucket=bucket, Key=here + key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=here)["Contents"]
    assert sorted(item["Key"] for item in listed) == sorted(here + key for key in alike)
    assert sorted(world.stored_keys(bucket, here)) == sorted(here + key for key in alike)


def test_an_object_is_replaced_whole(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Metadata={"old": "yes"}, ContentType="text/old")
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"new")
    answer = s3.get_object(Bucket=bucket, Key=here + "a")
    assert answer["Body"].read() == b"new"
    assert answer["Metadata"] == {}
    assert answer["ContentType"] != "text/old"
    assert world.stored(bucket, here + "a") == b"new"


def test_an_empty_object_is_an_object(world, s3, bucket, here):
    put = s3.put_object(Bucket=bucket, Key=here + "empty", Body=b"")
    assert put["ETag"] == f'"{hashlib.md5(b"").hexdigest()}"'
    answer = s3.get_object(Bucket=bucket, Key=here + "empty")
    assert (answer["ContentLength"], answer["Body"].read()) == (0, b"")
    assert world.stored(bucket, here + "empty") == b""


def test_what_is_missing_is_404(s3, bucket, here):
    assert refusal(s3.get_object, Bucket=bucket, Key=here + "none") == (404, "NoSuchKey")
    assert refusal(s3.head_object, Bucket=bucket, Key=here + "none") == (404, "404")
    assert refusal(s3.get_object, Bucket="no-such-bucket-9", Key="a") == (404, "NoSuchBucket")
    assert refusal(s3.head_bucket, Bucket="no-such-bucket-9") == (404, "404")


def test_deleting_what_is_missing_succeeds(s3, bucket, here):
    answer = s3.delete_object(Bucket=bucket, Key=here + "none")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize(
    "asked, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-99", 10, 99),
        ("bytes=16000-", 16000, 16383),
        ("bytes=-5", 16379, 16383),
        ("bytes=16383-99999999", 16383, 16383),
        ("bytes=0-16383", 0, 16383),
    ],
)
def test_a_range_is_206_with_its_bytes(world, s3, bucket, here, asked, first, last):
    world.store_up(bucket, here + "a", BODY)
    answer = s3.get_object(Bucket=bucket, Key=here + "a", Range=asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {first}-{last}/16384"
    assert answer["ContentLength"] == last - first + 1
    assert answer["Body"].read() == BODY[first : last + 1]
    # HEAD answers for the same range (the readers of cloud-native formats ask it).
    head = s3.head_object(Bucket=bucket, Key=here + "a", Range=asked)
    assert head["ContentLength"] in (last - first + 1, len(BODY))


def test_a_range_beyond_the_end_is_416(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    assert refusal(s3.get_object, Bucket=bucket, Key=here + "a", Range="bytes=16384-") == (416, "InvalidRange")


@pytest.mark.brigade_only
@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "bytes=0-1,5-6", "bytes=99999999999999999999-", "lines=1-2", "bytes=--1"])
def test_r_rng_01_an_odd_range_never_gives_more_than_the_object(world, s3, bucket, here, asked):
    world.store_up(bucket, here + "a", BODY)
    answer = world.send("GET", f"/{bucket}/{here}a", headers=[("range", asked)])
    assert answer.status in (200, 206, 400, 416, 501), answer
    if answer.status == 200:
        assert answer.body == BODY
    if answer.status == 206:
        assert len(answer.body) < len(BODY)


def test_conditions_on_reading(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    head = s3.head_object(Bucket=bucket, Key=here + "a")
    etag, date = head["ETag"], head["LastModified"]
    good = [{"IfMatch": etag}, {"IfNoneMatch": '"other"'}, {"IfUnmodifiedSince": date}]
    for condition in good:
        answer = s3.get_object(Bucket=bucket, Key=here + "a", **condition)
        assert answer["Body"].read() == BODY
    bad = [
        ({"IfMatch": '"other"'}, (412, "PreconditionFailed")),
        ({"IfNoneMatch": etag}, (304, "304")),
        ({"IfModifiedSince": date}, (304, "304")),
        ({"IfUnmodifiedSince": "Sat, 01 Jan 2000 00:00:00 GMT"}, (412, "PreconditionFailed")),
    ]
    for condition, expected in bad:
        assert refusal(s3.get_object, Bucket=bucket, Key=here + "a", **condition) == expected, condition
        assert refusal(s3.head_object, Bucket=bucket, Key=here + "a", **condition)[0] == expected[0], condition


def test_r_hdr_03_a_conditional_write_is_412_when_it_fails(world, s3, bucket, here):
    first = s3.put_object(Bucket=bucket, Key=here + "a", Body=b"first", IfNoneMatch="*")
    assert refusal(s3.put_object, Bucket=bucket, Key=here + "a", Body=b"second", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert world.stored(bucket, here + "a") == b"first"
    assert refusal(s3.put_object, Bucket=bucket, Key=here + "a", Body=b"x", IfMatch='"0"') == (412, "PreconditionFailed")
    assert world.stored(bucket, here + "a") == b"first"
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"second", IfMatch=first["ETag"])
    assert world.stored(bucket, here + "a") == b"second"


def test_r_hdr_03_a_conditional_delete_is_412_when_it_fails(world, s3, bucket, here):
    put = s3.put_object(Bucket=bucket, Key=here + "a", Body=b"first")
    assert refusal(s3.delete_object, Bucket=bucket, Key=here + "a", IfMatch='"0"') == (412, "PreconditionFailed")
    assert world.stored(bucket, here + "a") == b"first"
    s3.delete_object(Bucket=bucket, Key=here + "a", IfMatch=put["ETag"])
    assert world.stored(bucket, here + "a") is None


def test_the_answers_headers_can_be_overridden_by_who_signs(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY, ContentType="text/plain")
    answer = s3.get_object(
        Bucket=bucket,
        Key=here + "a",
        ResponseContentType="image/x-own",
        ResponseContentDisposition="attachment; filename=x",
        ResponseCacheControl="no-store",
        ResponseContentLanguage="fr",
    )
    assert answer["ContentType"] == "image/x-own"
    assert answer["ContentDisposition"] == "attachment; filename=x"
    assert answer["CacheControl"] == "no-store"
    assert answer["ContentLanguage"] == "fr"


def test_tags_put_with_an_object_are_counted(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Tagging="team=a&stage=b%20c")
    assert s3.get_object(Bucket=bucket, Key=here + "a")["TagCount"] == 2


def test_tags_put_with_an_object_reach_the_store(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Tagging="team=a&stage=b%20c")
    if world.store.endpoint is None:
        # The store inside has no address of its own, and Brigade does not pass `?tagging` yet.
        assert s3.get_object(Bucket=bucket, Key=here + "a")["TagCount"] == 2
        return
    real, key = world.behind(bucket, here + "a")
    tags = world.look().get_object_tagging(Bucket=real, Key=key)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "a", "stage": "b c"}


def test_directory_markers_are_objects(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "d/", Body=b"")
    s3.put_object(Bucket=bucket, Key=here + "d/x", Body=b"x")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=here)["Contents"]
    assert [item["Key"] for item in listed] == [here + "d/", here + "d/x"]
    assert s3.head_object(Bucket=bucket, Key=here + "d/")["ContentLength"] == 0
