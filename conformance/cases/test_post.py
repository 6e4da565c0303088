"""Uploads by a browser's form: policies made by boto3, forms written by urllib3 (as requests does), curl and by hand."""

import base64
import json
import time
from datetime import datetime, timezone

import pytest
from urllib3 import encode_multipart_formdata

from harness import browser, keys, sign, wire
from harness.clients import curl

BODY = b"what the browser sends\r\n--\r\n" * 20
MIB = 1024 * 1024


def presigned(s3, bucket, key, fields=None, conditions=None, **how):
    """The fields of a form, signed by boto3."""
    return s3.generate_presigned_post(bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=how.get("seconds", 300))["fields"]


def post(world, bucket, fields, file=BODY, name="f.txt", behind=(), host=None, path=None, headers=(), **how):
    """Posts a form; `fields` may be a list of pairs."""
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    if file is not None:
        pairs.append(("file", (name, file, "text/x-own")))
    body, kind = encode_multipart_formdata([*pairs, *behind])
    lines = [("host", host or world.host), ("content-type", kind), *headers]
    return world.deliver("POST", path or f"/{bucket}", "", lines, body, **how)


def signed(world, bucket, key, conditions=(), fields=(), signing=None, until=3600, policy=None):
    """The fields of a form, signed by hand."""
    signing = signing or sign.Signing(world.full)
    ours = [
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", f"{signing.key.id}/{signing.scope}"),
        ("x-amz-date", signing.stamp),
    ]
    if policy is None:
        expiration = datetime.fromtimestamp(time.time() + until, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = [{"bucket": bucket}, ["eq", "$key", key], *({name: value} for name, value in ours)]
        policy = json.dumps({"expiration": expiration, "conditions": [*known, *conditions]})
    encoded = base64.b64encode(policy.encode()).decode()
    return [("key", key), *fields, *ours, ("policy", encoded), ("x-amz-signature", signing.sign(encoded))]


def change(fields, name, value):
    """The fields with another value of one, or without it."""
    return [(n, value if n == name else v) for n, v in fields if n != name or value is not None]


def test_a_form_presigned_by_boto3_stores_its_file(world, s3, bucket, here):
    key = here + "a b+é.txt"
    answer = post(world, bucket, presigned(s3, bucket, key))
    assert answer.status == 204, answer
    head = s3.head_object(Bucket=bucket, Key=key)
    assert dict(answer.headers)["etag"] == head["ETag"]
    assert world.stored(bucket, key) == BODY


def test_the_files_name_is_put_into_the_key(world, s3, bucket, here):
    fields = presigned(s3, bucket, here + "${filename}")
    assert post(world, bucket, fields, name="photo 1.jpg").status == 204
    assert world.stored(bucket, here + "photo 1.jpg") == BODY


@pytest.mark.brigade_only
def test_fields_become_the_objects_headers(world, s3, bucket, here):
    fields = {
        "Content-Type": "text/x-form",
        "Cache-Control": "no-cache",
        "Content-Disposition": 'attachment; filename="a.txt"',
        "x-amz-meta-uuid": "14365123651274",
        "x-ignore-this": "x",
        "success_action_status": "201",
    }
    conditions = [{name: value} for name, value in fields.items() if not name.startswith("x-ignore")]
    answer = post(world, bucket, presigned(s3, bucket, here + "a/b", fields, conditions))
    assert answer.status == 201, answer
    text = answer.body.decode()
    encoded = (here + "a/b").replace("/", "%2F")
    for element in (f"<Bucket>{bucket}</Bucket>", f"<Key>{here}a/b</Key>", f"<Location>http://{world.host}/{bucket}/{encoded}</Location>"):
        assert element in text, text
    head = s3.head_object(Bucket=bucket, Key=here + "a/b")
    assert (head["ContentType"], head["CacheControl"]) == ("text/x-form", "no-cache")
    assert head["ContentDisposition"] == 'attachment; filename="a.txt"'
    assert head["Metadata"] == {"uuid": "14365123651274"}
    assert world.stored(bucket, here + "a/b") == BODY


@pytest.mark.brigade_only
def test_a_form_may_tag_its_object(world, s3, bucket, here):
    tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d=e</Value></Tag></TagSet></Tagging>"
    form = presigned(s3, bucket, here + "a", {"tagging": tags}, [{"tagging": tags}])
    assert post(world, bucket, form).status == 204
    at_store, key = world.behind(bucket, here + "a")
    assert world.look().get_object_tagging(Bucket=at_store, Key=key)["TagSet"] == [{"Key": "a b", "Value": "c+d=e"}]
    form = presigned(s3, bucket, here + "b", {"tagging": "a=b"}, [{"tagging": "a=b"}])
    assert post(world, bucket, form).code == "MalformedXML"
    assert world.stored(bucket, here + "b") is None


@pytest.mark.brigade_only
def test_a_redirect_names_what_was_stored(world, s3, bucket, here):
    target = "https://site.example/done?a=b"
    fields = {"success_action_redirect": target}
    form = presigned(s3, bucket, here + "a b", fields, [["starts-with", "$success_action_redirect", "https://site.example/"]])
    answer = post(world, bucket, form)
    assert answer.status == 303 and answer.body == b"", answer
    key = here.replace("/", "%2F") + "a+b"
    etag = dict(answer.headers)["etag"].strip('"')
    assert dict(answer.headers)["location"] == f"{target}&bucket={bucket}&key={key}&etag=%22{etag}%22"


@pytest.mark.parametrize("version", ["http1.1", "http2-prior-knowledge"])
def test_curl_sends_a_form(world, s3, bucket, here, version, tmp_path):
    if world.direct and version != "http1.1":
        pytest.skip("which store speaks HTTP/2 is not asked here")
    source = tmp_path / f"my {version} file.bin"
    source.write_bytes(bytes(range(256)) * 5000)
    fields = presigned(s3, bucket, here + "${filename}")
    words = [word for name, value in fields.items() for word in ("--form-string", f"{name}={value}")]
    status, body = curl(f"--{version}", *words, "--form", f"file=@{source}", f"{world.endpoint}/{bucket}")
    assert status == 204, body
    assert world.stored(bucket, here + source.name) == source.read_bytes()


@pytest.mark.brigade_only
def test_a_form_to_the_buckets_own_host(world, s3, plain, here):
    fields = presigned(s3, plain, here + "a")
    host = f"{plain}.s3.localhost:{world.gateway.port}"
    answer = post(world, plain, fields, host=host, path="/")
    assert answer.status == 204, answer
    assert dict(answer.headers)["location"] == f"http://{host}/{here.replace('/', '%2F')}a"
    assert world.stored(plain, here + "a") == BODY


@pytest.mark.brigade_only
def test_a_large_file_is_streamed(world, s3, bucket, here):
    file = b"0123456789abcde\n" * (64 * MIB // 16)
    before = world.gateway.process.peak_rss()
    form = presigned(s3, bucket, here + "a", None, [["content-length-range", 64 * MIB, 64 * MIB]])
    answer = post(world, bucket, form, file=file)
    assert answer.status == 204, answer
    assert world.stored(bucket, here + "a") == file
    assert world.gateway.process.peak_rss() - before < 48 * MIB, "the file was held in memory"


@pytest.mark.brigade_only
@pytest.mark.parametrize("size", [5, 2 * MIB], ids=["small", "large"])
def test_content_length_range_holds_for_the_file_alone(world, s3, bucket, here, size):
    for low, high, code in [(size, size, None), (size + 1, size * 2, "EntityTooSmall"), (0, size - 1, "EntityTooLarge")]:
        key = f"{here}{low}-{high}"
        form = presigned(s3, bucket, key, None, [["content-length-range", low, high]])
        answer = post(world, bucket, form, file=b"x" * size)
        assert (answer.status, answer.code) == ((204, None) if code is None else (400, code)), answer
        assert (world.stored(bucket, key) is None) == (code is not None)


@pytest.mark.brigade_only
def test_r_sub_05_a_form_that_its_policy_does_not_admit_stores_nothing(world, bucket, plain, here):
    key = here + "a"
    free = [["starts-with", "$x-amz-meta-a", ""]]
    good = signed(world, bucket, key)
    past = sign.Signing(world.full, at=time.time() - 7200)
    until = '"expiration": "2100-01-01T00:00:00Z"'
    policy = lambda text: signed(world, bucket, key, policy=text)
    refused = [
        ("another bucket", signed(world, plain, key), "AccessDenied"),
        ("another key", change(good, "key", here + "b"), "AccessDenied"),
        ("no key", change(good, "key", None), "InvalidArgument"),
        ("expired", signed(world, bucket, key, signing=past, until=-10), "AccessDenied"),
        ("an extra field", [*good, ("x-amz-meta-a", "1")], "AccessDenied"),
        ("a missing field", signed(world, bucket, key, [{"x-amz-meta-a": "1"}]), "AccessDenied"),
        ("another value", signed(world, bucket, key, [{"x-amz-meta-a": "1"}], [("x-amz-meta-a", "2")]), "AccessDenied"),
        ("another type", signed(world, bucket, key, [["starts-with", "$Content-Type", "image/"]], [("Content-Type", "image/png,text/html")]), "AccessDenied"),
        ("a field twice", [*signed(world, bucket, key, free, [("x-amz-meta-a", "1")]), ("X-Amz-Meta-A", "2")], "InvalidArgument"),
        ("an acl", signed(world, bucket, key, [{"acl": "public-read"}], [("acl", "public-read")]), "AccessDenied"),
        ("an unknown operator", signed(world, bucket, key, [["ends-with", "$key", "a"]]), "InvalidPolicyDocument"),
        ("no JSON", policy("{"), "InvalidPolicyDocument"),
        ("no conditions", policy("{%s}" % until), "InvalidPolicyDocument"),
        ("no expiration", policy('{"conditions": []}'), "InvalidPolicyDocument"),
        ("conditions of nothing", policy('{%s, "conditions": []}' % until), "AccessDenied"),
        ("no policy", change(good, "policy", None), "InvalidArgument"),
        ("no signature", change(good, "x-amz-signature", None), "InvalidArgument"),
        ("a wrong signature", change(good, "x-amz-signature", "0" * 64), "SignatureDoesNotMatch"),
        ("another policy", change(good, "policy", dict(signed(world, bucket, key, free))["policy"]), "SignatureDoesNotMatch"),
        ("nobody", [("key", key)], "AccessDenied"),
    ]
    for what, fields, code in refused:
        for file in (BODY, b"x" * (2 * MIB)):
            answer = post(world, bucket, fields, file=file)
            assert answer.status in (400, 403) and answer.code == code, (what, answer)
    for what, key_of, code in [
        ("a reader", keys.READ_ONLY, "AccessDenied"),
        ("a team elsewhere", keys.TEAM, "AccessDenied"),
        ("a key that is off", keys.DISABLED, "InvalidAccessKeyId"),
        ("a key that has ended", keys.EXPIRED, "InvalidAccessKeyId"),
        ("a key that is none", keys.UNKNOWN, "InvalidAccessKeyId"),
    ]:
        answer = post(world, bucket, signed(world, bucket, key, signing=sign.Signing(key_of)))
        assert (answer.status, answer.code) == (403, code), (what, answer)
    for scope in ({"region": "eu-west-9"}, {"service": "sts"}, {"terminator": "aws5_request"}, {"date": "20200101"}):
        answer = post(world, bucket, signed(world, bucket, key, signing=sign.Signing(world.full, **scope)))
        assert answer.status in (400, 403), (scope, answer)
    assert post(world, bucket, good, file=None).code == "InvalidArgument"
    assert post(world, bucket, good, headers=[("x-amz-acl", "public-read")]).code == "InvalidRequest"
    assert post(world, bucket, good, length=False).status == 411
    for where in (f"/{bucket}/{here}b", "/"):
        assert post(world, bucket, good, path=where).status in (400, 403, 501), where
    assert world.stored_keys(bucket, here) == []
    assert post(world, bucket, good).status == 204
    assert world.stored_keys(bucket, here) == [key]


@pytest.mark.brigade_only
def test_an_empty_starts_with_frees_one_field_and_no_other(world, bucket, here):
    free = [["starts-with", "$x-amz-meta-a", ""]]
    more = [("x-amz-meta-a", "anything"), ("x-amz-meta-b", "1")]
    assert post(world, bucket, signed(world, bucket, here + "a", free, more)).code == "AccessDenied"
    assert post(world, bucket, signed(world, bucket, here + "a", free)).code == "AccessDenied"
    assert world.stored_keys(bucket, here) == []
    assert post(world, bucket, signed(world, bucket, here + "a", free, more[:1])).status == 204
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.brigade_only
def test_what_comes_behind_the_file(world, s3, bucket, here):
    button = [("submit", "Upload to S3")]
    assert post(world, bucket, presigned(s3, bucket, here + "a"), behind=button).status == 204
    assert world.stored(bucket, here + "a") == BODY
    answer = post(world, bucket, presigned(s3, bucket, here + "b"), file=b"x" * (3 * MIB), behind=button)
    assert (answer.status, answer.code) == (400, "MalformedPOSTRequest"), answer
    assert "Put the file last" in answer.message
    assert world.stored(bucket, here + "b") is None


@pytest.mark.brigade_only
def test_r_sub_05_signature_version_2_and_signed_requests_are_refused(world, bucket, here):
    old = world.client(signature_version="s3").generate_presigned_post(bucket, here + "a")["fields"]
    assert "AWSAccessKeyId" in old
    answer = post(world, bucket, old)
    assert (answer.status, answer.code) == (400, "InvalidRequest") and "s3v4" in answer.message, answer
    body, kind = encode_multipart_formdata([("key", here + "a"), ("file", ("f", BODY))])
    answer = world.send("POST", f"/{bucket}", headers=[("content-type", kind)], body=body)
    assert (answer.status, answer.code) == (400, "InvalidRequest"), answer
    assert world.stored_keys(bucket, here) == []


@pytest.mark.parametrize("size", [1000, 3 * MIB], ids=["small", "large"])
@pytest.mark.brigade_only
def test_r_int_02_a_form_that_is_cut_stores_nothing(world, s3, bucket, here, size):
    pairs = [*presigned(s3, bucket, here + "a").items(), ("file", ("f", b"x" * size))]
    body, kind = encode_multipart_formdata(pairs)
    head = f"POST /{bucket} HTTP/1.1\r\nhost: {world.host}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    for sent in (len(body) - 1, len(body) - size // 2, 100):
        answer = wire.raw(world.endpoint, head.encode() + body[:sent])
        assert b" 204 " not in answer, answer
    world.deliver("GET", "/open/none")
    assert world.stored_keys(bucket, here) == []


@pytest.mark.brigade_only
def test_r_log_01_a_form_is_one_line_without_its_signature_or_policy(world, s3, bucket, here):
    log = world.gateway.process.log
    before = log.stat().st_size
    fields = presigned(s3, bucket, here + "a")
    stored = post(world, bucket, fields)
    refused = post(world, bucket, change(list(fields.items()), "x-amz-signature", "0" * 64))
    ids = [dict(answer.headers)["x-amz-request-id"] for answer in (stored, refused)]
    written = lambda: log.read_bytes()[before:].decode()
    world.gateway.process.await_ready(lambda: all(identity in written() for identity in ids), seconds=20)
    lines = [[line for line in written().splitlines() if identity in line] for identity in ids]
    assert [len(found) for found in lines] == [1, 1], lines
    for part in ("PostObject", keys.FULL.id, bucket, "204"):
        assert part in lines[0][0], lines
    assert "PostObject" in lines[1][0] and "SignatureDoesNotMatch" in lines[1][0], lines
    for hidden in (fields["x-amz-signature"], fields["policy"], "0" * 64):
        assert hidden not in written()


#: Posts a form by script, small and large and refused, and then one as the page itself, which comes back by the redirect.
SCRIPT = """
const form = (fields, size) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append("file", new File([new Uint8Array(size).fill(120)], "é (1).bin", { type: "text/html" }));
  return data;
};
const post = async (fields, size) => {
  const answer = await fetch(ask.url, { method: "POST", body: form(fields, size) });
  return { status: answer.status, text: await answer.text(), etag: answer.headers.get("etag") };
};
const found = { small: await post(ask.small, 5), large: await post(ask.large, 3000000), refused: await post({ ...ask.small, acl: "private" }, 5) };
const frame = document.createElement("iframe");
frame.name = "answer";
frame.sandbox = "allow-same-origin";
document.body.append(frame);
const page = document.createElement("form");
Object.assign(page, { method: "post", enctype: "multipart/form-data", action: ask.url, target: "answer" });
const add = (type, name, value) => {
  const input = document.createElement("input");
  Object.assign(input, { type, name });
  if (type === "file") {
    const files = new DataTransfer();
    files.items.add(new File(["of a page"], "page.txt"));
    input.files = files.files;
  } else input.value = value;
  page.append(input);
};
for (const [name, value] of Object.entries(ask.page)) add("hidden", name, value);
add("file", "file");
add("submit", "submit", "Upload");
document.body.append(page);
const there = () => frame.contentDocument && frame.contentWindow.location.search;
page.requestSubmit(page.querySelector("[type=submit]"));
for (let turn = 0; turn < 100 && !there(); turn++) await new Promise((done) => setTimeout(done, 50));
return { ...found, page: there() };
"""


@pytest.mark.brigade_only
def test_a_browser_uploads_by_script_and_by_form(request, world, s3, plain, here, tmp_path):
    if not request.config.getoption("--browser"):
        pytest.skip("a browser is asked with --browser")
    if not browser.found():
        pytest.skip("there is no Chromium here (Debian: chromium)")
    free = [["starts-with", "$success_action_redirect", "http://127.0.0.1:"]]

    def script(origin):
        ask = {
            "url": f"{world.endpoint}/{plain}",
            "small": presigned(s3, plain, here + "small ${filename}"),
            "large": presigned(s3, plain, here + "large ${filename}"),
            "page": presigned(s3, plain, here + "${filename}", {"success_action_redirect": origin + "/done?a=b"}, free),
        }
        return f"const ask = {json.dumps(ask)};" + SCRIPT

    found = browser.Page(script).visit(tmp_path)
    assert "failed" not in found, found
    assert found["small"]["status"] == 204 and found["small"]["etag"], found
    assert found["large"]["status"] == 204, found
    assert found["refused"]["status"] == 403 and "Extra input fields: acl" in found["refused"]["text"], found
    assert world.stored(plain, here + "small é (1).bin") == b"x" * 5
    assert world.stored(plain, here + "large é (1).bin") == b"x" * 3000000
    assert world.stored(plain, here + "page.txt") == b"of a page"
    key = here.replace("/", "%2F") + "page.txt"
    assert found["page"].startswith(f"?a=b&bucket={plain}&key={key}&etag=%22"), found
