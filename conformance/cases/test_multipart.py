"""Multipart uploads, step by step."""

import hashlib

import pytest

from harness import keys
from harness.clients import refusal

MIB = 1024 * 1024
FIRST, SECOND = b"1" * (5 * MIB), b"2" * 100


def start(s3, bucket, key, **more):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]


def test_parts_become_one_object_with_the_headers_of_the_start(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a b+c=d%"}
    upload = start(s3, bucket, ask["Key"], Metadata={"m": "1"}, ContentType="text/x-own", CacheControl="no-cache")
    etags = {
        number: s3.upload_part(**ask, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((2, SECOND), (1, FIRST))
    }
    listed = s3.list_parts(**ask, UploadId=upload)
    assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in listed["Parts"]] == [
        (1, len(FIRST), etags[1]),
        (2, len(SECOND), etags[2]),
    ]
    assert (listed["Bucket"], listed["Key"]) == (bucket, ask["Key"])
    assert world.stored(bucket, ask["Key"]) is None
    parts = [{"PartNumber": number, "ETag": etags[number]} for number in (1, 2)]
    done = s3.complete_multipart_upload(**ask, UploadId=upload, MultipartUpload={"Parts": parts})
    assert (done["Bucket"], done["Key"]) == (bucket, ask["Key"])
    whole = hashlib.md5(hashlib.md5(FIRST).digest() + hashlib.md5(SECOND).digest()).hexdigest()
    assert done["ETag"] == f'"{whole}-2"'
    answer = s3.get_object(**ask)
    assert answer["Body"].read() == FIRST + SECOND
    assert (answer["Metadata"], answer["ContentType"], answer["CacheControl"]) == ({"m": "1"}, "text/x-own", "no-cache")
    assert world.stored(bucket, ask["Key"]) == FIRST + SECOND


def test_a_part_of_a_finished_object_can_be_read(s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = start(s3, **{"bucket": bucket, "key": ask["Key"]})
    parts = []
    for number, body in ((1, FIRST), (2, SECOND)):
        etag = s3.upload_part(**ask, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(**ask, UploadId=upload, MultipartUpload={"Parts": parts})
    answer = s3.get_object(**ask, PartNumber=2)
    assert answer["Body"].read() == SECOND
    assert answer["PartsCount"] == 2


def test_an_aborted_upload_is_gone(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = start(s3, bucket, ask["Key"])
    s3.upload_part(**ask, UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(**ask, UploadId=upload)
    assert refusal(s3.list_parts, **ask, UploadId=upload) == (404, "NoSuchUpload")
    assert world.uploads(bucket, here) == []


def test_list_parts_is_paged(s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = start(s3, bucket, ask["Key"])
    for number in (1, 2, 3):
        s3.upload_part(**ask, UploadId=upload, PartNumber=number, Body=b"x")
    numbers, marker = [], 0
    while True:
        page = s3.list_parts(**ask, UploadId=upload, MaxParts=1, PartNumberMarker=marker)
        numbers += [part["PartNumber"] for part in page["Parts"]]
        if not page["IsTruncated"]:
            break
        marker = page["NextPartNumberMarker"]
    assert numbers == [1, 2, 3]
    s3.abort_multipart_upload(**ask, UploadId=upload)


def test_finishing_with_parts_that_are_not_there_is_400(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = start(s3, bucket, ask["Key"])
    etag = s3.upload_part(**ask, UploadId=upload, PartNumber=1, Body=FIRST)["ETag"]
    wrong = [
        ([{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}], "InvalidPart"),
        ([{"PartNumber": 1, "ETag": etag}, {"PartNumber": 7, "ETag": etag}], "InvalidPart"),
        ([{"PartNumber": 2, "ETag": etag}, {"PartNumber": 1, "ETag": etag}], "InvalidPartOrder"),
    ]
    for parts, code in wrong:
        got = refusal(s3.complete_multipart_upload, **ask, UploadId=upload, MultipartUpload={"Parts": parts})
        assert got == (400, code)
    assert world.stored(bucket, ask["Key"]) is None
    s3.abort_multipart_upload(**ask, UploadId=upload)


def test_a_part_before_the_last_must_be_five_mebibytes(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = start(s3, bucket, ask["Key"])
    parts = []
    for number in (1, 2):
        etag = s3.upload_part(**ask, UploadId=upload, PartNumber=number, Body=b"small")["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    got = refusal(s3.complete_multipart_upload, **ask, UploadId=upload, MultipartUpload={"Parts": parts})
    assert got == (400, "EntityTooSmall")
    assert world.stored(bucket, ask["Key"]) is None
    s3.abort_multipart_upload(**ask, UploadId=upload)


@pytest.mark.brigade_only
def test_r_mpu_02_hostile_numbers_and_ids_are_refused(world, s3, bucket, here):
    upload = start(s3, bucket, here + "a")
    path = f"/{bucket}/{here}a"
    for number in ("0", "-1", "10001", "abc", "1.5", "99999999999999999999", ""):
        answer = world.send("PUT", path, f"partNumber={number}&uploadId={upload}", body=b"x")
        assert (answer.status, answer.code) == (400, "InvalidArgument"), (number, answer)
    for hostile in ("none", "..%2F..%2Fetc", "%00", "a" * 2000, "%3Cx%3E"):
        answer = world.send("PUT", path, f"partNumber=1&uploadId={hostile}", body=b"x")
        assert answer.status == 400 or (answer.status, answer.code) == (404, "NoSuchUpload"), (hostile, answer)
        answer = world.send("GET", path, f"uploadId={hostile}")
        assert answer.status == 400 or (answer.status, answer.code) == (404, "NoSuchUpload"), (hostile, answer)
    s3.abort_multipart_upload(Bucket=bucket, Key=here + "a", UploadId=upload)


@pytest.mark.brigade_only
def test_r_mpu_03_half_of_the_parameters_is_refused_and_overwrites_nothing(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    for query in ("uploadId=x", "partNumber=1", "uploadId", "partNumber", "uploads=1&uploadId=x", "partNumber=1&uploads"):
        answer = world.send("PUT", f"/{bucket}/{here}a", query, body=b"after")
        assert answer.status in (400, 501), (query, answer)
        assert world.stored(bucket, here + "a") == b"before", query


@pytest.mark.brigade_only
def test_r_mpu_01_an_upload_id_is_no_permission(world, s3, plain, here):
    key = "other/" + here + "a"
    upload = start(s3, plain, key)
    etag = s3.upload_part(Bucket=plain, Key=key, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    team = world.client(keys.TEAM)
    for call, more in steps(team, etag):
        assert refusal(call, Bucket=plain, Key=key, UploadId=upload, **more) == (403, "AccessDenied"), call
    assert refusal(team.list_multipart_uploads, Bucket=plain, Prefix="other/") == (403, "AccessDenied")
    read = world.client(keys.READ_ONLY)
    assert refusal(read.create_multipart_upload, Bucket=plain, Key=key) == (403, "AccessDenied")
    assert [part["PartNumber"] for part in s3.list_parts(Bucket=plain, Key=key, UploadId=upload)["Parts"]] == [1]
    assert world.stored(plain, key) is None
    s3.abort_multipart_upload(Bucket=plain, Key=key, UploadId=upload)


def steps(client, etag):
    """What can be done with an upload: calls, and what each needs besides the key and the id."""
    return [
        (client.upload_part, {"PartNumber": 2, "Body": b"mine"}),
        (client.list_parts, {}),
        (client.complete_multipart_upload, {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}),
        (client.abort_multipart_upload, {}),
    ]


def test_r_mpu_01_the_id_of_an_upload_belongs_to_its_key(world, s3, bucket, here):
    upload = start(s3, bucket, here + "a")
    etag = s3.upload_part(Bucket=bucket, Key=here + "a", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    for call, more in steps(s3, etag):
        assert refusal(call, Bucket=bucket, Key=here + "other", UploadId=upload, **more)[0] == 404, call
    assert len(s3.list_parts(Bucket=bucket, Key=here + "a", UploadId=upload)["Parts"]) == 1
    assert world.stored(bucket, here + "other") is None


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"<CompleteMultipartUpload/>",
        b"<Delete/>",
        b"<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><CompleteMultipartUpload>&e;</CompleteMultipartUpload>',
    ],
)
def test_r_xml_01_a_completion_that_is_not_one_is_400(world, s3, bucket, here, body):
    upload = start(s3, bucket, here + "a")
    s3.upload_part(Bucket=bucket, Key=here + "a", UploadId=upload, PartNumber=1, Body=b"x")
    answer = world.send("POST", f"/{bucket}/{here}a", f"uploadId={upload}", body=body)
    assert answer.status == 400 and b"root:" not in answer.body, answer
    assert world.stored(bucket, here + "a") is None
    s3.abort_multipart_upload(Bucket=bucket, Key=here + "a", UploadId=upload)


def test_concurrent_completion_and_abort_leave_the_object_or_nothing(world, s3, bucket, here):
    """Regression (versitygw 13b3dc52, b473aa05)."""
    from concurrent.futures import ThreadPoolExecutor

    for turn in range(5):
        ask = {"Bucket": bucket, "Key": f"{here}{turn}"}
        upload = start(s3, bucket, ask["Key"])
        etag = s3.upload_part(**ask, UploadId=upload, PartNumber=1, Body=SECOND)["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}

        def attempt(call, more):
            try:
                call(**ask, UploadId=upload, **more)
                return 200
            except s3.exceptions.ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"]

        with ThreadPoolExecutor(2) as both:
            complete = both.submit(attempt, s3.complete_multipart_upload, {"MultipartUpload": parts})
            abort = both.submit(attempt, s3.abort_multipart_upload, {})
        assert complete.result() in (200, 404) and abort.result() in (200, 204, 404)
        assert world.stored(bucket, ask["Key"]) == (SECOND if complete.result() == 200 else None)
