"""Cross-origin resource sharing: preflights answered by Brigade, and answers that pages may read."""

import json

import pytest

from harness import browser, keys
from harness.clients import refusal

PAGE = "https://app.example.org"
VARIES = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def preflight(world, path, method, query="", origin=PAGE, headers=None):
    lines = [("host", world.host), ("origin", origin), ("access-control-request-method", method)]
    if headers is not None:
        lines.append(("access-control-request-headers", headers))
    answer = world.deliver("OPTIONS", path, query, lines)
    return answer, dict(answer.headers)


@pytest.mark.brigade_only
@pytest.mark.parametrize("path", ["/plain", "/plain/a", "/plain/a/../b", "/plain//a%2F%20+", "/plain/%FF%zz"])
@pytest.mark.parametrize("query", ["", "uploads", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Expires=x"])
def test_a_preflight_is_answered_by_the_rules_alone(world, path, query):
    answer, headers = preflight(world, path, "PUT", query, headers="Content-Type, X-Amz-Meta-A")
    assert (answer.status, answer.body) == (200, b""), answer
    assert headers["access-control-allow-origin"] == PAGE and headers["vary"] == VARIES, answer
    assert headers["access-control-allow-methods"] == "GET, HEAD, PUT, POST, DELETE", answer
    assert headers["access-control-allow-headers"] == "content-type, x-amz-meta-a", answer
    assert headers["access-control-max-age"] == "600" and headers["content-length"] == "0", answer


@pytest.mark.brigade_only
def test_a_preflight_does_not_say_whether_a_closed_bucket_is_there(world):
    said = set()
    for path in ("/mapped", "/mapped/a", "/look/a", "/not-there", "/not-there/a", "/Not_A_Name/a", "/"):
        answer, headers = preflight(world, path, "GET")
        assert (answer.status, answer.code) == (403, "AccessForbidden"), answer
        assert not [name for name in headers if name.startswith("access-control") or name == "vary"], answer
        said.add(answer.body.replace(headers["x-amz-request-id"].encode(), b""))
    assert len(said) == 1, said
    answer, headers = preflight(world, "/plain/a", "PUT", origin="https://app.example.org.evil.example")
    assert (answer.status, answer.code) == (403, "AccessForbidden"), answer
    assert answer.message.startswith("CORSResponse: This CORS request is not allowed."), answer
    answer = world.deliver("OPTIONS", "/plain/a", "", [("host", world.host)])
    assert (answer.status, answer.code) == (400, "BadRequest"), answer
    assert answer.message == "Insufficient information. Origin request header needed.", answer


@pytest.mark.brigade_only
def test_any_page_reads_parts_of_a_public_object_and_why_it_cannot(world, here):
    world.store_up("open", here + "a", b"0123456789", Metadata={"note": "n"})
    origin = ("origin", "https://any.example")
    etag = None
    for path, more, status in (
        ("a", [("range", "bytes=2-5")], 206),
        ("a", [("range", "bytes=99-")], 416),
        ("a", [("if-none-match", '"781e5e245d69b566979b86e28d23f2c7"')], 304),
        ("nothing", [], 404),
    ):
        answer = world.deliver("GET", f"/open/{here}{path}", "", [("host", world.host), origin, *more])
        headers = dict(answer.headers)
        assert answer.status == status, answer
        assert headers["access-control-allow-origin"] == "*" and headers["vary"] == VARIES, answer
        assert "access-control-allow-credentials" not in headers, answer
        exposed = headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Content-Range", "Accept-Ranges", "*"} <= set(exposed), answer
        etag = etag or headers.get("etag")
    assert etag
    answer = world.deliver("GET", f"/open/{here}a", "", [("host", world.host)])
    headers = dict(answer.headers)
    assert answer.body == b"0123456789" and headers["vary"] == VARIES, answer
    assert not [name for name in headers if name.startswith("access-control")], answer
    assert preflight(world, "/open/a", "PUT")[0].status == 403


@pytest.mark.brigade_only
def test_a_refusal_can_be_read_by_the_page_that_caused_it(world, here):
    world.store_up("plain", here + "a", b"x")
    origin = ("origin", PAGE)
    path = f"/plain/{here}a"
    for expect, answer in (
        (403, world.deliver("GET", path, "", [("host", world.host), origin])),
        (403, world.send("GET", path, key=keys.TEAM, headers=[origin])),
        (403, world.deliver("GET", path, "X-Amz-Signature=0", [("host", world.host), origin])),
        (501, world.send("GET", "/plain", "unheard-of", headers=[origin])),
        (404, world.send("GET", f"/plain/{here}nothing", headers=[origin])),
        (200, world.send("PUT", f"/plain/{here}b", headers=[origin], body=b"b")),
    ):
        headers = dict(answer.headers)
        assert answer.status == expect or expect == 403 and answer.status == 400, answer
        assert headers["access-control-allow-origin"] == PAGE and headers["vary"] == VARIES, answer
        assert headers["access-control-allow-credentials"] == "true", answer
        assert "ETag" in headers["access-control-expose-headers"].split(", "), answer
    assert world.stored("plain", here + "b") == b"b"


@pytest.mark.brigade_only
def test_get_bucket_cors_is_our_configuration_and_put_says_where_it_is(world, owner):
    (rule,) = owner.get_bucket_cors(Bucket="plain")["CORSRules"]
    assert rule["AllowedOrigins"] == ["http://127.0.0.1:*", "https://*.example.org"], rule
    assert (rule["AllowedHeaders"], rule["MaxAgeSeconds"]) == (["*"], 600), rule
    assert refusal(owner.get_bucket_cors, Bucket="mapped") == (404, "NoSuchCORSConfiguration")
    (rule,) = owner.get_bucket_cors(Bucket="open")["CORSRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["GET", "HEAD"]), rule
    rules = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}
    assert refusal(owner.put_bucket_cors, Bucket="plain", CORSConfiguration=rules) == (501, "NotImplemented")
    assert refusal(owner.delete_bucket_cors, Bucket="plain") == (501, "NotImplemented")


#: Reads, is refused, writes by a presigned URL, and revalidates, as a page of another origin; `ask` is what is to be asked.
SCRIPT = """
const see = async (url, options = {}) => {
  try {
    const answer = await fetch(url, options);
    return { status: answer.status, text: await answer.text(), headers: Object.fromEntries(answer.headers) };
  } catch (error) { return { hidden: error.name }; }
};
const revalidated = [];
for (let turn = 0; turn < 2; turn++) revalidated.push(await see(ask.open, { cache: "no-cache" }));
return {
  part: await see(ask.open, { headers: { Range: "bytes=2-5", "If-None-Match": '"other"' }, cache: "no-store" }),
  missing: await see(ask.missing),
  put: await see(ask.put, { method: "PUT", body: "by a page", headers: { "Content-Type": "text/x-page", "x-amz-meta-by": "page" } }),
  denied: await see(ask.denied, { method: "PUT", body: "x" }),
  forbidden: await see(ask.open, { method: "PUT", body: "x" }),
  closed: await see(ask.closed),
  named: await see(ask.get, { credentials: "include" }),
  anybody: await see(ask.open, { credentials: "include" }),
  revalidated,
};
"""


@pytest.mark.brigade_only
def test_a_browser_reads_and_writes_from_a_page_of_another_origin(request, world, s3, here, tmp_path):
    if not request.config.getoption("--browser"):
        pytest.skip("a browser is asked with --browser")
    if not browser.found():
        pytest.skip("there is no Chromium here (Debian: chromium)")
    world.store_up("open", here + "a", b"0123456789", Metadata={"note": "n"})
    world.store_up("plain", here + "a", b"named")
    url = lambda bucket, key: f"{world.endpoint}/{bucket}/{here}{key}"
    sign = lambda method, key, **more: s3.generate_presigned_url(
        method, Params={"Bucket": "plain", "Key": here + key, **more}, ExpiresIn=300
    )
    ask = {
        "open": url("open", "a"),
        "missing": url("open", "nothing"),
        "put": sign("put_object", "b c+é", ContentType="text/x-page", Metadata={"by": "page"}),
        "denied": url("plain", "c"),
        "closed": url("mapped", "a"),
        "get": sign("get_object", "a"),
    }
    found = browser.Page(f"const ask = {json.dumps(ask)};" + SCRIPT).visit(tmp_path)
    assert "failed" not in found, found
    part = found["part"]
    assert (part["status"], part["text"]) == (206, "2345"), found
    assert part["headers"]["content-range"] == "bytes 2-5/10" and part["headers"]["x-amz-meta-note"] == "n", found
    assert part["headers"]["etag"] and part["headers"]["x-amz-request-id"], found
    assert found["missing"]["status"] == 404 and "NoSuchKey" in found["missing"]["text"], found
    assert found["put"]["status"] == 200 and found["put"]["headers"]["etag"], found
    assert world.stored("plain", here + "b c+é") == b"by a page"
    assert found["denied"]["status"] == 403 and "AccessDenied" in found["denied"]["text"], found
    assert world.stored("plain", here + "c") is None
    for hidden in ("forbidden", "closed", "anybody"):
        assert found[hidden] == {"hidden": "TypeError"}, (hidden, found)
    assert world.stored("open", here + "a") == b"0123456789"
    assert (found["named"]["status"], found["named"]["text"]) == (200, "named"), found
    for turn in found["revalidated"]:
        assert (turn["status"], turn["text"], turn["headers"]["x-amz-meta-note"]) == (200, "0123456789", "n"), found
