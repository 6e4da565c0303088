"""Keys that clients give with their requests (SSE-C), and the store's own (SSE-KMS), where the store has them: Ceph RGW."""

import botocore.exceptions
import pytest

KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"0123456789abcdef0123456789abcdef"}
OTHER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"another key, of thirty-two bytes"}
SOURCE = {f"CopySource{name}": value for name, value in KEY.items()}


@pytest.fixture(autouse=True)
def encrypts(world):
    if world.store.name != "rgw":
        pytest.skip(f"{world.store.name} takes no keys of clients over plain HTTP")


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_object_under_a_clients_key_is_read_with_it_alone(world, s3, bucket, here):
    at = {"Bucket": bucket, "Key": here + "secret"}
    put = s3.put_object(**at, Body=b"secret bytes", Metadata={"m": "1"}, **KEY)
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"]
    got = s3.get_object(**at, **KEY)
    assert (got["Body"].read(), got["Metadata"], got["SSECustomerKeyMD5"]) == (b"secret bytes", {"m": "1"}, put["SSECustomerKeyMD5"])
    assert s3.get_object(**at, Range="bytes=7-11", **KEY)["Body"].read() == b"bytes"
    assert s3.head_object(**at, **KEY)["ContentLength"] == 12
    assert refused(s3.get_object, **at) == 400
    assert refused(s3.get_object, **at, **OTHER) in (400, 403)


def test_a_copy_reads_with_one_key_and_writes_with_another(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"secret bytes", **KEY)
    to = {"Bucket": bucket, "Key": here + "b"}
    source = {"Bucket": bucket, "Key": here + "a"}
    s3.copy_object(**to, CopySource=source, **SOURCE, **OTHER)
    assert s3.get_object(**to, **OTHER)["Body"].read() == b"secret bytes"
    s3.copy_object(**to, CopySource=source, **SOURCE)
    assert world.stored(bucket, here + "b") == b"secret bytes"
    assert refused(s3.copy_object, **to, CopySource=source) == 400


@pytest.mark.brigade_only
def test_a_copy_to_another_store_reads_with_the_clients_key(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"secret bytes", **KEY)
    to = {"Bucket": "far", "Key": here + "b", "CopySource": {"Bucket": bucket, "Key": here + "a"}}
    s3.copy_object(**to, **SOURCE)
    assert s3.get_object(Bucket="far", Key=here + "b")["Body"].read() == b"secret bytes"
    assert refused(s3.copy_object, **to) == 400


def test_parts_under_a_clients_key(world, s3, bucket, here):
    at = {"Bucket": bucket, "Key": here + "large"}
    upload = s3.create_multipart_upload(**at, **KEY)["UploadId"]
    bodies = [b"1" * (5 << 20), b"2"]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, **KEY)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts}, **KEY)
    assert s3.get_object(**at, **KEY)["Body"].read() == b"".join(bodies)


def test_an_object_under_the_stores_key(world, s3, bucket, here):
    at = {"Bucket": bucket, "Key": here + "kms"}
    s3.put_object(**at, Body=b"secret bytes", ServerSideEncryption="aws:kms", SSEKMSKeyId="testkey-1")
    got = s3.get_object(**at)
    assert (got["Body"].read(), got["ServerSideEncryption"]) == (b"secret bytes", "aws:kms")
