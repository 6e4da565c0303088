"""What the platform would do by itself and must not: each trap with a store that sets it."""

import gzip

import pytest

from harness import keys, sign, wire
from harness.gateway import config
from harness.worker import Worker

BODY = b"<p>the same bytes</p>" * 200


def ask(worker, method, path, headers=(), body=b"", key=keys.FULL, **how):
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(key), method, host, path, "", headers, sign.sha256(body))
    return wire.send(worker.endpoint, method, path, lines, body, **how)


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


def test_a_store_that_is_not_there_is_503(recorder, tmp_path):
    made = Worker(tmp_path, recorder.backend().replace(recorder.endpoint, "http://127.0.0.1:9"), settings=config)
    try:
        answer = ask(made, "GET", "/plain/a")
        assert (answer.status, answer.code) == (503, "ServiceUnavailable")
    finally:
        made.stop()


def test_a_body_is_passed_on_with_any_method_that_has_one(worker, recorder):
    body = b"<SelectObjectContentRequest/>"
    ask(worker, "POST", "/plain/post", [], body)
    posted = [one for one in recorder.requests if one.method == "POST"]
    assert not posted or posted[-1].received == len(body)


@pytest.mark.parametrize("path", ["/plain/a/../b", "/plain/./a", "/plain/%2e%2e/a"])
def test_a_name_that_the_platform_changes_is_refused(worker, recorder, path):
    """Over the name as it was the signature holds, and the Worker never sees that."""
    before = len(recorder.requests)
    for method, body in (("GET", b""), ("PUT", b"x")):
        assert ask(worker, method, path, body=body).status in (400, 403)
    assert len(recorder.requests) == before


def test_an_upload_over_the_limit_of_the_platform_is_refused_with_advice(worker, recorder):
    host = worker.endpoint.removeprefix("http://")
    lines = sign.headers_for(sign.Signing(keys.FULL), "PUT", host, "/plain/too-large", "", [], sign.UNSIGNED, [("content-length", str(10**9))])
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    got = wire.raw(worker.endpoint, f"PUT /plain/too-large HTTP/1.1\r\n{head}\r\n".encode(), leave=False, seconds=5)
    assert b"EntityTooLarge" in got and b"parts" in got, got
    assert all(one.target != "/plain/too-large" for one in recorder.requests)
