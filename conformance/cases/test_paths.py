"""Names that are paths: s3://ACCOUNT/PRODUCT/key, where the products lie under prefixes of other buckets."""

import uuid

import pytest

from harness import keys, sign
from harness.clients import refusal
from harness.gateway import BUCKETS, LOOK

pytestmark = pytest.mark.brigade_only

MIB = 1024 * 1024


@pytest.fixture
def account():
    """An account that no other case uses."""
    return f"t{uuid.uuid4().hex[:8]}-acct"


@pytest.fixture
def aws(world, tmp_path):
    return world.cli(tmp_path)


def at_store(world, account, key, special=False):
    """Bytes of an object, by its own name at the store."""
    inside = world.store.endpoint is None
    role, name = ("open", f"{LOOK}-open") if special else ("mapped", LOOK)
    prefix = "veiled-special" if special else "veiled-paths"
    name = name if inside else BUCKETS[role][0]
    stored = f"{prefix}/{account.removesuffix('-acct')}/{key}"
    return world.look().get_object(Bucket=name, Key=stored)["Body"].read()


def listed(call, **parameters):
    """(keys, common prefixes) of every page of a listing."""
    found, folders = [], []
    while True:
        page = call(**parameters)
        found += [item["Key"] for item in page.get("Contents", [])]
        folders += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            return found, folders
        if "NextContinuationToken" in page:
            parameters["ContinuationToken"] = page["NextContinuationToken"]
        else:
            parameters["Marker"] = page.get("NextMarker") or page["Contents"][-1]["Key"]


def test_objects_are_where_the_templates_say(world, s3, account):
    for key in ("roads/a b+%/é.txt", "roads/k=v", "trees/x"):
        s3.put_object(Bucket=account, Key=key, Body=key.encode(), Metadata={"m": "1"})
        assert at_store(world, account, key) == key.encode()
        got = s3.get_object(Bucket=account, Key=key)
        assert (got["Body"].read(), got["Metadata"]) == (key.encode(), {"m": "1"})
    s3.put_object(Bucket=account, Key="special/x", Body=b"special")
    assert at_store(world, account, "x", special=True) == b"special"
    s3.delete_object(Bucket=account, Key="trees/x")
    assert refusal(s3.get_object, Bucket=account, Key="trees/x") == (404, "NoSuchKey")


def test_what_is_in_no_product_has_no_place(s3, account):
    assert refusal(s3.get_object, Bucket=account, Key="file") == (404, "NoSuchKey")
    assert refusal(s3.put_object, Bucket=account, Key="file", Body=b"x") == (400, "InvalidArgument")
    assert refusal(s3.put_object, Bucket=account, Key="Upper/x", Body=b"x") == (400, "InvalidArgument")
    s3.head_bucket(Bucket=account)
    s3.get_bucket_location(Bucket=account)


def test_what_lies_above_an_account_has_no_place(s3, account):
    assert refusal(s3.put_object, Bucket=account, Key="../x/y", Body=b"x") == (400, "InvalidArgument")


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_account_lists_its_products(s3, account, version, size):
    for key in ("roads/1/a", "roads/b", "roads-2/c", "trees/d", "special/s"):
        s3.put_object(Bucket=account, Key=key, Body=b"x")
    call = s3.list_objects if version == "v1" else s3.list_objects_v2
    ask = lambda **more: listed(call, Bucket=account, MaxKeys=size, **more)
    assert ask(Delimiter="/") == ([], ["roads-2/", "roads/", "special/", "trees/"])
    assert ask(Delimiter="/", Prefix="ro") == ([], ["roads-2/", "roads/"])
    assert ask(Delimiter="/", Prefix="none") == ([], [])
    assert ask(Delimiter="/", Prefix="roads/") == (["roads/b"], ["roads/1/"])
    assert ask(Prefix="roads/") == (["roads/1/a", "roads/b"], [])
    assert ask(Prefix="special/") == (["special/s"], [])
    assert refusal(call, Bucket=account)[0] == 501


def test_the_aws_command_finds_its_way(world, aws, account, tmp_path):
    tree = tmp_path / "tree"
    for name in ("a.txt", "with space.txt", "sub/é.txt"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    (tmp_path / "large").write_bytes(b"0123456789abcdef" * (MIB // 16) * 9)
    aws("s3", "sync", "tree", f"s3://{account}/roads/")
    aws("s3", "cp", "large", f"s3://{account}/trees/large")
    aws("s3", "cp", "tree/a.txt", f"s3://{account}/special/a.txt")
    assert at_store(world, account, "roads/sub/é.txt") == "sub/é.txt".encode()
    products = aws("s3", "ls", f"s3://{account}/").split()
    assert products == ["PRE", "roads/", "PRE", "special/", "PRE", "trees/"]
    assert "with space.txt" in aws("s3", "ls", f"s3://{account}/roads/")
    assert "large" in aws("s3", "ls", "--recursive", f"s3://{account}/trees/")
    aws("s3", "sync", f"s3://{account}/roads/", "back")
    assert (tmp_path / "back/sub/é.txt").read_text() == "sub/é.txt"
    aws("s3", "cp", f"s3://{account}/trees/large", f"s3://{account}/roads/large")
    aws("s3", "cp", f"s3://{account}/roads/a.txt", f"s3://{account}/special/b.txt")
    assert at_store(world, account, "b.txt", special=True) == b"a.txt"
    assert at_store(world, account, "roads/large") == (tmp_path / "large").read_bytes()
    aws("s3", "rm", "--recursive", f"s3://{account}/roads/")
    # A store on a file system may show the emptied folder for a while.
    assert {"special/", "trees/"} <= set(aws("s3", "ls", f"s3://{account}/").split())
    assert world.client().list_objects_v2(Bucket=account, Prefix="roads/").get("KeyCount") == 0


def test_a_batch_delete_in_several_products(s3, account):
    there = ["roads/a", "trees/b", "special/c"]
    for key in there:
        s3.put_object(Bucket=account, Key=key, Body=b"x")
    objects = [{"Key": key} for key in [*there, "file"]]
    done = s3.delete_objects(Bucket=account, Delete={"Objects": objects})
    assert sorted(item["Key"] for item in done["Deleted"]) == sorted(there)
    assert [(item["Key"], item["Code"]) for item in done["Errors"]] == [("file", "InvalidArgument")]
    for key in there:
        assert refusal(s3.head_object, Bucket=account, Key=key)[0] == 404


def test_a_virtual_host_is_an_account(world, s3, account):
    s3.put_object(Bucket=account, Key="roads/k", Body=b"by host")
    host = f"{account}.s3.localhost:{world.host.rsplit(':', 1)[1]}"
    for path, query, inside in [("/roads/k", "", b"by host"), ("/", "delimiter=%2F", b"<Prefix>roads/</Prefix>")]:
        lines = sign.headers_for(sign.Signing(world.full), "GET", host, path, query)
        answer = world.deliver("GET", path, query, lines)
        assert answer.status == 200 and inside in answer.body, answer


def test_who_may_do_nothing_there_is_told_nothing(world, account):
    reader = world.client(keys.PLAIN_READER)
    for call, more in [
        (reader.get_object, {"Key": "roads/k"}),
        (reader.list_objects_v2, {"Delimiter": "/"}),
        (reader.list_objects_v2, {"Prefix": "roads/"}),
        (reader.put_object, {"Key": "file", "Body": b"x"}),
    ]:
        assert refusal(call, Bucket=account, **more) == (403, "AccessDenied")
