"""CopyObject and UploadPartCopy."""

import pytest

from harness.clients import refusal

BODY = b"what is copied " * 1000


def test_a_copy_has_the_bytes_and_the_metadata(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Metadata={"m": "1"}, ContentType="text/x-own")
    copied = s3.copy_object(Bucket=bucket, Key=here + "b", CopySource={"Bucket": bucket, "Key": here + "a"})
    etag = s3.head_object(Bucket=bucket, Key=here + "a")["ETag"]
    assert copied["CopyObjectResult"]["ETag"].strip('"') == etag.strip('"')
    answer = s3.get_object(Bucket=bucket, Key=here + "b")
    assert (answer["Body"].read(), answer["Metadata"], answer["ContentType"]) == (BODY, {"m": "1"}, "text/x-own")
    assert world.stored(bucket, here + "b") == BODY


def test_a_copy_can_replace_the_metadata(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, Metadata={"m": "1"}, ContentType="text/x-own")
    source = {"Bucket": bucket, "Key": here + "a"}
    more = {"MetadataDirective": "REPLACE", "Metadata": {"n": "2"}, "ContentType": "text/x-new"}
    s3.copy_object(Bucket=bucket, Key=here + "b", CopySource=source, **more)
    answer = s3.head_object(Bucket=bucket, Key=here + "b")
    assert (answer["Metadata"], answer["ContentType"]) == ({"n": "2"}, "text/x-new")


@pytest.mark.parametrize("name", ["a b", "a+b", "100%", "a%2Fb", "é", "q?x=1", "a&b=c"])
def test_a_source_key_is_read_byte_for_byte(s3, bucket, here, name):
    s3.put_object(Bucket=bucket, Key=here + name, Body=name.encode())
    s3.copy_object(Bucket=bucket, Key=here + "copy", CopySource={"Bucket": bucket, "Key": here + name})
    assert s3.get_object(Bucket=bucket, Key=here + "copy")["Body"].read() == name.encode()


def test_a_copy_between_buckets(world, s3, bucket, plain, here):
    world.store_up(plain, here + "a", BODY)
    s3.copy_object(Bucket=bucket, Key=here + "b", CopySource={"Bucket": plain, "Key": here + "a"})
    assert world.stored(bucket, here + "b") == BODY
    s3.copy_object(Bucket=plain, Key=here + "c", CopySource=f"/{bucket}/{here}b")
    assert world.stored(plain, here + "c") == BODY


def test_r_copy_03_a_missing_source_is_404_and_stores_nothing(world, s3, bucket, here):
    source = {"Bucket": bucket, "Key": here + "none"}
    assert refusal(s3.copy_object, Bucket=bucket, Key=here + "b", CopySource=source) == (404, "NoSuchKey")
    assert world.stored(bucket, here + "b") is None


def test_a_copy_onto_itself_without_a_change_is_refused(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    source = {"Bucket": bucket, "Key": here + "a"}
    assert refusal(s3.copy_object, Bucket=bucket, Key=here + "a", CopySource=source) == (400, "InvalidRequest")
    assert world.stored(bucket, here + "a") == BODY


def test_copying_in_place_with_new_metadata_keeps_the_bytes(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    source = {"Bucket": bucket, "Key": here + "a"}
    more = {"MetadataDirective": "REPLACE", "Metadata": {"n": "2"}}
    s3.copy_object(Bucket=bucket, Key=here + "a", CopySource=source, **more)
    answer = s3.get_object(Bucket=bucket, Key=here + "a")
    assert (answer["Body"].read(), answer["Metadata"]) == (BODY, {"n": "2"})
    assert world.stored(bucket, here + "a") == BODY


def test_conditions_on_the_source(world, s3, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    etag = s3.head_object(Bucket=bucket, Key=here + "a")["ETag"]
    ask = {"Bucket": bucket, "Key": here + "b", "CopySource": {"Bucket": bucket, "Key": here + "a"}}
    assert refusal(s3.copy_object, **ask, CopySourceIfMatch='"other"') == (412, "PreconditionFailed")
    assert refusal(s3.copy_object, **ask, CopySourceIfNoneMatch=etag) == (412, "PreconditionFailed")
    assert world.stored(bucket, here + "b") is None
    s3.copy_object(**ask, CopySourceIfMatch=etag)
    assert world.stored(bucket, here + "b") == BODY


def test_a_part_can_be_a_copy_of_a_range(world, s3, bucket, plain, here):
    big = bytes(range(256)) * 4 * 1024 * 6
    world.store_up(plain, here + "a", big)
    ask = {"Bucket": bucket, "Key": here + "b"}
    upload = s3.create_multipart_upload(**ask)["UploadId"]
    source = {"Bucket": plain, "Key": here + "a"}
    parts = []
    for number, span in ((1, "bytes=0-5242879"), (2, "bytes=5242880-5242999")):
        more = {"UploadId": upload, "PartNumber": number, "CopySource": source, "CopySourceRange": span}
        result = s3.upload_part_copy(**ask, **more)["CopyPartResult"]
        parts.append({"PartNumber": number, "ETag": result["ETag"]})
    s3.complete_multipart_upload(**ask, UploadId=upload, MultipartUpload={"Parts": parts})
    assert world.stored(bucket, here + "b") == big[:5243000]


@pytest.mark.brigade_only
def test_r_copy_01_a_source_outside_the_scope_is_403_whether_it_exists_or_not(world, bucket, plain, here):
    from harness import keys

    world.store_up(plain, "other/" + here + "secret", BODY)
    team = world.client(keys.TEAM)
    for name in ("secret", "missing"):
        for source in (f"{plain}/other/{here}{name}", f"/{plain}/other/{here}{name}", f"{plain}/other%2F{here}{name}"):
            ask = {"Bucket": plain, "Key": "team/" + here + "copy", "CopySource": source}
            assert refusal(team.copy_object, **ask) == (403, "AccessDenied"), source
        # A key of its own, byte for byte, which is not there; never the other, resolved.
        ask = {"Bucket": plain, "Key": "team/" + here + "copy", "CopySource": f"{plain}/team/../other/{here}{name}"}
        assert refusal(team.copy_object, **ask)[0] in (400, 403, 404), name
    upload = team.create_multipart_upload(Bucket=plain, Key="team/" + here + "part")["UploadId"]
    ask = {"Bucket": plain, "Key": "team/" + here + "part", "UploadId": upload, "PartNumber": 1}
    assert refusal(team.upload_part_copy, **ask, CopySource=f"{plain}/other/{here}secret") == (403, "AccessDenied")
    # Nor may it write outside, whatever it may read.
    world.store_up(plain, "team/" + here + "mine", BODY)
    ask = {"Bucket": plain, "Key": "other/" + here + "taken", "CopySource": f"{plain}/team/{here}mine"}
    assert refusal(team.copy_object, **ask) == (403, "AccessDenied")
    assert world.stored_keys(plain, "other/" + here) == ["other/" + here + "secret"]
    assert world.stored_keys(plain, "team/" + here) == ["team/" + here + "mine"]


@pytest.mark.brigade_only
def test_r_copy_02_two_sources_are_refused(world, bucket, here):
    world.store_up(bucket, here + "a", BODY)
    twice = [("x-amz-copy-source", f"/{bucket}/{here}a")] * 2
    answer = world.send("PUT", f"/{bucket}/{here}b", headers=twice)
    assert answer.status == 400, answer
    assert world.stored(bucket, here + "b") is None


@pytest.mark.brigade_only
@pytest.mark.parametrize("source", ["", "/", "mapped", "/mapped/", "mapped%2F", "//mapped/a", "http://mapped/a", "%"])
def test_r_copy_03_a_source_that_names_no_object_stores_nothing(world, bucket, here, source):
    answer = world.send("PUT", f"/{bucket}/{here}b", headers=[("x-amz-copy-source", source)])
    assert answer.status in (400, 403, 404), answer
    assert world.stored(bucket, here + "b") is None


@pytest.mark.brigade_only
def test_a_versioned_source_is_not_authorized_as_a_plain_read(world, plain, here):
    """Regression (multistore 129, versitygw 67aaa80): `?versionId` in the source, raw or encoded."""
    from harness import keys

    world.store_up(plain, "other/" + here + "secret", BODY)
    team = world.client(keys.TEAM)
    for tail in ("?versionId=x", "%3FversionId=x"):
        ask = {"Bucket": plain, "Key": "team/" + here + "c", "CopySource": f"{plain}/other/{here}secret{tail}"}
        assert refusal(team.copy_object, **ask) == (403, "AccessDenied"), tail
    assert world.stored_keys(plain, "team/" + here) == []
