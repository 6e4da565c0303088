"""Versions: kept, read, listed and deleted, in a whole bucket and in one that is a part of a store's."""

import pytest

from harness import keys
from harness.clients import refusal


@pytest.fixture(params=["versioned", "part"])
def kept(world, owner, request):
    """A bucket that keeps versions, as the client names it."""
    whole = world.make("part" if world.direct and request.param == "part" else "versioned")
    owner.put_bucket_versioning(Bucket=whole, VersioningConfiguration={"Status": "Enabled"})
    return world.bucket(request.param)


def versions(client, bucket, **how):
    """Every (key, version id, what) of a listing, following its markers."""
    found, markers = [], {}
    while True:
        page = client.list_object_versions(Bucket=bucket, **how, **markers)
        found += [(item["Key"], item["VersionId"], "object") for item in page.get("Versions", [])]
        found += [(item["Key"], item["VersionId"], "marker") for item in page.get("DeleteMarkers", [])]
        if not page["IsTruncated"]:
            return found
        last = markers
        markers = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            markers["VersionIdMarker"] = page["NextVersionIdMarker"]
        assert markers != last, "the listing does not move on"


def test_the_status_is_that_of_the_store(world, owner, kept):
    assert owner.get_bucket_versioning(Bucket=kept)["Status"] == "Enabled"


def test_a_version_is_kept_read_and_deleted(world, s3, kept, here):
    first = s3.put_object(Bucket=kept, Key=here + "a", Body=b"one", Metadata={"n": "1"})["VersionId"]
    second = s3.put_object(Bucket=kept, Key=here + "a", Body=b"second")["VersionId"]
    assert first != second
    assert s3.get_object(Bucket=kept, Key=here + "a")["Body"].read() == b"second"
    old = s3.get_object(Bucket=kept, Key=here + "a", VersionId=first)
    assert (old["Body"].read(), old["VersionId"], old["Metadata"]) == (b"one", first, {"n": "1"})
    assert s3.get_object(Bucket=kept, Key=here + "a", VersionId=first, Range="bytes=1-1")["Body"].read() == b"n"
    head = s3.head_object(Bucket=kept, Key=here + "a", VersionId=first)
    assert (head["ContentLength"], head["VersionId"]) == (3, first)

    marker = s3.delete_object(Bucket=kept, Key=here + "a")
    assert marker["DeleteMarker"] is True and marker["VersionId"] not in (first, second)
    assert refusal(s3.get_object, Bucket=kept, Key=here + "a") == (404, "NoSuchKey")
    assert s3.get_object(Bucket=kept, Key=here + "a", VersionId=second)["Body"].read() == b"second"

    s3.delete_object(Bucket=kept, Key=here + "a", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=kept, Key=here + "a")["Body"].read() == b"second"
    s3.delete_object(Bucket=kept, Key=here + "a", VersionId=second)
    assert s3.get_object(Bucket=kept, Key=here + "a")["Body"].read() == b"one"
    s3.delete_object(Bucket=kept, Key=here + "a", VersionId=first)
    assert versions(s3, kept, Prefix=here) == []


def test_a_delete_marker_says_so(world, s3, kept, here):
    s3.put_object(Bucket=kept, Key=here + "a", Body=b"x")
    marker = s3.delete_object(Bucket=kept, Key=here + "a")["VersionId"]
    gone = world.send("HEAD", f"/{kept}/{here}a")
    assert gone.status == 404 and dict(gone.headers).get("x-amz-delete-marker") == "true", gone
    gone = world.send("GET", f"/{kept}/{here}a", f"versionId={marker}")
    assert gone.status == 405 and gone.code == "MethodNotAllowed", gone
    assert dict(gone.headers).get("x-amz-delete-marker") == "true" and dict(gone.headers).get("last-modified"), gone


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_listing_of_versions_is_complete_page_by_page(s3, kept, here, size):
    expected = set()
    for key in ("a", "a b", "b/c", "b/d+é", "z"):
        for body in (b"1", b"2"):
            expected.add((here + key, s3.put_object(Bucket=kept, Key=here + key, Body=body)["VersionId"], "object"))
    expected.add((here + "z", s3.delete_object(Bucket=kept, Key=here + "z")["VersionId"], "marker"))
    assert sorted(versions(s3, kept, Prefix=here, MaxKeys=size)) == sorted(expected)


def test_versions_are_grouped_and_in_order(s3, kept, here):
    for key in ("a", "a b", "b/c", "b/d+é", "z", "a"):
        s3.put_object(Bucket=kept, Key=here + key, Body=b"x")
    page = s3.list_object_versions(Bucket=kept, Prefix=here, Delimiter="/")
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == [here + "b/"]
    assert page["Name"] == kept and page["Prefix"] == here
    assert {item["Key"] for item in page["Versions"]} == {here + "a", here + "a b", here + "z"}
    assert [item["IsLatest"] for item in page["Versions"] if item["Key"] == here + "a"] == [True, False]


def test_a_part_lists_its_own_versions_alone(world, s3, kept, here):
    s3.put_object(Bucket=kept, Key=here + "mine", Body=b"x")
    if kept == "part":
        s3.put_object(Bucket="versioned", Key=here + "beside", Body=b"x")
    names = {key for key, _, _ in versions(s3, kept)}
    assert here + "mine" in names
    assert kept != "part" or not {key for key in names if key.endswith("beside") or key.startswith("veiled")}


def test_a_batch_deletes_versions(s3, kept, here):
    first = s3.put_object(Bucket=kept, Key=here + "a", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=kept, Key=here + "a", Body=b"2")["VersionId"]
    objects = [{"Key": here + "a", "VersionId": second}, {"Key": here + "b"}]
    done = s3.delete_objects(Bucket=kept, Delete={"Objects": objects})
    assert {item["Key"] for item in done["Deleted"]} == {here + "a", here + "b"}, done
    assert s3.get_object(Bucket=kept, Key=here + "a")["VersionId"] == first


def test_an_old_version_is_copied(s3, kept, here):
    first = s3.put_object(Bucket=kept, Key=here + "a", Body=b"one")["VersionId"]
    s3.put_object(Bucket=kept, Key=here + "a", Body=b"two")
    copy = s3.copy_object(Bucket=kept, Key=here + "b", CopySource={"Bucket": kept, "Key": here + "a", "VersionId": first})
    assert s3.get_object(Bucket=kept, Key=here + "b", VersionId=copy["VersionId"])["Body"].read() == b"one"
    assert copy.get("CopySourceVersionId") == first


def test_each_version_has_its_own_tags(owner, kept, here):
    first = owner.put_object(Bucket=kept, Key=here + "a", Body=b"1", Tagging="n=1")["VersionId"]
    second = owner.put_object(Bucket=kept, Key=here + "a", Body=b"2", Tagging="n=2")["VersionId"]
    owner.put_object_tagging(Bucket=kept, Key=here + "a", VersionId=first, Tagging={"TagSet": [{"Key": "n", "Value": "one"}]})
    tags = lambda **how: owner.get_object_tagging(Bucket=kept, Key=here + "a", **how)["TagSet"]
    assert tags(VersionId=first) == [{"Key": "n", "Value": "one"}]
    assert tags(VersionId=second) == tags() == [{"Key": "n", "Value": "2"}]
    owner.delete_object_tagging(Bucket=kept, Key=here + "a", VersionId=first)
    assert tags(VersionId=first) == [] and tags() == [{"Key": "n", "Value": "2"}]


@pytest.mark.brigade_only
def test_a_version_is_for_who_may_have_versions(world, s3, kept, here):
    version = s3.put_object(Bucket=kept, Key=here + "a", Body=b"x")["VersionId"]
    reader = world.client(keys.READ_ONLY)
    assert reader.get_object(Bucket=kept, Key=here + "a", VersionId=version)["Body"].read() == b"x"
    assert refusal(reader.delete_object, Bucket=kept, Key=here + "a", VersionId=version) == (403, "AccessDenied")
    assert refusal(s3.get_bucket_versioning, Bucket=kept) == (403, "AccessDenied")
    assert refusal(s3.put_bucket_versioning, Bucket=kept, VersioningConfiguration={"Status": "Suspended"}) == (403, "AccessDenied")
    anonymous = world.client(None)
    assert refusal(anonymous.list_object_versions, Bucket=kept) == (403, "AccessDenied")
