"""The configuration of buckets: as the store tells it, to who is granted it by name, and never of other keys."""

import json

import botocore.exceptions
import pytest

from harness import wire
from harness.clients import refusal

READS = [
    "acl", "versioning", "policy", "policyStatus", "encryption", "object-lock", "lifecycle", "website", "logging", "tagging",
    "notification", "replication", "requestPayment", "publicAccessBlock", "ownershipControls", "accelerate", "analytics", "inventory",
    "metrics", "intelligent-tiering",
]  # fmt: skip
#: What holds for every key alike.
SHARED = {"versioning", "encryption", "object-lock", "requestPayment", "ownershipControls", "accelerate"}
#: What S3 says of a bucket without it.
ABSENT = {
    "policy": "NoSuchBucketPolicy",
    "policyStatus": "NoSuchBucketPolicy",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "website": "NoSuchWebsiteConfiguration",
    "tagging": "NoSuchTagSet",
    "replication": "ReplicationConfigurationNotFoundError",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
}


def outcome(client, query):
    """Status and code of a read through `client`'s endpoint, signed by its key."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    bucket, endpoint, credentials = client
    request = AWSRequest("GET", f"{endpoint}/{bucket}?{query}")
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    answer = wire.send(endpoint, "GET", f"/{bucket}?{query}", list(request.headers.items()))
    return answer.status, answer.code, answer.body


def reading(client, bucket):
    return bucket, client.meta.endpoint_url, client._request_signer._credentials


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", READS)
def test_a_read_says_what_the_store_says(world, owner, query):
    """Compared with the store itself, asked with its own key."""
    name = world.make("made")
    if world.store.endpoint is None:
        pytest.skip("the embedded store has no address of its own")
    ours = outcome(reading(owner, name), query)
    theirs = outcome(reading(world.look(), name), query)
    if theirs[0] == 200 and (not theirs[2].strip() or b"<ListBucketResult" in theirs[2] or b"<Error>" in theirs[2]):
        assert ours[:2] == (502, "BackendError"), (ours, theirs)
    else:
        assert ours[:2] == theirs[:2], (ours, theirs)
        assert ours[0] != 200 or ours[2] == theirs[2], (ours, theirs)


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", READS)
def test_a_read_of_a_part_says_nothing_of_the_rest(world, owner, query):
    world.make("versioned")
    status, code, body = outcome(reading(owner, "part"), query)
    if query in ABSENT:
        assert (status, code) == (404, ABSENT[query])
    elif query not in SHARED:
        assert status == 200 and b"veiled" not in body and b"versioned" not in body, body


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", READS)
def test_a_configuration_is_nobodys_by_a_group(world, s3, query):
    for name in ("made", "part", "plain", "nowhere-in-the-file"):
        assert outcome(reading(s3, name), query)[:2] == (403, "AccessDenied")


def test_a_lifecycle_is_written_read_and_removed(world, owner):
    name = world.make("made")
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}]
    owner.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    found = owner.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert [(rule["ID"], rule["Expiration"]["Days"]) for rule in found] == [("r", 30)]
    owner.delete_bucket_lifecycle(Bucket=name)
    assert refusal(owner.get_bucket_lifecycle_configuration, Bucket=name) == (404, "NoSuchLifecycleConfiguration")


def test_tags_of_a_bucket_are_written_read_and_removed(world, owner):
    name = world.make("made")
    owner.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert owner.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "b"}]
    owner.delete_bucket_tagging(Bucket=name)
    assert refusal(owner.get_bucket_tagging, Bucket=name) == (404, "NoSuchTagSet")


def test_a_policy_is_written_read_and_removed(world, owner):
    name = world.make("made")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/open/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    owner.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    found = json.loads(owner.get_bucket_policy(Bucket=name)["Policy"])
    assert statement["Resource"] in json.dumps(found)
    owner.delete_bucket_policy(Bucket=name)
    assert refusal(owner.get_bucket_policy, Bucket=name) == (404, "NoSuchBucketPolicy")


def test_an_encryption_is_written_and_read(world, owner):
    name = world.make("made")
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    owner.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    found = owner.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    owner.delete_bucket_encryption(Bucket=name)


@pytest.mark.brigade_only
def test_nothing_governs_a_part_of_a_bucket_from_within(world, owner):
    world.make("versioned")
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
    writes = [
        (owner.put_bucket_lifecycle_configuration, {"LifecycleConfiguration": {"Rules": rules}}),
        (owner.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Suspended"}}),
        (owner.put_bucket_policy, {"Policy": "{}"}),
        (owner.delete_bucket_policy, {}),
        (owner.put_bucket_tagging, {"Tagging": {"TagSet": []}}),
    ]
    for write, arguments in writes:
        assert refusal(write, Bucket="part", **arguments) == (403, "AccessDenied")
    try:
        status = owner.get_bucket_versioning(Bucket="versioned").get("Status")
    except botocore.exceptions.ClientError:
        status = None
    assert status != "Suspended"


@pytest.mark.brigade_only
def test_a_document_that_names_buckets_is_not_for_a_bucket_of_another_name(world, owner):
    world.make("remade")
    for query in ("policy", "logging", "replication", "inventory"):
        assert outcome(reading(owner, "remade"), query)[:2] == (501, "NotImplemented")
