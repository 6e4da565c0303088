"""ACLs: read and written by who is granted them by name, and by nobody else."""

import pytest

from harness.clients import refusal


def test_an_objects_acl_is_read_and_written(owner, bucket, here):
    owner.put_object(Bucket=bucket, Key=here + "a", Body=b"body")
    found = owner.get_object_acl(Bucket=bucket, Key=here + "a")
    assert found["Owner"]["ID"] and [grant["Permission"] for grant in found["Grants"]] == ["FULL_CONTROL"]
    owner.put_object_acl(Bucket=bucket, Key=here + "a", ACL="private")
    owner.put_object_acl(Bucket=bucket, Key=here + "a", AccessControlPolicy={"Owner": found["Owner"], "Grants": found["Grants"]})
    assert owner.get_object_acl(Bucket=bucket, Key=here + "a")["Grants"] == found["Grants"]
    assert owner.get_object(Bucket=bucket, Key=here + "a")["Body"].read() == b"body"


def test_a_canned_acl_opens_an_object(owner, bucket, here):
    owner.put_object(Bucket=bucket, Key=here + "a", Body=b"body", ACL="public-read")
    grants = owner.get_object_acl(Bucket=bucket, Key=here + "a")["Grants"]
    everyone = "http://acs.amazonaws.com/groups/global/AllUsers"
    assert ("READ", everyone) in [(grant["Permission"], grant["Grantee"].get("URI")) for grant in grants]


def test_a_buckets_acl_is_read(world, owner):
    name = world.make("made")
    found = owner.get_bucket_acl(Bucket=name)
    assert found["Owner"]["ID"] and found["Grants"]


@pytest.mark.brigade_only
def test_a_part_of_a_bucket_is_the_gateways(world, owner):
    found = owner.get_bucket_acl(Bucket="part")
    assert found["Owner"]["ID"] == "brigade"
    assert [(grant["Grantee"]["ID"], grant["Permission"]) for grant in found["Grants"]] == [("brigade", "FULL_CONTROL")]
    assert refusal(owner.put_bucket_acl, Bucket="part", ACL="public-read") == (403, "AccessDenied")


@pytest.mark.brigade_only
def test_an_acl_is_nobodys_by_a_group(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"body")
    assert refusal(s3.get_object_acl, Bucket=bucket, Key=here + "a") == (403, "AccessDenied")
    assert refusal(s3.put_object_acl, Bucket=bucket, Key=here + "a", ACL="public-read") == (403, "AccessDenied")
    assert refusal(s3.get_bucket_acl, Bucket=bucket) == (403, "AccessDenied")
