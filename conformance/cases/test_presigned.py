"""Presigned URLs: made by boto3, and by hand with everything that can be wrong."""

import time

import pytest

from harness import keys, sign
from harness.clients import curl

BODY = b"presigned"


def target(url):
    """A URL's path and query."""
    _, _, rest = url.removeprefix("http://").partition("/")
    path, _, query = rest.partition("?")
    return "/" + path, query


@pytest.fixture
def put(world, bucket, here):
    """An object to ask for: its path."""
    world.store_up(bucket, here + "a b+c", BODY)
    return f"/{bucket}/{here}a%20b%2Bc"


def ask(world, method, path, query="", body=b"", headers=(), sent=None, **how):
    """A presigned request by hand; `sent` changes the query after it has been signed."""
    signing = how.pop("signing", None) or sign.Signing(how.pop("key", world.full), how.pop("at", None))
    full = sign.presigned_query(signing, method, world.host, path, query, headers=headers, **how)
    lines = [("host", world.host), *headers]
    return world.deliver(method, path, sent(full) if sent else full, lines, body)


def test_a_presigned_get_and_put_by_boto3_work_in_curl(world, s3, bucket, here, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(BODY * 1000)
    params = {"Bucket": bucket, "Key": here + "a b+é%.txt"}
    url = s3.generate_presigned_url("put_object", Params=params, ExpiresIn=300)
    status, body = curl("--upload-file", source, url)
    assert status == 200, body
    assert world.stored(bucket, params["Key"]) == BODY * 1000
    assert curl(s3.generate_presigned_url("get_object", Params=params, ExpiresIn=300)) == (200, BODY * 1000)
    status, _ = curl("--head", s3.generate_presigned_url("head_object", Params=params, ExpiresIn=300))
    assert status == 200
    url = s3.generate_presigned_url("get_object", Params=params | {"ResponseContentType": "text/x-own"}, ExpiresIn=300)
    status, body = curl("--dump-header", "-", url)
    assert status == 200 and b"content-type: text/x-own" in body.lower()
    status, _ = curl("--request", "DELETE", s3.generate_presigned_url("delete_object", Params=params, ExpiresIn=300))
    assert status == 204
    assert world.stored(bucket, params["Key"]) is None


def test_a_presigned_listing(world, s3, bucket, here):
    world.store_up(bucket, here + "x", BODY)
    url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket, "Prefix": here}, ExpiresIn=300)
    status, body = curl(url)
    assert status == 200 and f"<Key>{here}x</Key>".encode() in body
    if not world.direct:
        world.check_leak([], body)


def test_a_presigned_put_can_demand_headers(world, s3, bucket, here):
    params = {"Bucket": bucket, "Key": here + "a", "ContentType": "text/x-own", "Metadata": {"m": "1"}}
    path, query = target(s3.generate_presigned_url("put_object", Params=params, ExpiresIn=300))
    lines = [("content-type", "text/x-own"), ("x-amz-meta-m", "1")]
    answer = world.deliver("PUT", path, query, [("host", world.host), *lines], BODY)
    assert answer.status == 200, answer
    assert s3.head_object(Bucket=bucket, Key=here + "a")["Metadata"] == {"m": "1"}
    for less in (lines[:1], [lines[0], ("x-amz-meta-m", "2")]):
        answer = world.deliver("PUT", path, query, [("host", world.host), *less], b"other")
        assert answer.status in (400, 403), answer
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.brigade_only
def test_sigv2_urls_are_refused_with_the_way_out(world, bucket, put):
    """R-PRE-09, R-SIG-08: boto3's default presigner; the message says how to switch."""
    old = world.client(signature_version="s3")
    url = old.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"}, ExpiresIn=300)
    assert "AWSAccessKeyId=" in url
    path, query = target(url)
    answer = world.deliver("GET", path, query)
    assert (answer.status, answer.code) == (400, "InvalidRequest"), answer
    assert "s3v4" in answer.message, answer
    header = [("authorization", f"AWS {keys.FULL.id}:c2lnbmF0dXJl"), ("date", "Sat, 21 Nov 2026 00:00:00 GMT")]
    answer = world.deliver("GET", path, "", header)
    assert (answer.status, answer.code) == (400, "InvalidRequest"), answer


@pytest.mark.brigade_only
def test_r_pre_01_a_url_ends_when_it_says(world, put):
    now = time.time()
    assert ask(world, "GET", put, at=now - 3000, expires="3600").body == BODY
    answer = ask(world, "GET", put, at=now - 3602, expires="3600")
    assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    assert answer.message.startswith("Request has expired"), answer


@pytest.mark.brigade_only
def test_r_pre_02_a_url_from_the_future_is_refused(world, put):
    answer = ask(world, "GET", put, at=time.time() + 16 * 60)
    assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    assert answer.message.startswith("Request is not valid yet"), answer


@pytest.mark.brigade_only
@pytest.mark.parametrize("expires", ["0", "604801", "-1", "+60", "1e3", "0x10", "6 0", "", "99999999999999999999", "60.0"])
def test_r_pre_03_expires_is_plain_digits_up_to_a_week(world, put, expires):
    answer = ask(world, "GET", put, expires=expires)
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError"), answer


SIX = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"]


def without(query, name):
    return "&".join(pair for pair in query.split("&") if not pair.startswith(name + "="))


@pytest.mark.brigade_only
@pytest.mark.parametrize("name", SIX)
def test_r_pre_04_a_url_lacking_a_parameter_is_refused(world, put, name):
    answer = ask(world, "GET", put, sent=lambda query: without(query, name))
    assert answer.status in (400, 403) and BODY not in answer.body, answer
    if name not in ("X-Amz-Algorithm", "X-Amz-Signature"):
        assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError"), answer


@pytest.mark.brigade_only
def test_r_pre_05_a_changed_url_is_refused(world, bucket, put, here):
    assert ask(world, "GET", put).body == BODY
    world.store_up(bucket, here + "other", b"secret")
    signing = sign.Signing(world.full)
    query = sign.presigned_query(signing, "GET", world.host, put)
    host = [("host", world.host)]
    for method in ("PUT", "DELETE", "POST", "HEAD"):
        answer = world.deliver(method, put, query, host)
        # There is no POST on an object without a sub-resource: 501, before anybody is asked who they are.
        assert answer.status in (400, 403) or (method, answer.status) == ("POST", 501), (method, answer)
    assert world.deliver("GET", f"/{bucket}/{here}other", query, host).code == "SignatureDoesNotMatch"
    assert world.deliver("GET", put, query, [("host", "evil.example")]).status in (400, 403, 404)
    changes = [
        query + "&response-content-type=text%2Fhtml",
        query + "&versionId=1",
        query + "&acl",
        query + "&X-Amz-Expires=604800",
        query + "&X-Amz-Signature=" + "0" * 64,
        "X-Amz-Date=20200101T000000Z&" + query,
        query.replace("X-Amz-Expires=900", "X-Amz-Expires=901"),
    ]
    for changed in changes:
        answer = world.deliver("GET", put, changed, host)
        assert answer.status in (400, 403, 501) and BODY not in answer.body, (changed, answer)
    assert world.stored(bucket, here + "a b+c") == BODY


@pytest.mark.brigade_only
def test_r_pre_06_host_must_be_signed(world, put):
    signing = sign.Signing(world.full)
    credential = f"{signing.key.id}/{signing.scope}".replace("/", "%2F")
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={signing.stamp}"
        "&X-Amz-Expires=900&X-Amz-SignedHeaders=range"
    )
    _, signature = signing.request("GET", put, query, [("range", "bytes=0-1")], sign.UNSIGNED)
    headers = [("host", world.host), ("range", "bytes=0-1")]
    answer = world.deliver("GET", put, f"{query}&X-Amz-Signature={signature}", headers)
    assert answer.status in (400, 403) and BODY[:2] != answer.body, answer


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "extra",
    [
        ("x-amz-acl", "public-read"),
        ("x-amz-copy-source", "/plain/a"),
        ("x-amz-meta-own", "1"),
        ("x-amz-content-sha256", sign.UNSIGNED_TRAILER),
        ("x-amz-content-sha256", sign.CHUNKS),
        ("x-amz-security-token", "x"),
        ("x-amz-storage-class", "GLACIER"),
    ],
    ids=lambda extra: extra[0] + " " + extra[1][:20],
)
def test_r_pre_07_headers_not_signed_into_the_url_are_refused(world, bucket, here, extra):
    world.store_up(bucket, here + "a", b"before")
    path = f"/{bucket}/{here}a"
    query = sign.presigned_query(sign.Signing(world.full), "PUT", world.host, path)
    answer = world.deliver("PUT", path, query, [("host", world.host), extra], BODY)
    assert answer.status in (400, 403), answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
def test_r_pre_08_a_credential_in_the_query_is_no_identity(world, put):
    signing = sign.Signing(world.full)
    query = sign.presigned_query(signing, "GET", world.host, put)
    for signature in ("", "0" * 64, "deadbeef"):
        changed = without(query, "X-Amz-Signature") + f"&X-Amz-Signature={signature}"
        for mode in (None, sign.UNSIGNED_TRAILER, sign.UNSIGNED):
            headers = [("host", world.host)] + ([("x-amz-content-sha256", mode)] if mode else [])
            answer = world.deliver("GET", put, changed, headers)
            assert answer.status in (400, 403) and BODY not in answer.body, (signature, mode, answer)


@pytest.mark.brigade_only
@pytest.mark.parametrize("algorithm", ["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "", "none"])
def test_r_pre_09_only_one_algorithm_is_accepted(world, put, algorithm):
    change = lambda query: query.replace("X-Amz-Algorithm=AWS4-HMAC-SHA256", f"X-Amz-Algorithm={algorithm}")
    answer = ask(world, "GET", put, sent=change)
    assert answer.status in (400, 501) and BODY not in answer.body, answer


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "scope", [{"region": "eu-west-9"}, {"service": "sts"}, {"terminator": "aws5_request"}, {"date": "20200101"}], ids=str
)
def test_r_pre_10_the_scope_is_checked(world, put, scope):
    answer = ask(world, "GET", put, signing=sign.Signing(world.full, **scope))
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError"), answer


@pytest.mark.brigade_only
def test_r_pre_11_other_spellings_are_no_authentication(world, put):
    for change in (str.lower, lambda query: query.replace("X-Amz-", "X-amz-")):
        answer = ask(world, "GET", put, sent=change)
        assert answer.status in (400, 403, 501) and BODY not in answer.body, answer
    assert ask(world, "GET", put, key=keys.UNKNOWN).code == "InvalidAccessKeyId"


@pytest.mark.brigade_only
def test_r_pre_12_a_url_grants_no_more_than_its_signer_has(world, bucket, put, here):
    path = f"/{bucket}/{here}new"
    answer = ask(world, "PUT", path, body=b"x", key=keys.READ_ONLY)
    assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    assert ask(world, "DELETE", put, key=keys.READ_ONLY).code == "AccessDenied"
    assert ask(world, "GET", put, key=keys.READ_ONLY).body == BODY
    assert ask(world, "GET", put, key=keys.TEAM).code == "AccessDenied"
    for key in (keys.DISABLED, keys.EXPIRED):
        assert ask(world, "GET", put, key=key).status == 403
    assert world.stored(bucket, here + "new") is None


@pytest.mark.brigade_only
@pytest.mark.parametrize("alias", ["/{bucket}//{key}", "/{bucket}/{key}%00", "/{bucket}/{key}/", "/{bucket}/./{key}", "/{bucket}/x/../{key}"])
def test_r_pre_13_an_alias_of_the_signed_path_is_refused(world, bucket, here, alias):
    world.store_up(bucket, here + "a", BODY)
    query = sign.presigned_query(sign.Signing(world.full), "GET", world.host, f"/{bucket}/{here}a")
    answer = world.deliver("GET", alias.format(bucket=bucket, key=here + "a"), query, [("host", world.host)])
    assert answer.status in (400, 403, 404) and BODY not in answer.body, answer


@pytest.mark.brigade_only
def test_r_pre_14_a_hash_signed_into_the_url_holds_for_the_body(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    path = f"/{bucket}/{here}a"
    pinned = [("x-amz-content-sha256", sign.sha256(BODY))]
    # The SDKs sign UNSIGNED-PAYLOAD into such a URL; S3 itself signs the hash. Both pin the body.
    for payload in (sign.sha256(BODY), sign.UNSIGNED):
        answer = ask(world, "PUT", path, body=b"other....", headers=pinned, payload=payload)
        assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch"), answer
        assert world.stored(bucket, here + "a") == b"before"
    answer = ask(world, "PUT", path, body=BODY, headers=pinned, payload=sign.UNSIGNED)
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.brigade_only
def test_r_sig_09_header_and_query_together_are_refused(world, put):
    query = sign.presigned_query(sign.Signing(world.full), "GET", world.host, put)
    answer = world.send("GET", put, query)
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
