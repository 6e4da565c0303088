"""Signatures in the Authorization header: everything that is refused, and that nothing has happened then."""

import time

import pytest

from harness import keys, sign

pytestmark = pytest.mark.brigade_only

BODY = b"a body that was signed"


@pytest.fixture
def path(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    return f"/{bucket}/{here}a"


@pytest.fixture
def unchanged(world, bucket, here):
    """Asserts that the object is what it was."""
    return lambda: world.stored(bucket, here + "a") == b"before" and world.stored_keys(bucket, here) == [here + "a"]


def signed(world, method, path, query="", headers=(), payload=None, key=None, body=b"", unsigned=(), **scope):
    payload = sign.sha256(body) if payload is None else payload
    return sign.headers_for(sign.Signing(key or world.full, **scope), method, world.host, path, query, headers, payload, unsigned)


def edit(lines, name, change):
    return [(key, change(value) if key == name else value) for key, value in lines]


def test_r_sig_01_a_wrong_signature_is_refused_and_the_right_one_not_told(world, path, unchanged):
    lines = signed(world, "PUT", path, body=BODY)
    right = lines[-1][1][-64:]
    other = "1" if right[0] == "0" else "0"
    for wrong in (other + right[1:], right[:-1] + other, right[:-1], right + "0", "", "0" * 64, right.upper(), right[::-1]):
        if wrong == right:
            continue
        sent = edit(lines, "authorization", lambda value: value[:-64] + wrong)
        answer = world.deliver("PUT", path, "", sent, BODY)
        assert answer.status in (400, 403), (wrong, answer)
        assert len(wrong) != 64 or wrong != wrong.lower() or answer.code == "SignatureDoesNotMatch", answer
        assert right.encode() not in answer.body, answer
    stranger = keys.Key(world.full.id, "another secret")
    answer = world.deliver("PUT", path, "", signed(world, "PUT", path, key=stranger, body=BODY), BODY)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch"), answer
    assert unchanged()


def test_r_sig_02_an_unknown_key_is_refused(world, path, unchanged):
    for name in ("AKNOBODYNOBODYNOBODY", "a" * 3000, "AK%00", "..", "*", "AK'OR'1", world.full.id.lower(), world.full.id + "A"):
        key = keys.Key(name, world.full.secret)
        answer = world.deliver("PUT", path, "", signed(world, "PUT", path, key=key, body=BODY), BODY)
        assert answer.status == 400 or (answer.status, answer.code) == (403, "InvalidAccessKeyId"), (name, answer)
        assert world.full.id.encode() not in answer.body or name.startswith(world.full.id), answer
    assert unchanged()


def test_r_sig_03_a_change_after_signing_is_refused(world, path, bucket, here, unchanged):
    query = "x-id=GetObject"
    lines = signed(world, "GET", path, query, [("x-amz-meta-m", "1"), ("range", "bytes=0-1")])
    deliver = lambda method, path, query, lines: world.deliver(method, path, query, lines)
    tries = [
        ("DELETE", path, query, lines),
        ("PUT", path, query, lines),
        ("GET", path + "x", query, lines),
        ("GET", path, "x-id=HeadObject", lines),
        ("GET", path, "", lines),
        ("GET", path, query + "&versionId=1", lines),
        ("GET", path, query, edit(lines, "range", lambda _: "bytes=0-2")),
        ("GET", path, query, edit(lines, "x-amz-meta-m", lambda _: "2")),
        ("GET", path, query, [line for line in lines if line[0] != "range"]),
        ("GET", path, query, edit(lines, "host", lambda _: "127.0.0.1:1")),
    ]
    for one in tries:
        answer = deliver(*one)
        assert answer.status in (400, 403) and b"before" not in answer.body, (one, answer)
    assert deliver(*tries[2]).code == "SignatureDoesNotMatch"
    assert unchanged()


@pytest.mark.parametrize("size", [22, 100_000, 5_000_000])
@pytest.mark.parametrize("where", ["first", "last", "all", "short", "long"])
def test_r_sig_04_a_swapped_body_is_refused_and_the_old_object_stays(world, path, unchanged, size, where):
    body = (BODY * (size // len(BODY) + 1))[:size]
    swapped = {
        "first": b"X" + body[1:],
        "last": body[:-1] + b"X",
        "all": b"X" * size,
        "short": body[:-1],
        "long": body + b"X",
    }[where]
    answer = world.deliver("PUT", path, "", signed(world, "PUT", path, body=body), swapped)
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch"), answer
    assert unchanged()


def test_r_sig_04_a_swapped_part_is_refused(world, s3, bucket, here, path):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=here + "a")["UploadId"]
    query = f"partNumber=1&uploadId={upload}"
    answer = world.deliver("PUT", path, query, signed(world, "PUT", path, query, body=BODY), BODY[::-1])
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch"), answer
    assert s3.list_parts(Bucket=bucket, Key=here + "a", UploadId=upload).get("Parts", []) == []
    s3.abort_multipart_upload(Bucket=bucket, Key=here + "a", UploadId=upload)


def test_r_sig_05_the_payload_header_is_required_and_known(world, path, unchanged):
    lines = [line for line in signed(world, "PUT", path, body=BODY) if line[0] != "x-amz-content-sha256"]
    answer = world.deliver("PUT", path, "", lines, BODY)
    assert answer.status in (400, 403), answer
    signing = sign.Signing(world.full)
    head = [("host", world.host), ("x-amz-date", signing.stamp)]
    names, signature = signing.request("PUT", path, "", head, sign.UNSIGNED)
    value = f"AWS4-HMAC-SHA256 Credential={world.full.id}/{signing.scope}, SignedHeaders={names}, Signature={signature}"
    answer = world.deliver("PUT", path, "", [*head, ("authorization", value)], BODY)
    assert (answer.status, answer.code) == (400, "InvalidRequest"), answer
    for payload in ("", "unsigned-payload", "UNSIGNED", sign.sha256(BODY).upper(), sign.sha256(BODY)[:-1], "STREAMING-X", "0"):
        answer = world.deliver("PUT", path, "", signed(world, "PUT", path, payload=payload), BODY)
        assert (answer.status, answer.code) == (400, "InvalidArgument"), (payload, answer)
    assert unchanged()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24, -5 * 365 * 24 * 60])
def test_r_sig_06_a_request_dated_16_minutes_ago_is_skewed(world, path, unchanged, method, minutes):
    at = time.time() + minutes * 60
    body = BODY if method == "PUT" else b""
    answer = world.deliver(method, path, "", signed(world, method, path, body=body, at=at), body)
    assert answer.status == 403 and (method == "HEAD" or answer.code == "RequestTimeTooSkewed"), answer
    # A second, unsigned date changes nothing.
    fresh = [("date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))]
    answer = world.deliver(method, path, "", signed(world, method, path, body=body, at=at, unsigned=fresh), body)
    assert answer.status == 403, answer
    assert unchanged()


def test_r_sig_06_fourteen_minutes_are_not_too_many(world, path):
    for minutes in (-14, 14):
        answer = world.deliver("GET", path, "", signed(world, "GET", path, at=time.time() + minutes * 60))
        assert (answer.status, answer.body) == (200, b"before"), answer


def test_r_sig_06_a_malformed_date_is_refused(world, path, unchanged):
    for date in ("", "now", "20261121", "2026-11-21T00:00:00Z", "20261321T000000Z", "20261121T000000", "20261121T000000Z "[:15]):
        signing = sign.Signing(world.full)
        signing.stamp = date
        answer = world.send("PUT", path, body=BODY, signing=signing)
        assert answer.status in (400, 403), (date, answer)
    lines = [line for line in signed(world, "PUT", path, body=BODY) if line[0] != "x-amz-date"]
    assert world.deliver("PUT", path, "", lines, BODY).status in (400, 403)
    assert unchanged()


@pytest.mark.parametrize(
    "scope",
    [{"region": "eu-west-9"}, {"region": ""}, {"service": "sts"}, {"terminator": "aws5_request"}, {"date": "20200101"}],
    ids=str,
)
def test_r_sig_07_the_scope_is_ours_exactly(world, path, unchanged, scope):
    answer = world.deliver("PUT", path, "", signed(world, "PUT", path, body=BODY, **scope), BODY)
    assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed"), answer
    if scope.get("region"):
        assert f"<Region>{keys.REGION}</Region>".encode() in answer.body, answer
    assert unchanged()


AUTHORIZATIONS = [
    "",
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 ",
    "AWS4-HMAC-SHA256 Credential=x",
    "AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host",
    "AWS4-HMAC-SHA256 Credential={id}, SignedHeaders=host, Signature=00",
    "AWS4-HMAC-SHA256 Credential={id}/a/b/c/d/e/f, SignedHeaders=host, Signature=00",
    "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
    "AWS4-HMAC-SHA1 Credential={id}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
    "AWS4-ECDSA-P256-SHA256 Credential={id}/20260101/s3/aws4_request, SignedHeaders=host, Signature=00",
    "AWS {id}:c2ln",
    "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
    "Bearer token",
    "bearer token",
    "Negotiate x",
    "\xff\xfe",
]


@pytest.mark.parametrize("value", AUTHORIZATIONS, ids=range(len(AUTHORIZATIONS)))
def test_r_sig_08_any_other_authorization_is_refused(world, path, unchanged, value):
    value = value.replace("{id}", world.full.id)
    lines = [line for line in signed(world, "PUT", path, body=BODY) if line[0] != "authorization"]
    answer = world.deliver("PUT", path, "", [*lines, ("authorization", value)], BODY)
    assert answer.status in (400, 403, 501), answer
    # On a bucket that anyone may read it is no more welcome.
    answer = world.deliver("GET", "/open/none", "", [("host", world.host), ("authorization", value)])
    assert answer.status in (400, 403, 501), answer
    assert unchanged()


@pytest.mark.parametrize("names", ["", ";", "host;", "x-amz-date;host", "Host;x-amz-content-sha256;x-amz-date", "host;host"])
def test_r_sig_08_malformed_signed_headers_are_refused(world, path, unchanged, names):
    lines = signed(world, "PUT", path, body=BODY)
    change = lambda value: value.replace("SignedHeaders=host;x-amz-content-sha256;x-amz-date", f"SignedHeaders={names}")
    answer = world.deliver("PUT", path, "", edit(lines, "authorization", change), BODY)
    assert answer.status in (400, 403), answer
    assert unchanged()


@pytest.mark.parametrize("name", ["authorization", "host", "x-amz-date", "x-amz-content-sha256"])
def test_r_sig_09_a_repeated_header_is_refused(world, path, unchanged, name):
    lines = signed(world, "PUT", path, body=BODY)
    again = next(line for line in lines if line[0] == name)
    for both in ([*lines, again], [again, *lines], [*lines, (name, "other")]):
        answer = world.deliver("PUT", path, "", both, BODY)
        assert answer.status in (400, 403), answer
    assert unchanged()


UNSIGNED_HEADERS = [
    ("x-amz-copy-source", "/plain/somebodys.txt"),
    ("x-amz-acl", "public-read"),
    ("x-amz-meta-own", "1"),
    ("x-amz-tagging", "a=b"),
    ("x-amz-storage-class", "GLACIER"),
    ("x-amz-website-redirect-location", "http://evil.example/"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-security-token", "x"),
    ("X-AMZ-Copy-Source", "/plain/somebodys.txt"),
]


@pytest.mark.parametrize("extra", UNSIGNED_HEADERS, ids=lambda extra: extra[0])
def test_r_sig_10_an_unsigned_amz_header_is_refused(world, s3, path, plain, unchanged, extra):
    """An unsigned x-amz-copy-source would turn an upload into a read of any object its signer can read."""
    world.store_up(plain, "somebodys.txt", b"somebody's")
    answer = world.deliver("PUT", path, "", signed(world, "PUT", path, body=BODY, unsigned=[extra]), BODY)
    assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    assert "not signed" in answer.message, answer
    assert unchanged()


def test_r_sig_10_host_must_be_signed(world, path, unchanged):
    signing = sign.Signing(world.full)
    head = [("x-amz-date", signing.stamp), ("x-amz-content-sha256", sign.sha256(BODY))]
    names, signature = signing.request("PUT", path, "", head, sign.sha256(BODY))
    value = f"AWS4-HMAC-SHA256 Credential={world.full.id}/{signing.scope}, SignedHeaders={names}, Signature={signature}"
    answer = world.deliver("PUT", path, "", [("host", world.host), *head, ("authorization", value)], BODY)
    assert answer.status in (400, 403), answer
    assert unchanged()


def test_r_sig_11_a_failing_identity_is_not_served_as_anonymous(world):
    world.store_up("open", "public.txt", b"public")
    assert world.deliver("GET", "/open/public.txt").body == b"public"
    for key in (keys.UNKNOWN, keys.DISABLED, keys.EXPIRED, keys.Key(keys.FULL.id, "wrong")):
        answer = world.send("GET", "/open/public.txt", key=key)
        assert answer.status == 403 and b"public" != answer.body, (key.id, answer)
    answer = world.send("GET", "/open/public.txt", signing=sign.Signing(keys.FULL, at=time.time() - 1000))
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed"), answer


@pytest.mark.parametrize("key", [keys.DISABLED, keys.EXPIRED], ids=["disabled", "expired"])
def test_r_sig_12_a_disabled_or_expired_key_is_refused(world, path, unchanged, key):
    for method, body in (("GET", b""), ("PUT", BODY), ("DELETE", b"")):
        answer = world.send(method, path, body=body, key=key)
        assert (answer.status, answer.code) == (403, "InvalidAccessKeyId"), answer
    assert unchanged()


def test_r_sig_13_forwarding_headers_change_nothing(world, path, unchanged):
    extra = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-prefix", "/other"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "/plain/other"),
        ("x-rewrite-url", "/plain/other"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-method-override", "DELETE"),
    ]
    answer = world.deliver("GET", path, "", signed(world, "GET", path, unsigned=extra))
    assert (answer.status, answer.body) == (200, b"before"), answer
    answer = world.deliver("GET", path, "", [("host", world.host), *extra])
    assert answer.status == 403, answer
    assert unchanged()


def test_r_sig_14_a_header_named_in_connection_is_still_verified(world, path, unchanged):
    for named in ("x-amz-date", "x-amz-content-sha256", "authorization", "host", "x-amz-copy-source"):
        extra = [("connection", named), ("x-amz-copy-source", "/plain/other")]
        answer = world.deliver("PUT", path, "", signed(world, "PUT", path, body=BODY, unsigned=extra), BODY)
        assert answer.status in (400, 403), (named, answer)
    assert unchanged()


def test_an_unsigned_content_type_is_no_reason_to_refuse(world, s3, bucket, here, path):
    """minio-js, minio-go and GDAL do not sign it; Brigade does, when it signs anew."""
    extra = [("content-type", "text/x-own"), ("user-agent", "x"), ("x-amzn-trace-id", "Root=1")]
    answer = world.deliver("PUT", path, "", signed(world, "PUT", path, body=BODY, unsigned=extra), BODY)
    assert answer.status == 200, answer
    assert s3.head_object(Bucket=bucket, Key=here + "a")["ContentType"] == "text/x-own"


@pytest.mark.parametrize("spelling", ["%61", "a?", "a?x-id=GetObject", "%61?x-id=GetObject"])
def test_equivalent_spellings_of_one_path_have_one_meaning(world, path, spelling):
    raw, _, query = (path[:-1] + spelling).partition("?")
    answer = world.deliver("GET", raw, query, signed(world, "GET", raw, query))
    assert (answer.status, answer.body) == (200, b"before"), answer
