"""Content-MD5 and the additional checksums: kept when right, refused when wrong."""

import pytest

from harness.checksums import ALGORITHMS, checksum, md5

BODY = b"The quick brown fox jumps over the lazy dog. " * 20


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_right_checksum_is_kept_and_given_back(s3, bucket, here, algorithm):
    value = checksum(algorithm, BODY)
    field = f"Checksum{algorithm.upper()}"
    put = s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, **{field: value})
    assert put.get(field, value) == value
    # The client asks for it and compares it with the bytes.
    head = s3.head_object(Bucket=bucket, Key=here + "a", ChecksumMode="ENABLED")
    assert head[field] == value
    assert s3.get_object(Bucket=bucket, Key=here + "a", ChecksumMode="ENABLED")["Body"].read() == BODY


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_r_int_01_a_wrong_checksum_is_400_and_stores_nothing(world, bucket, here, algorithm):
    world.store_up(bucket, here + "a", b"before")
    wrong = [(f"x-amz-checksum-{algorithm}", checksum(algorithm, b"other"))]
    answer = world.send("PUT", f"/{bucket}/{here}a", headers=wrong, body=BODY)
    assert (answer.status, answer.code) == (400, "BadDigest"), answer
    assert world.stored(bucket, here + "a") == b"before"


def test_r_int_01_a_wrong_content_md5_is_400_and_stores_nothing(world, bucket, here):
    path = f"/{bucket}/{here}a"
    world.store_up(bucket, here + "a", b"before")
    answer = world.send("PUT", path, headers=[("content-md5", md5(b"other"))], body=BODY)
    assert (answer.status, answer.code) == (400, "BadDigest"), answer
    answer = world.send("PUT", path, headers=[("content-md5", "not-a-digest")], body=BODY)
    assert (answer.status, answer.code) == (400, "InvalidDigest"), answer
    assert world.stored(bucket, here + "a") == b"before"
    answer = world.send("PUT", path, headers=[("content-md5", md5(BODY))], body=BODY)
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_what_the_sdk_computes_by_itself_is_kept(world, s3, bucket, here, algorithm):
    put = s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, ChecksumAlgorithm=algorithm)
    value = checksum(algorithm.lower(), BODY)
    assert put.get(f"Checksum{algorithm}", value) == value
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_parts_with_checksums_become_an_object(world, s3, bucket, here, algorithm):
    """Regression (multistore 0.6): dropped x-amz-checksum-* headers made completion fail with InvalidPart."""
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload = s3.create_multipart_upload(**ask, ChecksumAlgorithm=algorithm)["UploadId"]
    parts = []
    for number, body in ((1, b"1" * 5 * 1024 * 1024), (2, b"2")):
        part = s3.upload_part(**ask, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        field = f"Checksum{algorithm}"
        entry = {"PartNumber": number, "ETag": part["ETag"], field: checksum(algorithm.lower(), body)}
        parts.append(entry)
    s3.complete_multipart_upload(**ask, UploadId=upload, MultipartUpload={"Parts": parts})
    assert world.stored(bucket, here + "a") == b"1" * 5 * 1024 * 1024 + b"2"


def test_a_checksum_of_no_known_kind_is_not_silently_dropped(world, bucket, here):
    answer = world.send("PUT", f"/{bucket}/{here}a", headers=[("x-amz-checksum-rot13", "AAAA")], body=BODY)
    assert answer.status in (400, 501), answer
    assert world.stored(bucket, here + "a") is None


def test_a_ranged_read_carries_no_checksum_of_the_whole(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=BODY, ChecksumAlgorithm="SHA256")
    # boto3 compares what it is given with the bytes it gets, and raises when they differ.
    answer = s3.get_object(Bucket=bucket, Key=here + "a", ChecksumMode="ENABLED", Range="bytes=0-9")
    assert answer["Body"].read() == BODY[:10]
