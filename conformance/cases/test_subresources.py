"""Sub-resources and headers: refused or served as what they are, never mistaken for the operation without them."""

import pytest

from harness import keys
from harness.clients import refusal

OF_OBJECTS = ["tagging", "acl", "retention", "legal-hold", "torrent", "restore", "select&select-type=2", "attributes", "encryption"]
OF_BUCKETS = [
    "acl", "policy", "tagging", "versioning", "versions", "lifecycle", "website", "logging", "notification",
    "replication", "encryption", "object-lock", "requestPayment", "accelerate", "analytics", "inventory", "metrics",
    "ownershipControls", "publicAccessBlock", "policyStatus", "intelligent-tiering", "session", "unheard-of",
]  # fmt: skip


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", OF_OBJECTS + ["unheard-of", "Tagging", "%74agging", "tagging=", "tagging=1", "tagging&tagging"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "GET", "HEAD"])
def test_r_sub_01_a_subresource_is_never_taken_for_the_object(world, bucket, here, method, query):
    """Regression (multistore 9d15cd2, s3proxy 9dea6c2): `PUT ?tagging` stored its XML, `DELETE ?tagging` deleted."""
    world.store_up(bucket, here + "a", b"before")
    body = b"<Tagging><TagSet/></Tagging>" if method in ("PUT", "POST") else b""
    answer = world.send(method, f"/{bucket}/{here}a", query, body=body)
    served = query in ("tagging", "%74agging", "tagging=", "tagging=1", "attributes") and method in ("GET", "PUT", "DELETE")
    # An object that is not there is a selection's error too, told under 200.
    served = served or (query.startswith("select") and method == "POST")
    # 502: the store took it for the object after all, which Brigade keeps from the client.
    assert answer.status in (400, 403, 404, 405, 501, *((200, 204, 502) if served else ())), answer
    assert b"before" not in answer.body, answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", OF_OBJECTS)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_r_sub_01_no_store_takes_a_write_to_a_subresource_for_the_object(world, bucket, here, method, query):
    """With every permission, so that each request that Brigade serves gets to the store."""
    world.store_up(bucket, here + "a", b"before")
    body = b"<Tagging><TagSet/></Tagging>" if method in ("PUT", "POST") else b""
    answer = world.send(method, f"/{bucket}/{here}a", query, body=body, key=keys.OWNER)
    assert b"before" not in answer.body, answer
    assert world.stored(bucket, here + "a") == b"before", answer


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", OF_BUCKETS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_r_sub_01_a_subresource_is_never_taken_for_the_bucket(world, bucket, here, method, query):
    world.store_up(bucket, here + "a", b"before")
    answer = world.send(method, f"/{bucket}", query, body=b"<X/>" if method == "PUT" else b"")
    served = query == "versions" and method == "GET"
    assert answer.status in (400, 403, 405, 501, *((200,) if served else ())), answer
    assert b"<Contents>" not in answer.body, answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
@pytest.mark.parametrize("query", OF_BUCKETS + ["analytics&id=a", "inventory&id=a", "metrics&id=a", "intelligent-tiering&id=a"])
def test_r_sub_01_no_store_takes_a_write_to_a_subresource_for_the_bucket(world, owner, query):
    """With every permission: Ceph RGW takes what it does not know for CreateBucket, DeleteBucket or a listing."""
    send = lambda method, body=b"": world.send(method, "/fresh", query, body=body, key=keys.OWNER)
    owner.create_bucket(Bucket="fresh")
    try:
        send("DELETE")
        assert world.send("HEAD", "/fresh", key=keys.OWNER).status == 200, "it deleted the bucket"
    finally:
        world.send("DELETE", "/fresh", key=keys.OWNER)
    assert world.send("HEAD", "/fresh", key=keys.OWNER).status == 404
    answer = send("PUT", b"{}" if query == "policy" else b"<X/>")
    made = world.send("HEAD", "/fresh", key=keys.OWNER).status
    world.send("DELETE", "/fresh", key=keys.OWNER)
    assert made == 404, f"it created the bucket: {answer}"


@pytest.mark.parametrize("value", ["none", "", "null-ish", "0", "..", "3%2F"])
def test_r_sub_02_an_unknown_version_is_never_the_current_one(world, bucket, here, value):
    world.store_up(bucket, here + "a", b"before")
    for method in ("GET", "DELETE", "HEAD"):
        answer = world.send(method, f"/{bucket}/{here}a", f"versionId={value}")
        assert answer.status in (400, 403, 404, 405, 501), (method, answer)
        assert b"before" not in answer.body, answer
        assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
def test_r_sub_04_buckets_are_neither_made_nor_removed(world, s3, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    assert refusal(s3.create_bucket, Bucket="brand-new-bucket")[0] in (403, 404, 501)
    assert refusal(s3.delete_bucket, Bucket=bucket)[0] in (403, 405, 501)
    assert world.stored(bucket, here + "a") == b"before"
    assert "brand-new-bucket" not in [found["Name"] for found in s3.list_buckets()["Buckets"]]


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "header",
    [
        ("x-amz-acl", "public-read"),
        ("x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'),
        ("x-amz-grant-full-control", "id=1"),
    ],
    ids=lambda header: header[0],
)
def test_r_hdr_01_an_acl_header_changes_nobodys_rights(world, bucket, plain, here, header):
    world.store_up(bucket, here + "source", b"x")
    for method, query, more in (("PUT", "", []), ("PUT", "", [("x-amz-copy-source", f"/{bucket}/{here}source")]), ("POST", "uploads", [])):
        answer = world.send(method, f"/{plain}/{here}a", query, headers=[header, *more])
        if world.stored(plain, here + "a") is not None or answer.status == 200:
            assert world.deliver("GET", f"/{plain}/{here}a").status == 403
            if world.store.endpoint:
                from harness import wire

                real, key = world.behind(plain, here + "a")
                assert wire.send(world.store.endpoint, "GET", f"/{real}/{key}", []).status == 403
        else:
            assert answer.status in (400, 403, 501), answer


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "header",
    [
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-object-lock-legal-hold", "ON"),
        ("x-amz-request-payer", "requester"),
        ("x-amz-mfa", "x"),
        ("x-amz-bypass-governance-retention", "true"),
        ("x-minio-source-mtime", "1"),
        ("x-minio-internal-x", "1"),
        ("x-goog-acl", "public-read"),
        ("x-ms-blob-type", "BlockBlob"),
        ("x-seaweedfs-x", "1"),
        ("x-rgw-x", "1"),
    ],
    ids=lambda header: header[0],
)
def test_r_hdr_02_headers_with_side_effects_are_refused_or_have_none(world, s3, bucket, here, header):
    answer = world.send("PUT", f"/{bucket}/{here}a", headers=[header], body=b"x")
    if answer.status != 200:
        assert answer.status in (400, 403, 501), answer
        assert world.stored(bucket, here + "a") is None
        return
    seen = world.send("GET", f"/{bucket}/{here}a")
    assert header[0] not in dict(seen.headers) and seen.body == b"x", seen
    s3.delete_object(Bucket=bucket, Key=here + "a")
    assert world.stored(bucket, here + "a") is None


@pytest.mark.brigade_only
@pytest.mark.parametrize("key", [keys.FULL, None], ids=["signed", "anonymous"])
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND", "OPTIONS", "FOO", "get"])
def test_r_http_04_unknown_methods_have_no_effect(world, bucket, here, method, key):
    world.store_up(bucket, here + "a", b"before")
    marker = ("x-marker", "echo-me-not")
    path = f"/{bucket}/{here}a"
    if key:
        answer = world.send(method, path, unsigned=[marker])
    else:
        answer = world.deliver(method, path, "", [("host", world.host), marker])
    assert answer.status in (400, 403, 404, 405, 501) or (method == "OPTIONS" and answer.status in (200, 204)), answer
    assert b"echo-me-not" not in answer.body and b"before" not in answer.body, answer
    assert world.stored(bucket, here + "a") == b"before"
