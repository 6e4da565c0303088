"""Buckets that clients create and delete, where the configuration says `create = true`."""

import pytest

from harness import keys
from harness.clients import refusal


@pytest.mark.parametrize("role", ["fresh", "refresh"])
def test_a_bucket_is_created_used_and_deleted(world, owner, role):
    name = world.bucket(role)
    answer = owner.create_bucket(Bucket=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer.get("Location", f"/{name}") == f"/{name}"
    try:
        assert owner.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert name in [found["Name"] for found in owner.list_buckets()["Buckets"]]
        owner.put_object(Bucket=name, Key="k", Body=b"x")
        assert refusal(owner.delete_bucket, Bucket=name) == (409, "BucketNotEmpty")
        assert owner.get_object(Bucket=name, Key="k")["Body"].read() == b"x"
        owner.delete_object(Bucket=name, Key="k")
    finally:
        owner.delete_bucket(Bucket=name)
    assert refusal(owner.head_bucket, Bucket=name)[0] == 404
    assert refusal(owner.delete_bucket, Bucket=name) == (404, "NoSuchBucket")
    assert refusal(owner.put_object, Bucket=name, Key="k", Body=b"x") == (404, "NoSuchBucket")
    assert refusal(owner.list_objects_v2, Bucket=name) == (404, "NoSuchBucket")


@pytest.mark.brigade_only
def test_r_sub_04_only_who_may_and_only_where_it_is_said(world, s3, owner):
    assert refusal(s3.create_bucket, Bucket="made") == (403, "AccessDenied")
    assert refusal(s3.delete_bucket, Bucket="plain") == (403, "AccessDenied")
    for name in ("plain", "mapped", "part", "nowhere-in-the-file"):
        assert refusal(owner.create_bucket, Bucket=name) == (403, "AccessDenied"), name
        assert refusal(owner.delete_bucket, Bucket=name) == (403, "AccessDenied"), name
    constraint = {"LocationConstraint": "eu-west-9"}
    client = world.client(keys.OWNER, parameter_validation=False)
    assert refusal(client.create_bucket, Bucket="made", CreateBucketConfiguration=constraint) == (400, "IllegalLocationConstraintException")
