"""What a key may do, and what it may not: grants, IAM documents, prefixes, anonymous callers."""

import pytest
from botocore.exceptions import ClientError

from harness import keys
from harness.clients import curl, refusal

pytestmark = pytest.mark.brigade_only

DENIED = (403, "AccessDenied")


def everything(client, bucket, key):
    """Each operation on one key, as (name, call)."""
    ask = {"Bucket": bucket, "Key": key}
    upload = ask | {"UploadId": "x"}
    return {
        "get": lambda: refusal(client.get_object, **ask),
        "head": lambda: refusal(client.head_object, **ask),
        "put": lambda: refusal(client.put_object, **ask, Body=b"x"),
        "delete": lambda: refusal(client.delete_object, **ask),
        "copy to": lambda: refusal(client.copy_object, **ask, CopySource=f"{bucket}/team/own"),
        "start": lambda: refusal(client.create_multipart_upload, **ask),
        "part": lambda: refusal(client.upload_part, **upload, PartNumber=1, Body=b"x"),
        "parts": lambda: refusal(client.list_parts, **upload),
        "abort": lambda: refusal(client.abort_multipart_upload, **upload),
        "finish": lambda: refusal(
            client.complete_multipart_upload, **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"x"'}]}
        ),
    }


OUTSIDE = ["team", "team2/x", "team-x", "TEAM/x", "tea", "teams/x", "other", " team/x", "x/team/x", "%74eam/x"]


@pytest.mark.parametrize("role", ["plain", "mapped"])
@pytest.mark.parametrize("key", OUTSIDE)
def test_r_authz_06_a_key_for_team_slash_is_refused_all_else(world, role, key):
    world.store_up(role, "team/own", b"own")
    try:
        world.store_up(role, key, b"theirs")
    except ClientError:
        assert world.store.name == "juicefs"  # where a name is a file or a folder, never both
    before = world.stored(role, key)
    for name, call in everything(world.client(keys.TEAM), role, key).items():
        assert call() in (DENIED, (403, "403")), name
    assert world.stored(role, key) == before
    assert key not in world.uploads(role, key)


def test_a_key_for_team_slash_may_do_everything_there(world, bucket, here):
    team, key = world.client(keys.TEAM), "team/" + here + "a b+c"
    team.put_object(Bucket=bucket, Key=key, Body=b"own")
    assert team.get_object(Bucket=bucket, Key=key)["Body"].read() == b"own"
    listed = team.list_objects_v2(Bucket=bucket, Prefix="team/" + here)
    assert [item["Key"] for item in listed["Contents"]] == [key]
    team.copy_object(Bucket=bucket, Key=key + "2", CopySource={"Bucket": bucket, "Key": key})
    team.delete_object(Bucket=bucket, Key=key)
    assert world.stored_keys(bucket, "team/" + here) == [key + "2"]


LISTINGS = [
    "",
    "prefix=",
    "prefix=team",
    "prefix=tea",
    "prefix=team2/",
    "prefix=TEAM/",
    "prefix=%2Fteam/",
    "prefix=secret/",
    "delimiter=/",
    "prefix=&delimiter=/",
    "prefix=team&delimiter=/",
    "start-after=team/",
    "prefix=team/&prefix=secret/",
    "prefix=secret/&prefix=team/",
    "prefix=team/&prefix=",
    "prefix=team/&Prefix=secret/",
    "prefix=team/&%70refix=secret/",
    "%70refix=secret/",
]


@pytest.mark.parametrize("version", ["", "list-type=2&", "list-type=1&"])
@pytest.mark.parametrize("query", LISTINGS)
def test_r_list_01_a_listing_outside_the_scope_shows_nothing(world, plain, version, query):
    world.store_up(plain, "secret/name-of-a-secret", b"x")
    world.store_up(plain, "team2/name-of-a-secret", b"x")
    answer = world.send("GET", f"/{plain}", version + query, key=keys.TEAM)
    assert b"name-of-a-secret" not in answer.body, answer
    inside = query == "prefix=team/&Prefix=secret/"
    unknown = inside or version != "list-type=2&" and "start-after" in query
    assert answer.status in ((200, 400, 403, 501) if unknown else (400, 403)), answer
    if "&prefix" not in query and "%70" not in query and "list-type=1" not in version and not unknown:
        assert (answer.status, answer.code) == DENIED, answer


def test_r_list_01_an_upload_listing_outside_the_scope_shows_nothing(world, s3, plain, here):
    upload = s3.create_multipart_upload(Bucket=plain, Key="secret/" + here + "a")["UploadId"]
    for query in ("uploads", "uploads&prefix=", "uploads&prefix=secret/", "uploads&prefix=team/&prefix=secret/"):
        answer = world.send("GET", f"/{plain}", query, key=keys.TEAM)
        assert answer.status in (400, 403) and upload.encode() not in answer.body, (query, answer)
    s3.abort_multipart_upload(Bucket=plain, Key="secret/" + here + "a", UploadId=upload)


def test_r_authz_01_a_key_without_a_grant_is_refused_everything_on_the_bucket(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    other = world.client(keys.PLAIN_READER)
    for name, call in everything(other, bucket, here + "a").items():
        assert call() in (DENIED, (403, "403")), name
    for call in (other.list_objects, other.list_objects_v2, other.list_multipart_uploads, other.get_bucket_location):
        assert refusal(call, Bucket=bucket) == DENIED, call
    assert refusal(other.head_bucket, Bucket=bucket) == (403, "403")
    assert refusal(other.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": here + "a"}]}) == DENIED
    assert world.stored_keys(bucket, here) == [here + "a"]
    assert world.stored(bucket, here + "a") == b"before"


def test_r_authz_02_what_exists_and_what_does_not_look_the_same(world, bucket, here):
    world.store_up(bucket, here + "a", b"x" * 1000)
    etag = world.client().head_object(Bucket=bucket, Key=here + "a")["ETag"]
    conditions = [
        [],
        [("if-match", etag)],
        [("if-none-match", etag)],
        [("if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT")],
        [("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT")],
        [("range", "bytes=0-1")],
        [("range", "bytes=99999-")],
    ]
    quiet = lambda answer: (
        answer.status,
        answer.code,
        sorted(name for name, _ in answer.headers),
        len(answer.body) - answer.body.count(b"none") * 3,
    )
    for key in (keys.PLAIN_READER, None):
        for method in ("GET", "HEAD"):
            for headers in conditions:
                answers = []
                for name in ("a", "none"):
                    path = f"/{bucket}/{here}{name}"
                    if key:
                        answers.append(world.send(method, path, headers=headers, key=key))
                    else:
                        answers.append(world.deliver(method, path, "", headers))
                assert answers[0].status == 403, answers[0]
                seen, unseen = map(quiet, answers)
                assert seen[:3] == unseen[:3], (headers, answers)


def test_r_authz_03_unsigned_requests_to_private_buckets_are_refused(world, plain, here):
    world.store_up(plain, here + "a", b"private")
    nobody = world.client(None)
    for name, call in everything(nobody, plain, here + "a").items():
        assert call() in (DENIED, (403, "403")), name
    assert refusal(nobody.list_objects_v2, Bucket=plain) == DENIED
    answer = world.deliver("GET", "/")
    assert plain.encode() not in answer.body and b"mapped" not in answer.body, answer
    assert world.stored(plain, here + "a") == b"private"


def test_r_authz_04_anyone_may_read_and_list_an_open_bucket_and_nothing_else(world, here):
    world.store_up("open", here + "a b", b"public")
    path = f"/open/{here}a%20b"
    assert curl(world.endpoint + path) == (200, b"public")
    status, body = curl(f"{world.endpoint}/open?list-type=2&prefix={here}")
    assert status == 200 and b"a b</Key>" in body
    world.check_leak([], body)
    assert world.deliver("HEAD", path).status == 200
    nobody = world.client(None)
    refused = everything(nobody, "open", here + "a b")
    for name in ("put", "delete", "copy to", "start", "part", "parts", "abort", "finish"):
        assert refused[name]()[0] in (403, 405, 501), name
    for query in ("acl", "tagging", "versionId=x", "uploads", "location", "policy", "versions", "torrent", "attributes"):
        for where in (path, "/open"):
            answer = world.deliver("GET", where, query)
            assert answer.status in (400, 403, 404, 405, 501) and answer.body != b"public", (where, query, answer)
    assert refusal(nobody.delete_objects, Bucket="open", Delete={"Objects": [{"Key": here + "a b"}]})[0] in (403, 405)
    assert world.stored_keys("open", here) == [here + "a b"]
    assert world.stored("open", here + "a b") == b"public"


def test_r_authz_05_anyone_cannot_choose_the_answers_headers(world, here):
    world.store_up("open", here + "a", b"public", ContentType="text/plain")
    query = "response-content-type=text%2Fhtml&response-content-disposition=inline"
    answer = world.deliver("GET", f"/open/{here}a", query)
    assert answer.status == 400 or dict(answer.headers)["content-type"] == "text/plain", answer


SPELLINGS = [
    "team/../secret/{here}a",
    "team/%2e%2e/secret/{here}a",
    "team/%2E%2E%2Fsecret/{here}a",
    "team/..%2fsecret/{here}a",
    "team/%252e%252e/secret/{here}a",
    "team/..;/secret/{here}a",
    "team/./../secret/{here}a",
    "team//../secret/{here}a",
    "team/..%5csecret/{here}a",
    "team/..%00/secret/{here}a",
    "team/%c0%ae%c0%ae/secret/{here}a",
    "team/%ef%bc%8e%ef%bc%8e/secret/{here}a",
    "%2e/secret/{here}a",
    "./secret/{here}a",
    "//secret/{here}a",
    "/secret/{here}a",
    "%2fsecret/{here}a",
    "secret%2f{here}a",
    "team/../../plain/secret/{here}a",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_r_authz_07_no_spelling_of_a_path_reaches_another_key(world, plain, here, spelling, method):
    world.store_up(plain, "secret/" + here + "a", b"secret")
    path = f"/{plain}/" + spelling.replace("{here}", here)
    answer = world.send(method, path, body=b"mine" if method == "PUT" else b"", key=keys.TEAM)
    assert b"secret" != answer.body and answer.status < 500, answer
    assert method != "GET" or answer.status in (400, 403, 404), answer
    assert world.stored(plain, "secret/" + here + "a") == b"secret"
    assert world.stored_keys(plain, "secret/" + here) == ["secret/" + here + "a"]


def test_r_authz_08_a_read_only_key_changes_nothing(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    read = world.client(keys.READ_ONLY)
    calls = everything(read, bucket, here + "a")
    for name in ("put", "delete", "start", "part", "abort", "finish"):
        assert calls[name]() == DENIED, name
    source = {"Bucket": bucket, "Key": here + "a"}
    assert refusal(read.copy_object, Bucket=bucket, Key=here + "b", CopySource=source) == DENIED
    for query in ("tagging", "acl", "retention", "legal-hold"):
        assert world.send("PUT", f"/{bucket}/{here}a", query, body=b"x", key=keys.READ_ONLY).status in (403, 501)
    assert read.get_object(**source)["Body"].read() == b"before"
    assert world.stored_keys(bucket, here) == [here + "a"]


@pytest.mark.parametrize(
    "name", ["PLAIN", "plain.", "plai", "plainx", "pl%61in%00", "plain%20", ".plain", "..", "plain%2Fx", "a" * 300, "xn--a", "%2e%2e"]
)
def test_r_authz_09_a_look_alike_is_not_the_bucket(world, plain, name):
    world.store_up(plain, "a", b"private")
    for method in ("GET", "PUT"):
        answer = world.send(method, f"/{name}/a", body=b"x" if method == "PUT" else b"")
        assert answer.status in (400, 403, 404) and b"private" != answer.body, (method, answer)
    assert world.stored(plain, "a") == b"private"


def test_r_authz_10_the_bucket_in_the_host_is_the_one_that_is_authorized(world, plain, here):
    world.store_up(plain, "open/" + here + "a", b"private")
    world.store_up("open", here + "a", b"public")
    port = world.host.split(":")[1]
    host = lambda name: [("host", f"{name}.s3.localhost:{port}")]
    assert world.deliver("GET", f"/{here}a", "", host("open")).body == b"public"
    # The path belongs to the bucket that the host names.
    assert world.deliver("GET", f"/open/{here}a", "", host("plain")).status == 403
    assert world.deliver("GET", f"/{here}a", "", host("plain")).status == 403
    for name in ("evil-open", "open.plain", "plain.open", "OPEN"):
        answer = world.deliver("GET", f"/{here}a", "", host(name))
        assert answer.body != b"private" and answer.status in (200, 400, 403, 404), (name, answer)
    assert world.deliver("GET", f"/{here}a", "", [("host", f"evils3.localhost:{port}")]).status in (400, 403, 404)


def test_a_deny_of_a_policy_document_beats_its_allow(world, plain, here):
    key = "locked/" + here + "a"
    world.store_up(plain, key, b"locked")
    policy = world.client(keys.POLICY)
    for call, more in ((policy.get_object, {}), (policy.put_object, {"Body": b"x"}), (policy.delete_object, {})):
        assert refusal(call, Bucket=plain, Key=key, **more) == DENIED
    policy.put_object(Bucket=plain, Key=here + "a", Body=b"free")
    assert policy.get_object(Bucket=plain, Key=here + "a")["Body"].read() == b"free"
    assert refusal(policy.get_object, Bucket="mapped", Key=here + "a") == DENIED
    assert world.stored(plain, key) == b"locked"
