"""What the platform would do by itself and must not: each trap with a store that sets it."""

import gzip
from urllib.parse import unquote_to_bytes

import pytest

from harness import keys, sign, wire
from harness.gateway import config
from harness.worker import Edge

BODY = b"<p>the same bytes</p>" * 200


def ask(worker, method, path, headers=(), body=b"", key=keys.FULL, **how):
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(key), method, host, path, "", headers, sign.sha256(body))
    return wire.send(worker.endpoint, method, path, lines, body, **how)


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A Worker that takes what Cloudflare does unless it is paid for more, in front of nothing, and which may be asked little."""
    folder = tmp_path_factory.mktemp("limited")
    made = Limited(folder, f'type = "s3"\nendpoint = "http://127.0.0.1:9"\nregion = "{keys.REGION}"\nauth = "anonymous"', settings=config)
    yield made
    made.stop()


class Limited(Edge):
    bindings = {}
    more = {"ratelimits": {"RATE_LIMIT": {"simple": {"limit": 5, "period": 60}}}, "analyticsEngineDatasets": {"ANALYTICS": {"dataset": "brigade"}}}


def header(answer, name):
    values = [value for have, value in answer.headers if have == name]
    return ", ".join(values) if values else None


@pytest.mark.parametrize("coding, kind, accepts", [
    *[(coding, "application/octet-stream", accepts) for coding in ("gzip", "br", "deflate") for accepts in (None, "gzip", "gzip, br", "identity")],
    # Of text in a coding that the client does not take the platform's edge makes another, whatever the Worker says.
    *[("gzip", "text/html", accepts) for accepts in (None, "gzip", "gzip;q=0.5, identity;q=0.1")],
])  # fmt: skip
def test_a_coded_object_is_neither_decoded_nor_coded_again(worker, recorder, coding, kind, accepts):
    """The platform decodes what it reads, and codes what it answers, unless it is told not to."""
    data = gzip.compress(BODY, mtime=0)
    recorder.answers["/plain/coded"] = 200, [("content-encoding", coding), ("content-type", kind)], data
    answer = ask(worker, "GET", "/plain/coded", [("accept-encoding", accepts)] if accepts else [])
    assert (answer.status, answer.body) == (200, data)
    assert header(answer, "content-encoding") == coding
    assert header(answer, "content-length") == str(len(data))


def test_a_head_stays_a_head(worker, recorder):
    """A cache in between would turn it into a GET."""
    before = len(recorder.requests)
    answer = ask(worker, "HEAD", "/plain/size-12345")
    assert answer.status == 200 and header(answer, "content-length") == "12345" and answer.body == b""
    assert [one.method for one in recorder.requests[before:]] == ["HEAD"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_neither_followed_nor_passed_on(worker, recorder, status):
    recorder.answers["/plain/moved"] = status, [("location", "/plain/size-10")], b""
    before = len(recorder.requests)
    answer = ask(worker, "GET", "/plain/moved")
    assert answer.status == 502 and header(answer, "location") is None
    assert [one.target for one in recorder.requests[before:]] == ["/plain/moved"]


def test_an_expectation_ends_at_the_worker(worker, recorder):
    """The store's interim 100 would come out as the answer's status."""
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(keys.FULL), "PUT", host, "/plain/expected", "", [], sign.UNSIGNED, [("expect", "100-continue")])
    answer = wire.send(worker.endpoint, "PUT", "/plain/expected", lines, b"x" * 1000)
    assert answer.status == 200
    assert recorder.last("PUT").header("expect") is None


def test_nothing_of_the_platform_reaches_the_store(worker, recorder):
    assert ask(worker, "GET", "/plain/size-10").status == 200
    # By which the platform says whose Worker asks; it cannot be left out.
    sent = {name for name, _ in recorder.last("GET").headers} - {"cf-worker"}
    assert not {name for name in sent if name.startswith(("cf-", "x-forwarded-", "x-real-ip", "mf-"))}, sent
    assert recorder.last("GET").header("host") == recorder.endpoint.removeprefix("http://")


def test_headers_of_the_store_cross_as_they_are(worker, recorder):
    """Values that are no ASCII, and one that comes twice."""
    headers = [("etag", '"a"'), ("x-amz-meta-name", "caf\u00c3\u00a9"), ("cache-control", "no-cache"), ("cache-control", "private"), ("content-disposition", "inline")]
    recorder.answers["/plain/odd"] = 200, headers, b"x"
    answer = ask(worker, "GET", "/plain/odd")
    assert answer.status == 200
    assert header(answer, "x-amz-meta-name").encode("latin-1") == "café".encode()
    assert header(answer, "cache-control").replace(" ", "") == "no-cache,private"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none(worker, recorder, status):
    recorder.answers["/plain/bare"] = status, [("etag", '"a"')], b""
    answer = ask(worker, "DELETE" if status == 204 else "GET", "/plain/bare")
    assert (answer.status, answer.body) == (status, b"")


def test_an_answer_that_is_cut_short_is_never_whole(worker, recorder):
    recorder.answers["/plain/short"] = 200, [("etag", '"a"'), ("content-length", "100000"), ("connection", "close")], b"x" * 5000
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(keys.FULL), "GET", host, "/plain/short", "", [], sign.UNSIGNED, [("connection", "close")])
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    got = wire.raw(worker.endpoint, f"GET /plain/short HTTP/1.1\r\n{head}\r\n".encode(), leave=False)
    head, _, body = got.partition(b"\r\n\r\n")
    assert not (b"200 " in head.partition(b"\r\n")[0] and len(body) >= 100000)
    assert b"content-length: 100000" in head.lower() or b" 50" in head.partition(b"\r\n")[0]


def test_a_store_that_is_not_there_is_503(limited):
    answer = ask(limited, "GET", "/plain/a")
    assert (answer.status, answer.code) == (503, "ServiceUnavailable")


def test_a_body_is_passed_on_by_post_as_by_put(worker, recorder):
    done = b'<CompleteMultipartUploadResult><ETag>"a-1"</ETag></CompleteMultipartUploadResult>'
    recorder.answers["/plain/parts"] = 200, [("content-type", "application/xml")], done
    body = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part></CompleteMultipartUpload>"
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(keys.FULL), "POST", host, "/plain/parts", "uploadId=u", [], sign.sha256(body))
    assert wire.send(worker.endpoint, "POST", "/plain/parts?uploadId=u", lines, body).status == 200
    posted = recorder.last("POST")
    assert (posted.target, posted.received) == ("/plain/parts?uploadId=u", int(posted.header("content-length")))
    assert posted.received > 0 and posted.header("transfer-encoding") is None


def test_a_length_that_nobody_says_is_asked_for(worker, recorder):
    """A store could not take it, and a fetch of it would be chunked."""
    before = len(recorder.requests)
    answer = ask(worker, "PUT", "/plain/endless", body=b"x" * 1000, length=False)
    assert (answer.status, answer.code) == (411, "MissingContentLength")
    assert len(recorder.requests) == before


#: As a client writes a path, and as the store must see it: what stands for a name of S3 stays the same name.
PATHS = ["/plain//a", "/plain/a//b/", "/plain/a%2Fb", "/plain/a+b", "/plain/a%20b", "/plain/%41", "/plain/~a", "/plain/a:b@c", "/plain/%C3%A9", "/plain/a%25b"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_taken_as_it_was_sent(worker, recorder, path):
    """A parser of URLs would write it anew, and no signature over it would hold."""
    assert ask(worker, "PUT", path, body=b"x").status == 200
    seen = recorder.last("PUT")
    assert unquote_to_bytes(seen.target) == unquote_to_bytes(path), seen.target


@pytest.mark.parametrize("path", ["/plain/%ff", "/plain/%C3", "/plain/a%ed%a0%80b"])
def test_a_name_that_is_no_utf8_is_refused_and_is_no_other_name(worker, recorder, path):
    """Decoded with replacements, all of these would be one name."""
    before = len(recorder.requests)
    for method, body in (("GET", b""), ("PUT", b"x")):
        answer = ask(worker, method, path, body=body)
        assert answer.status == 400, answer
    assert len(recorder.requests) == before


def test_metadata_beyond_ascii_reaches_the_store_as_it_was_sent(worker, recorder):
    headers = [("x-amz-meta-name", "café".encode().decode("latin-1"))]
    host = worker.endpoint.removeprefix("http://")
    lines = [("host", host), ("x-amz-meta-name", "café")]
    signing = sign.Signing(keys.FULL)
    lines = sign.headers_for(signing, "PUT", host, "/plain/meta", "", [("x-amz-meta-name", "café")], sign.UNSIGNED)
    sent = [(name, headers[0][1] if name == "x-amz-meta-name" else value) for name, value in lines]
    assert wire.send(worker.endpoint, "PUT", "/plain/meta", sent, b"x").status == 200
    assert recorder.last("PUT").header("x-amz-meta-name").encode("latin-1") == "café".encode()


def test_the_clients_address_is_the_one_that_the_platform_says(worker, recorder):
    """What stands for the edge leaves `CF-Connecting-IP` as it is sent, which Cloudflare's does not."""
    near = lambda *headers: ask(worker, "GET", "/plain/size-10", headers, key=keys.NEAR).status
    assert near(("cf-connecting-ip", "203.0.113.9")) == 200
    assert near(("cf-connecting-ip", "203.0.114.9")) == 403
    assert near() == 403, "it says that of the connection, 127.0.0.1"
    for name in ("x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ipv6"):
        assert near((name, "203.0.113.9")) == 403, name


@pytest.mark.parametrize("path", ["/plain/a/../b", "/plain/./a", "/plain/%2e%2e/a"])
def test_a_name_that_the_platform_changes_is_refused(worker, recorder, path):
    """Over the name as it was the signature holds, and the Worker never sees that."""
    before = len(recorder.requests)
    for method, body in (("GET", b""), ("PUT", b"x")):
        assert ask(worker, method, path, body=body).status in (400, 403)
    assert len(recorder.requests) == before


@pytest.mark.parametrize("limit, size", [("500", 501), (None, 101)])
def test_an_upload_over_the_limit_of_the_platform_is_refused_with_advice(worker, limited, recorder, limit, size):
    worker = worker if limit else limited
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(keys.FULL), "PUT", host, "/plain/too-large", "", [], sign.UNSIGNED, [("content-length", str(size * 10**6))])
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    got = wire.raw(worker.endpoint, f"PUT /plain/too-large HTTP/1.1\r\n{head}\r\n".encode(), leave=False, seconds=5)
    assert b"EntityTooLarge" in got and f"at most {limit or 100} MB".encode() in got and b"multipart upload" in got, got
    assert all(one.target != "/plain/too-large" for one in recorder.requests)


def test_who_asks_too_much_is_told_to_come_later(limited):
    """The binding counts by the caller's key, once its signature holds."""
    for _ in range(5):
        assert ask(limited, "GET", "/plain/a", key=keys.READ_ONLY).status == 503
    answer = ask(limited, "GET", "/plain/a", key=keys.READ_ONLY)
    assert (answer.status, answer.code) == (503, "SlowDown") and int(header(answer, "retry-after")) > 0
    wrong = keys.Key(keys.PLAIN_READER.id, "not-the-secret-of-this-key-0123456789")
    for _ in range(6):
        assert ask(limited, "GET", "/plain/a", key=wrong).code == "SignatureDoesNotMatch"
    assert ask(limited, "GET", "/plain/a", key=keys.PLAIN_READER).code == "ServiceUnavailable", "whoever knows the key's id cannot use it up"
