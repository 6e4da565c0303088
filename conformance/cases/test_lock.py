"""Object lock: retention and legal hold, in a bucket that was created for it."""

from datetime import datetime, timedelta, timezone

import pytest

from harness import keys
from harness.clients import refusal


@pytest.fixture
def locked(world):
    return world.make("locked", ObjectLockEnabledForBucket=True)


def until(**how):
    return (datetime.now(timezone.utc) + timedelta(**how)).replace(microsecond=0)


def test_a_bucket_created_for_it_says_so(owner, locked):
    found = owner.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]
    assert found["ObjectLockEnabled"] == "Enabled"
    assert owner.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"


def test_a_retention_keeps_a_version_and_is_bypassed_by_who_may(owner, locked, here):
    version = owner.put_object(Bucket=locked, Key=here + "a", Body=b"x")["VersionId"]
    end = until(days=1)
    owner.put_object_retention(Bucket=locked, Key=here + "a", VersionId=version, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": end})
    found = owner.get_object_retention(Bucket=locked, Key=here + "a", VersionId=version)["Retention"]
    assert (found["Mode"], found["RetainUntilDate"]) == ("GOVERNANCE", end)
    head = owner.head_object(Bucket=locked, Key=here + "a")
    assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", end)
    assert refusal(owner.delete_object, Bucket=locked, Key=here + "a", VersionId=version) == (403, "AccessDenied")
    owner.delete_object(Bucket=locked, Key=here + "a", VersionId=version, BypassGovernanceRetention=True)
    assert refusal(owner.get_object, Bucket=locked, Key=here + "a", VersionId=version)[0] == 404


def test_a_legal_hold_keeps_a_version(owner, locked, here):
    version = owner.put_object(Bucket=locked, Key=here + "a", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
    assert owner.get_object_legal_hold(Bucket=locked, Key=here + "a")["LegalHold"]["Status"] == "ON"
    assert refusal(owner.delete_object, Bucket=locked, Key=here + "a", VersionId=version) == (403, "AccessDenied")
    owner.put_object_legal_hold(Bucket=locked, Key=here + "a", LegalHold={"Status": "OFF"})
    owner.delete_object(Bucket=locked, Key=here + "a", VersionId=version)


def test_an_upload_brings_its_retention(owner, locked, here):
    end = until(minutes=5)
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": end}
    version = owner.put_object(Bucket=locked, Key=here + "a", Body=b"x", **lock)["VersionId"]
    found = owner.get_object_retention(Bucket=locked, Key=here + "a")["Retention"]
    assert (found["Mode"], found["RetainUntilDate"]) == ("GOVERNANCE", end)
    owner.delete_object(Bucket=locked, Key=here + "a", VersionId=version, BypassGovernanceRetention=True)


def test_an_object_without_a_retention_has_none(owner, locked, here):
    owner.put_object(Bucket=locked, Key=here + "a", Body=b"x")
    assert refusal(owner.get_object_retention, Bucket=locked, Key=here + "a") == (404, "NoSuchObjectLockConfiguration")


@pytest.mark.brigade_only
def test_a_lock_is_for_who_may_set_one_by_name(world, s3, owner, locked, here):
    owner.put_object(Bucket=locked, Key=here + "a", Body=b"x")
    hold, retention = {"Status": "ON"}, {"Mode": "GOVERNANCE", "RetainUntilDate": until(days=1)}
    of = {"Bucket": locked, "Key": here + "a"}
    assert refusal(s3.put_object_legal_hold, **of, LegalHold=hold) == (403, "AccessDenied")
    assert refusal(s3.put_object_retention, **of, Retention=retention) == (403, "AccessDenied")
    assert refusal(s3.get_object_retention, **of) == (403, "AccessDenied")
    assert refusal(s3.delete_object, **of, BypassGovernanceRetention=True) == (403, "AccessDenied")
    assert refusal(world.client(keys.READ_ONLY).get_object_legal_hold, **of) == (403, "AccessDenied")
