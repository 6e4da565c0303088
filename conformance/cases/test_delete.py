"""DeleteObject and DeleteObjects."""

import pytest

from harness import keys
from harness.checksums import checksum, md5
from harness.clients import refusal


def put_all(world, bucket, names):
    for name in names:
        world.store_up(bucket, name, b"x")


def batch(*names, quiet=False):
    return {"Objects": [{"Key": name} for name in names], "Quiet": quiet}


def test_a_batch_deletes_what_it_names_and_says_so(world, s3, bucket, here):
    names = [here + name for name in ("a", "b c", "d+e", "f%2Fg", "é", "x&<y>")]
    put_all(world, bucket, [*names, here + "stays"])
    answer = s3.delete_objects(Bucket=bucket, Delete=batch(*names, here + "none"))
    assert sorted(item["Key"] for item in answer["Deleted"]) == sorted([*names, here + "none"])
    assert "Errors" not in answer
    assert world.stored_keys(bucket, here) == [here + "stays"]


def test_a_quiet_batch_says_nothing(world, s3, bucket, here):
    put_all(world, bucket, [here + "a"])
    answer = s3.delete_objects(Bucket=bucket, Delete=batch(here + "a", quiet=True))
    assert "Deleted" not in answer and "Errors" not in answer
    assert world.stored_keys(bucket, here) == []


@pytest.mark.brigade_only
def test_r_del_01_each_key_of_a_batch_is_decided_alone(world, plain, here):
    mine, others = "team/" + here + "a", ["team2/" + here + "b", "team-x/" + here + "e", "other/" + here + "c", here + "d"]
    put_all(world, plain, [mine, *others])
    answer = world.client(keys.TEAM).delete_objects(Bucket=plain, Delete=batch(mine, *others))
    assert [item["Key"] for item in answer["Deleted"]] == [mine]
    denied = {item["Key"]: item["Code"] for item in answer["Errors"]}
    assert {name: denied.get(name) for name in others} == dict.fromkeys(others, "AccessDenied")
    for name in others:
        assert world.stored(plain, name) == b"x", name
    assert world.stored(plain, mine) is None
    quiet = world.client(keys.TEAM).delete_objects(Bucket=plain, Delete=batch(others[0], quiet=True))
    assert [item["Code"] for item in quiet["Errors"]] == ["AccessDenied"]


@pytest.mark.brigade_only
def test_r_del_01_dot_segments_in_a_batch_reach_no_other_key(world, plain, here):
    put_all(world, plain, [here + "d"])
    answer = post(world, plain, f"<Delete><Object><Key>team/../{here}d</Key></Object></Delete>".encode(), key=keys.TEAM)
    assert answer.status in (200, 400, 403), answer
    assert world.stored(plain, here + "d") == b"x"


@pytest.mark.brigade_only
def test_r_del_01_a_key_without_the_right_deletes_nothing(world, plain, here):
    put_all(world, plain, [here + "a"])
    read = world.client(keys.READ_ONLY)
    try:
        answer = read.delete_objects(Bucket=plain, Delete=batch(here + "a"))
    except read.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
    else:
        assert [item["Code"] for item in answer["Errors"]] == ["AccessDenied"] and "Deleted" not in answer
    assert refusal(read.delete_object, Bucket=plain, Key=here + "a") == (403, "AccessDenied")
    assert world.stored(plain, here + "a") == b"x"


def post(world, bucket, body, query="delete", headers=None, **more):
    """A DeleteObjects by hand, with a right Content-MD5 unless told otherwise."""
    lines = [("content-md5", md5(body))] if headers is None else headers
    return world.send("POST", f"/{bucket}", query, headers=lines, body=body, **more)


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<",
        "<Delete>",
        "<Delete/>",
        "<Delete></Delete>",
        "<Other><Object><Key>{key}</Key></Object></Other>",
        "<Delete><Object></Object></Delete>",
        "<Delete><Object><Key></Key></Object></Delete>",
        "<Delete><Object><Key>{key}</Key><Key>team/x</Key></Object></Delete>",
        "<Delete><Object><Key>team/x</Key><Key>{key}</Key></Object></Delete>",
        "<Delete><Object><Key>{key}</Object></Key></Delete>",
        '<!DOCTYPE d [<!ENTITY e "{key}">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        "<Delete><Object><Key>&nothing;</Key></Object></Delete>",
        "<Delete><Object><Key>{key}</Key></Object></Delete><Delete/>",
        "<Delete>" + "<a>" * 5000 + "</a>" * 5000 + "</Delete>",
        "<Delete>" + "<Object><Key>{key}</Key></Object>" * 1001 + "</Delete>",
    ],
    ids=lambda body: (body[:24] or "empty").replace("<", "").replace(">", " ").strip() + f" {len(body)}",
)
def test_r_xml_01_a_batch_that_is_not_one_is_400_and_deletes_nothing(world, bucket, here, body):
    put_all(world, bucket, [here + "a"])
    answer = post(world, bucket, body.replace("{key}", here + "a").encode())
    assert (answer.status, answer.code) == (400, "MalformedXML"), answer
    assert world.stored(bucket, here + "a") == b"x"


@pytest.mark.brigade_only
def test_r_xml_02_a_batch_over_two_mebibytes_is_refused_unread(world, bucket, here):
    put_all(world, bucket, [here + "a"])
    body = f"<Delete><Object><Key>{here}a</Key></Object></Delete>".encode() + b" " * (3 * 1024 * 1024)
    for length in (True, False):
        answer = post(world, bucket, body, length=length)
        assert answer.status == 400, answer
        assert answer.code in ("MaxMessageLengthExceeded", "MalformedXML", "EntityTooLarge"), answer
        assert world.stored(bucket, here + "a") == b"x"


@pytest.mark.brigade_only
def test_r_xml_03_a_wrong_digest_deletes_nothing(world, bucket, here):
    put_all(world, bucket, [here + "a"])
    body = f"<Delete><Object><Key>{here}a</Key></Object></Delete>".encode()
    for headers in (
        [("content-md5", md5(b"other"))],
        [("x-amz-checksum-crc32", checksum("crc32", b"other"))],
        [("x-amz-checksum-sha256", checksum("sha256", b"other"))],
        [("content-md5", md5(body)), ("x-amz-checksum-crc32c", checksum("crc32c", b"other"))],
    ):
        answer = post(world, bucket, body, headers=headers)
        assert (answer.status, answer.code) == (400, "BadDigest"), (headers, answer)
        assert world.stored(bucket, here + "a") == b"x"


@pytest.mark.brigade_only
def test_r_del_02_spellings_of_delete_do_not_go_round_the_decision(world, plain, here):
    put_all(world, plain, [here + "a"])
    body = f"<Delete><Object><Key>{here}a</Key></Object></Delete>".encode()
    for query in ("delete", "delete=", "delete=1", "%64elete", "delete&delete", "Delete", "delete&x=1", "delete=&uploads"):
        answer = post(world, plain, body, query, key=keys.TEAM)
        assert b"<Deleted>" not in answer.body, (query, answer)
        assert answer.status < 500 or answer.status == 501, (query, answer)
        assert world.stored(plain, here + "a") == b"x", query


@pytest.mark.brigade_only
def test_r_del_03_a_batch_on_an_object_is_refused(world, bucket, here):
    put_all(world, bucket, [here + "a"])
    body = f"<Delete><Object><Key>{here}a</Key></Object></Delete>".encode()
    answer = world.send("POST", f"/{bucket}/{here}a", "delete", headers=[("content-md5", md5(body))], body=body)
    assert answer.status in (405, 501), answer
    assert world.stored(bucket, here + "a") == b"x"


def test_r_hdr_03_a_condition_in_a_batch_is_never_ignored(world, bucket, here):
    put_all(world, bucket, [here + "a"])
    body = f"<Delete><Object><Key>{here}a</Key><ETag>\"0\"</ETag></Object></Delete>".encode()
    answer = post(world, bucket, body)
    kept = world.stored(bucket, here + "a") == b"x"
    assert kept and (answer.status in (400, 501) or b"PreconditionFailed" in answer.body), answer
