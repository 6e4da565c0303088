"""The aws command, as people use it."""

import hashlib
import json
import os

import pytest

from harness.clients import curl

MIB = 1024 * 1024


@pytest.fixture
def aws(world, tmp_path):
    return world.cli(tmp_path)


@pytest.fixture
def tree(tmp_path):
    """A folder with names that are not all easy."""
    root = tmp_path / "tree"
    for name in ("a.txt", "with space.txt", "plus+plus.txt", "sub/é.txt", "sub/deep/100%.txt", "sub/k=v.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
        # Older than any copy: a store tells dates by the second, and sync compares them.
        os.utime(root / name, (1_700_000_000, 1_700_000_000))
    return root


def names(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_cp_ls_mv_rm(world, aws, bucket, here, tmp_path):
    (tmp_path / "up").write_bytes(b"hello" * 1000)
    at = f"s3://{bucket}/{here}"
    aws("s3", "cp", "up", at + "a b.txt", "--metadata", "m=1", "--content-type", "text/x-own")
    assert world.stored(bucket, here + "a b.txt") == b"hello" * 1000
    assert "a b.txt" in aws("s3", "ls", at)
    assert here in aws("s3", "ls", f"s3://{bucket}")
    aws("s3", "cp", at + "a b.txt", "down")
    assert (tmp_path / "down").read_bytes() == b"hello" * 1000
    # Regression: `mv` within a store is a copy and a delete; a proxy once emptied the file.
    aws("s3", "mv", at + "a b.txt", at + "moved+é.txt")
    assert world.stored_keys(bucket, here) == [here + "moved+é.txt"]
    assert world.stored(bucket, here + "moved+é.txt") == b"hello" * 1000
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", here + "moved+é.txt"))
    assert (head["Metadata"], head["ContentType"]) == ({"m": "1"}, "text/x-own")
    aws("s3", "rm", at + "moved+é.txt")
    assert world.stored_keys(bucket, here) == []


def test_cp_through_pipes(world, aws, bucket, here):
    aws("s3", "cp", "-", f"s3://{bucket}/{here}a", stdin="from a pipe")
    assert world.stored(bucket, here + "a") == b"from a pipe"
    assert aws("s3", "cp", f"s3://{bucket}/{here}a", "-") == "from a pipe"


def test_sync_up_and_down_and_delete(world, aws, bucket, here, tree, tmp_path):
    at = f"s3://{bucket}/{here}"
    aws("s3", "sync", tree, at)
    assert sorted(world.stored_keys(bucket, here)) == sorted(here + name for name in names(tree))
    assert aws("s3", "sync", tree, at).strip() == ""
    aws("s3", "sync", at, tmp_path / "back")
    assert names(tmp_path / "back") == names(tree)
    for name in names(tree):
        assert (tmp_path / "back" / name).read_text() == name
    (tree / "a.txt").unlink()
    aws("s3", "sync", tree, at, "--delete")
    assert here + "a.txt" not in world.stored_keys(bucket, here)
    aws("s3", "rm", at, "--recursive")
    assert world.stored_keys(bucket, here) == []


def test_a_multipart_copy_up_and_down_is_byte_exact(world, aws, bucket, here, tmp_path):
    data = hashlib.sha256(b"seed").digest() * (24 * MIB // 32)
    (tmp_path / "big").write_bytes(data)
    aws("s3", "cp", "big", f"s3://{bucket}/{here}k=v+big")
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", here + "k=v+big"))
    assert head["ContentLength"] == len(data)
    assert head["ETag"].strip('"').endswith("-3")
    aws("s3", "cp", f"s3://{bucket}/{here}k=v+big", "back")
    assert hashlib.sha256((tmp_path / "back").read_bytes()).hexdigest() == hashlib.sha256(data).hexdigest()
    aws("s3", "cp", f"s3://{bucket}/{here}k=v+big", f"s3://{bucket}/{here}copy")
    assert hashlib.sha256(world.stored(bucket, here + "copy")).hexdigest() == hashlib.sha256(data).hexdigest()


def test_presign_works_in_curl(world, aws, bucket, here):
    world.store_up(bucket, here + "a b", b"presigned")
    url = aws("s3", "presign", f"s3://{bucket}/{here}a b", "--expires-in", "60").strip()
    if "AWSAccessKeyId" in url:
        # Version 1 of the command still presigns with version 2 signatures unless the configuration says s3v4.
        pytest.fail("the command's configuration asks for s3v4")
    assert curl(url) == (200, b"presigned")


def test_s3api_with_its_options(world, aws, bucket, here, tmp_path):
    (tmp_path / "body").write_bytes(b"0123456789")
    where = ("--bucket", bucket, "--key", here + "a")
    put = ("--metadata", "m=1", "--cache-control", "max-age=1", "--content-disposition", "inline")
    put_answer = json.loads(aws("s3api", "put-object", *where, "--body", "body", *put))
    head = json.loads(aws("s3api", "head-object", *where))
    assert head["ETag"] == put_answer["ETag"]
    assert (head["Metadata"], head["CacheControl"], head["ContentDisposition"]) == ({"m": "1"}, "max-age=1", "inline")
    part = json.loads(aws("s3api", "get-object", *where, "--range", "bytes=2-4", "out"))
    assert (part["ContentRange"], (tmp_path / "out").read_bytes()) == ("bytes 2-4/10", b"234")
    miss = aws.run("s3api", "get-object", *where, "--if-none-match", head["ETag"], "out")
    assert miss.returncode != 0 and "304" in miss.stderr
    listed = json.loads(aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", here))
    assert [item["Key"] for item in listed["Contents"]] == [here + "a"]
    listed = json.loads(aws("s3api", "list-objects", "--bucket", bucket, "--prefix", here))
    assert [item["Size"] for item in listed["Contents"]] == [10]
    aws("s3api", "head-bucket", "--bucket", bucket)
    aws("s3api", "delete-object", *where)
    assert world.stored(bucket, here + "a") is None


def test_a_page_at_a_time(world, aws, bucket, here):
    for name in "abcde":
        world.store_up(bucket, here + name, b"x")
    listed = json.loads(aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", here, "--page-size", "2"))
    assert [item["Key"] for item in listed["Contents"]] == [here + name for name in "abcde"]


@pytest.mark.brigade_only
def test_the_command_says_why_it_was_refused(world, bucket, here, tmp_path):
    from harness import keys

    (tmp_path / "up").write_bytes(b"x")
    done = world.cli(tmp_path, keys.READ_ONLY).run("s3", "cp", "up", f"s3://{bucket}/{here}a")
    assert done.returncode == 1 and "AccessDenied" in done.stderr, done.stderr
    wrong = keys.Key(keys.FULL.id, "wrong")
    done = world.cli(tmp_path, wrong).run("s3", "ls", f"s3://{bucket}")
    assert done.returncode != 0 and "SignatureDoesNotMatch" in done.stderr, done.stderr
    assert world.stored(bucket, here + "a") is None


@pytest.mark.brigade_only
def test_ls_without_a_bucket_names_the_buckets(world, aws):
    listed = [line.split()[-1] for line in aws("s3", "ls").splitlines()]
    assert {"plain", "mapped", "open"} <= set(listed)
    assert not [name for name in listed if "x7" in name]


def test_curl_signs_by_itself(world, bucket, here, tmp_path):
    (tmp_path / "up").write_bytes(b"by curl" * 100)
    url = f"{world.endpoint}/{bucket}/{here}a"
    sign = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{world.full.id}:{world.full.secret}"]
    # curl 7.88 signs no x-amz-content-sha256 by itself: it is told.
    hashed = ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    status, body = curl(*sign, *hashed, "--upload-file", tmp_path / "up", url)
    assert status == 200, body
    assert world.stored(bucket, here + "a") == b"by curl" * 100
    assert curl(*sign, *hashed, url) == (200, b"by curl" * 100)
    status, body = curl(*sign, *hashed, "--header", "Range: bytes=3-6", url)
    assert (status, body) == (206, b"curl")
