"""The HTTP layer: framing, limits, errors, what an answer gives away, and that the server stays up."""

import hashlib
import re
import socket

import pytest

from harness import keys, sign, wire

def status_of(answer):
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found.group(1)) if found else None


def answers(data):
    return len(re.findall(rb"HTTP/1\.[01] \d{3}", data))


FRAMINGS = {
    "length and chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a list of lengths": "Content-Length: 5, 6\r\n\r\nhello!",
    "negative length": "Content-Length: -5\r\n\r\nhello",
    "signed length": "Content-Length: +5\r\n\r\nhello",
    "hex length": "Content-Length: 0x5\r\n\r\nhello",
    "huge length": "Content-Length: 99999999999999999999999\r\n\r\nhello",
    "gzip, chunked": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity, chunked": "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked, chunked": "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked, identity": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "xchunked": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunk size with a sign": "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
    "huge chunk size": "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n",
}


@pytest.mark.brigade_only
@pytest.mark.parametrize("name", FRAMINGS)
def test_r_http_01_ambiguous_framing_is_refused_and_nothing_is_smuggled(world, bucket, here, name):
    world.store_up(bucket, here + "a", b"before")
    smuggled = f"GET /open HTTP/1.1\r\nHost: {world.host}\r\n\r\n"
    data = f"PUT /{bucket}/{here}a HTTP/1.1\r\nHost: {world.host}\r\n{FRAMINGS[name]}{smuggled}".encode()
    got = wire.raw(world.endpoint, data)
    assert status_of(got) in (None, 400, 403, 411, 413, 501), got
    assert b"<ListBucketResult" not in got and answers(got) <= 1, got
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
def test_r_http_01_a_chunked_request_closes_its_connection(world):
    request = f"PUT /open/a HTTP/1.1\r\nHost: {world.host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    got = wire.raw(world.endpoint, (request + f"GET /open HTTP/1.1\r\nHost: {world.host}\r\n\r\n").encode())
    assert answers(got) == 1 and b"connection: close" in got.lower(), got


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "line",
    [
        "GET",
        "GET /",
        "GET / HTTP/9.9",
        "GET  / HTTP/1.1",
        "G\x00ET / HTTP/1.1",
        "GET /\x00 HTTP/1.1",
        "GET /open/a b HTTP/1.1",
        "GET //evil.example/open HTTP/1.1",
        "GET * HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01",
    ],
)
def test_r_http_03_malformed_request_lines_are_400(world, line):
    got = wire.raw(world.endpoint, f"{line}\r\nHost: {world.host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
    assert status_of(got) in (None, 400, 403, 404, 405, 501, 505), got
    assert b"location:" not in got.lower(), got


@pytest.mark.brigade_only
def test_r_http_03_an_absolute_target_is_not_fetched_and_does_not_replace_host(world, here):
    world.store_up("open", here + "a", b"ours")
    for target in (f"http://evil.example/open/{here}a", f"http://plain.s3.localhost/open/{here}a", f"https://evil.example:1/open/{here}a"):
        request = f"GET {target} HTTP/1.1\r\nHost: {world.host}\r\nConnection: close\r\n\r\n"
        got = wire.raw(world.endpoint, request.encode(), leave=False)
        assert status_of(got) == 400 or got.endswith(b"ours"), got


@pytest.mark.brigade_only
@pytest.mark.parametrize("host", ["", " ", "a b", "a@b", "a/b", "[::1", "a:b:c", "a:99999999", "%00", "é", "x" * 5000])
def test_r_http_03_odd_hosts_are_400_or_lead_nowhere(world, host):
    request = f"GET /open HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("utf-8")
    got = wire.raw(world.endpoint, request)
    assert status_of(got) in (None, 200, 400, 403, 404, 431), got
    assert b"location:" not in got.lower(), got


@pytest.mark.brigade_only
@pytest.mark.parametrize("where", ["host", "none"])
def test_r_http_03_two_hosts_or_none_are_400(world, where):
    hosts = f"Host: {world.host}\r\nHost: evil.example\r\n" if where == "host" else ""
    got = wire.raw(world.endpoint, f"GET /open HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
    assert status_of(got) == 400, got


@pytest.mark.brigade_only
def test_r_http_02_line_ends_in_names_and_values_are_no_headers(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    for part in ("%0d%0aX-Injected:%201", "%0aX-Injected:%201", "%00", "%0d%0a%0d%0aGET%20/%20HTTP/1.1"):
        for path, query in ((f"/{bucket}/{here}a{part}", ""), (f"/{bucket}/{here}a", f"response-content-type=a{part}")):
            answer = world.send("GET", path, query)
            assert "x-injected" not in dict(answer.headers), answer
            assert answer.status in (200, 400, 403, 404), answer


@pytest.mark.brigade_only
def test_r_err_04_an_override_cannot_make_a_header_line(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    for name in ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"):
        answer = world.send("GET", f"/{bucket}/{here}a", f"response-{name}=x%0d%0aset-cookie:%20a=b")
        assert "set-cookie" not in dict(answer.headers) and answer.status in (200, 400), answer


@pytest.mark.brigade_only
def test_r_http_05_other_expectations_are_417_or_ignored(world, bucket, here):
    answer = world.send("PUT", f"/{bucket}/{here}a", body=b"x", unsigned=[("expect", "202-teapot")])
    assert answer.status in (200, 400, 417), answer


@pytest.mark.brigade_only
def test_r_dos_01_sizes_are_bounded(world, bucket, here):
    long_key = world.send("PUT", f"/{bucket}/" + "k" * 1025, body=b"x")
    assert (long_key.status, long_key.code) == (400, "KeyTooLongError"), long_key
    for request in (
        f"GET /open?x={'a' * 2_000_000} HTTP/1.1\r\nHost: {world.host}\r\n\r\n",
        f"GET /open HTTP/1.1\r\nHost: {world.host}\r\nX-A: {'a' * 2_000_000}\r\n\r\n",
        f"GET /open HTTP/1.1\r\nHost: {world.host}\r\n" + "".join(f"X-{i}: a\r\n" for i in range(20000)) + "\r\n",
    ):
        assert status_of(wire.raw(world.endpoint, request.encode())) in (None, 400, 414, 431)
    assert world.deliver("GET", "/.brigade/health").status == 200


@pytest.mark.brigade_only
def test_a_key_of_1024_bytes_is_not_too_long(world, s3, plain):
    if world.store.endpoint is not None:
        # A file system behind the store has a limit of its own, 255 bytes to the name.
        key = "/".join(["k" * 200] * 5)[:1000]
    else:
        key = "k" * 1024
    s3.put_object(Bucket=plain, Key=key, Body=b"x")
    assert s3.get_object(Bucket=plain, Key=key)["Body"].read() == b"x"
    s3.delete_object(Bucket=plain, Key=key)


@pytest.mark.brigade_only
def test_r_dos_02_a_refused_upload_is_answered_before_its_body(world, bucket, here):
    """No 100 Continue, no swallowing: the answer is there although the body never comes."""
    size = 50_000_000
    for key, status in ((keys.READ_ONLY, 403), (keys.UNKNOWN, 403)):
        signing = sign.Signing(key)
        path = f"/{bucket}/{here}a"
        extra = [("content-length", str(size))]
        lines = sign.headers_for(signing, "PUT", world.host, path, "", (), sign.UNSIGNED, extra)
        for expect in ("", "Expect: 100-continue\r\n"):
            head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + expect + "\r\n"
            port = int(world.host.split(":")[1])
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(head.encode())
                got = connection.recv(65536)
            assert status_of(got) == status, got
            assert b"100 Continue" not in got, got


@pytest.mark.brigade_only
def test_an_expected_continue_comes_once_the_request_is_authorized(world, bucket, here):
    body = b"after the go-ahead"
    path = f"/{bucket}/{here}a"
    extra = [("content-length", str(len(body))), ("expect", "100-continue")]
    lines = sign.headers_for(sign.Signing(keys.FULL), "PUT", world.host, path, "", (), sign.sha256(body), extra)
    head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    with socket.create_connection(("127.0.0.1", int(world.host.split(":")[1])), timeout=30) as connection:
        connection.sendall(head.encode())
        first = connection.recv(65536)
        assert first.startswith(b"HTTP/1.1 100"), first
        connection.sendall(body)
        assert b"HTTP/1.1 200" in first + connection.recv(65536)
    assert world.stored(bucket, here + "a") == body


@pytest.mark.parametrize("sent", [0, 100, 500_000])
@pytest.mark.parametrize("mode", ["hashed", "unsigned"])
def test_r_int_02_a_client_that_leaves_stores_nothing(world, bucket, here, mode, sent):
    world.store_up(bucket, here + "a", b"before")
    body, path = b"x" * 1_000_000, f"/{bucket}/{here}a"
    payload = sign.sha256(body) if mode == "hashed" else sign.UNSIGNED
    extra = [("content-length", str(len(body)))]
    lines = sign.headers_for(sign.Signing(world.full), "PUT", world.host, path, "", (), payload, extra)
    head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    got = wire.raw(world.endpoint, head.encode() + body[:sent])
    assert status_of(got) is None or status_of(got) >= 400, got
    assert world.stored(bucket, here + "a") == b"before"

ERRORS = [
    ("GET", "/{bucket}/{here}none", "", 404, "NoSuchKey"),
    ("GET", "/no-such-bucket-9", "", 404, "NoSuchBucket"),
    ("GET", "/{bucket}/a", "torrent", 501, "NotImplemented"),
    ("GET", "/{bucket}", "list-type=2&max-keys=x", 400, "InvalidArgument"),
    ("GET", "/{bucket}/{here}none", "uploadId=none", 404, "NoSuchUpload"),
]


@pytest.mark.brigade_only
@pytest.mark.parametrize("method, path, query, status, code", ERRORS, ids=[error[4] for error in ERRORS])
def test_r_err_01_every_error_is_xml_with_a_code_and_a_request_id(world, bucket, here, method, path, query, status, code):
    path = path.replace("{bucket}", bucket).replace("{here}", here)
    answer = world.send(method, path, query)
    assert (answer.status, answer.code) == (status, code), answer
    headers = dict(answer.headers)
    assert headers["content-type"] == "application/xml"
    identity = headers["x-amz-request-id"]
    assert identity and f"<RequestId>{identity}</RequestId>".encode() in answer.body, answer
    if not query:
        assert world.send("HEAD", path).status == status


@pytest.mark.brigade_only
def test_every_answer_has_a_request_id_of_its_own(world, bucket, here):
    world.store_up(bucket, here + "a", b"x")
    seen = set()
    for path in (f"/{bucket}/{here}a", f"/{bucket}/{here}none", "/open", "/.brigade/health"):
        seen.add(dict(world.send("GET", path).headers)["x-amz-request-id"])
    assert len(seen) == 4


@pytest.mark.brigade_only
def test_r_err_03_what_was_asked_is_escaped_in_errors(world, bucket):
    evil = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    for path, query in ((f"/{bucket}/{evil}", ""), (f"/{evil}", ""), (f"/{bucket}", f"list-type=2&max-keys={evil}"), (f"/{bucket}/a", evil)):
        answer = world.send("GET", path, query)
        assert answer.status >= 400 and b"<script>" not in answer.body, answer
        assert "html" not in dict(answer.headers)["content-type"], answer
        assert "location" not in dict(answer.headers), answer


@pytest.mark.brigade_only
def test_r_err_02_a_refused_request_tells_nothing_of_the_store(world, bucket, here):
    world.store_up(bucket, here + "a", b"x")
    for method, path, query in (
        ("GET", f"/{bucket}/{here}none", ""),
        ("GET", f"/{bucket}/{here}a", "partNumber=9"),
        ("GET", f"/{bucket}/{here}a", "uploadId=x"),
        ("POST", f"/{bucket}/{here}a", "uploadId=x"),
        ("GET", f"/{bucket}", "list-type=2&continuation-token=x"),
    ):
        answer = world.send(method, path, query)
        server = dict(answer.headers).get("server", "")
        assert not re.search("minio|seaweed|juicefs|ceph", server + answer.body.decode(errors="replace"), re.I), answer


@pytest.mark.brigade_only
def test_health_needs_no_key(world):
    for path in ("/.brigade/health", "/.brigade/ready"):
        assert world.deliver("GET", path).status == 200
    assert world.deliver("GET", "/.brigade/other").status in (400, 403, 404)
    assert world.deliver("GET", "/.git/config").status in (400, 403, 404)


@pytest.mark.brigade_only
def test_health_says_which_configuration_is_served(world):
    version = hashlib.sha256(world.gateway.served().encode()).hexdigest()[:16]
    assert world.deliver("GET", "/.brigade/health").body == f"ok\nconfig {version}\n".encode()


@pytest.mark.brigade_only
def test_r_web_01_cross_origin_answers_carry_no_credentials(world):
    world.store_up("open", "a", b"x")
    for method in ("GET", "OPTIONS"):
        headers = [("host", world.host), ("origin", "https://evil.example"), ("access-control-request-method", "PUT")]
        answer = dict(world.deliver(method, "/open/a", "", headers).headers)
        assert answer.get("access-control-allow-credentials") != "true", answer


def test_r_cache_02_reads_see_writes_and_deletes(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    for turn in range(5):
        s3.put_object(**ask, Body=b"%d" % turn)
        assert s3.get_object(**ask)["Body"].read() == b"%d" % turn
        assert s3.head_object(**ask)["ContentLength"] == 1
    s3.delete_object(**ask)
    assert world.send("HEAD", f"/{bucket}/{here}a").status == 404


@pytest.mark.brigade_only
def test_r_cache_01_what_one_may_read_another_is_not_given(world, bucket, here):
    world.store_up(bucket, here + "a", b"private")
    path = f"/{bucket}/{here}a"
    for _ in range(2):
        assert world.send("GET", path).body == b"private"
        assert world.send("GET", path, key=keys.PLAIN_READER).status == 403
        assert world.deliver("GET", path).status == 403
    assert "public" not in dict(world.send("GET", path).headers).get("cache-control", "")


def test_head_is_not_answered_from_a_get(world, bucket, here):
    """Regression (multistore 95): HEAD has the length of the object and no body."""
    world.store_up(bucket, here + "a.tif", b"x" * 1000)
    assert world.send("GET", f"/{bucket}/{here}a.tif").status == 200
    head = world.send("HEAD", f"/{bucket}/{here}a.tif")
    assert (head.status, dict(head.headers)["content-length"], head.body) == (200, "1000", b"")


@pytest.mark.brigade_only
def test_http2_with_prior_knowledge(world, here):
    from harness.clients import curl

    world.store_up("open", here + "a", b"over h2")
    status, body = curl("--http2-prior-knowledge", f"{world.endpoint}/open/{here}a")
    assert (status, body) == (200, b"over h2")
    version = curl("--http2-prior-knowledge", "--output", "/dev/null", "--write-out", "%{http_version}\n%{http_code}", f"{world.endpoint}/open/{here}a")
    assert version[0] == 200 or b"2" in version[1]
