"""ListObjects, versions 1 and 2, with all their parameters, paged."""

import pytest

TREE = ["a", "b/1", "b/2", "b/c/3", "d e", "d+e", "e%2Ff", "f/", "z-1", "z-2", "é/1"]


def put_all(world, bucket, keys):
    for key in keys:
        world.store_up(bucket, key, b"" if key.endswith("/") else key.encode())


@pytest.fixture
def tree(world, bucket):
    """The prefix below which `TREE` lies, put there once."""
    below = "listing-tree/"
    if not world.stored_keys(bucket, below):
        put_all(world, bucket, [below + key for key in TREE])
    return below


def listing(call, paged=True, **parameters):
    """(keys, common prefixes, pages) of a listing, following its pages."""
    keys, prefixes, pages = [], [], 0
    while True:
        page = call(**parameters)
        pages += 1
        keys += [item["Key"] for item in page.get("Contents", [])]
        prefixes += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"] or not paged:
            return keys, prefixes, pages
        if "Marker" in page:
            parameters["Marker"] = page.get("NextMarker") or page["Contents"][-1]["Key"]
        else:
            parameters["ContinuationToken"] = page["NextContinuationToken"]


CASES = {
    # name: (parameters below the case's own prefix, keys, common prefixes)
    "all": ({}, TREE, []),
    "prefix": ({"Prefix": "b/"}, ["b/1", "b/2", "b/c/3"], []),
    "part-of-a-name": ({"Prefix": "z"}, ["z-1", "z-2"], []),
    "slash": ({"Delimiter": "/"}, ["a", "d e", "d+e", "e%2Ff", "z-1", "z-2"], ["b/", "f/", "é/"]),
    "slash-below": ({"Prefix": "b/", "Delimiter": "/"}, ["b/1", "b/2"], ["b/c/"]),
    "dash": ({"Prefix": "z", "Delimiter": "-"}, [], ["z-"]),
    "two-characters": ({"Delimiter": "/c"}, [key for key in TREE if key != "b/c/3"], ["b/c"]),
    "none-such": ({"Prefix": "nothing"}, [], []),
    "space": ({"Prefix": "d "}, ["d e"], []),
    "plus": ({"Prefix": "d+"}, ["d+e"], []),
    "percent": ({"Prefix": "e%2F"}, ["e%2Ff"], []),
    "non-ascii": ({"Prefix": "é/"}, ["é/1"], []),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("size", [1000, 2])
def test_a_listing_is_complete_and_in_order(s3, bucket, tree, name, version, size):
    parameters, keys, prefixes = CASES[name]
    call = s3.list_objects if version == "v1" else s3.list_objects_v2
    asked = parameters | {"Prefix": tree + parameters.get("Prefix", ""), "MaxKeys": size}
    got = listing(call, Bucket=bucket, **asked)
    order = lambda names: sorted((tree + each for each in names), key=str.encode)
    assert got[0] == order(keys)
    assert got[1] == order(prefixes)
    assert got[2] == 1 or size == 2


def test_a_listing_of_the_whole_bucket_shows_no_prefix_of_the_store(world, s3, bucket, here):
    put_all(world, bucket, [here + "x"])
    found = listing(s3.list_objects_v2, Bucket=bucket)
    assert here + "x" in found[0]
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert here in [item["Prefix"] for item in top["CommonPrefixes"]]
    assert top["Name"] == bucket
    assert top.get("Prefix", "") == ""
    assert top["Delimiter"] == "/"


def test_what_was_asked_is_in_the_answer(world, s3, bucket, here):
    put_all(world, bucket, [here + key for key in ("a", "b", "c")])
    page = s3.list_objects_v2(Bucket=bucket, Prefix=here, StartAfter=here + "a", MaxKeys=1, Delimiter="/")
    assert [item["Key"] for item in page["Contents"]] == [here + "b"]
    assert (page["Prefix"], page["StartAfter"], page["MaxKeys"]) == (here, here + "a", 1)
    assert (page["Delimiter"], page["KeyCount"], page["IsTruncated"]) == ("/", 1, True)
    old = s3.list_objects(Bucket=bucket, Prefix=here, Marker=here + "a", MaxKeys=1)
    assert [item["Key"] for item in old["Contents"]] == [here + "b"]
    assert (old["Prefix"], old["Marker"], old["MaxKeys"], old["IsTruncated"]) == (here, here + "a", 1, True)


def test_a_listed_object_has_its_size_etag_and_date(world, s3, bucket, here):
    world.store_up(bucket, here + "a", b"12345")
    head = s3.head_object(Bucket=bucket, Key=here + "a")
    (item,) = s3.list_objects_v2(Bucket=bucket, Prefix=here)["Contents"]
    assert (item["Size"], item["ETag"]) == (5, head["ETag"])
    assert abs((item["LastModified"] - head["LastModified"]).total_seconds()) < 1
    assert item["StorageClass"] == "STANDARD"


def test_start_after_a_name_that_is_not_there(world, s3, bucket, here):
    put_all(world, bucket, [here + key for key in ("a", "c", "e")])
    found = listing(s3.list_objects_v2, Bucket=bucket, Prefix=here, StartAfter=here + "b", MaxKeys=1)
    assert found[0] == [here + "c", here + "e"]
    found = listing(s3.list_objects, Bucket=bucket, Prefix=here, Marker=here + "d")
    assert found[0] == [here + "e"]


def test_max_keys_of_nothing(world, s3, bucket, here):
    put_all(world, bucket, [here + "a"])
    page = s3.list_objects_v2(Bucket=bucket, Prefix=here, MaxKeys=0)
    assert "Contents" not in page and page["IsTruncated"] is False


@pytest.mark.brigade_only
@pytest.mark.parametrize(
    "query",
    [
        "list-type=2&max-keys=-1",
        "list-type=2&max-keys=abc",
        "list-type=2&max-keys=99999999999999999999",
        "list-type=3",
        "list-type=2&encoding-type=base64",
        "max-keys=1.5",
        "list-type=2&continuation-token=",
        "list-type=2&continuation-token=made-up",
        "list-type=2&continuation-token=..%2F..%2F",
    ],
)
def test_r_list_03_hostile_parameters_are_400(world, bucket, query):
    answer = world.send("GET", f"/{bucket}", query)
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer


def test_r_list_03_a_page_never_holds_more_than_a_thousand(world, s3, bucket, here):
    put_all(world, bucket, [here + "a"])
    page = s3.list_objects_v2(Bucket=bucket, Prefix=here, MaxKeys=100000)
    assert page["MaxKeys"] in (1000, 100000)
    assert len(page["Contents"]) == 1


def test_encoding_type_url_is_echoed_and_decodes(world, bucket, here):
    put_all(world, bucket, [here + "a b+c%d é"])
    answer = world.send("GET", f"/{bucket}", f"list-type=2&encoding-type=url&prefix={here.replace('/', '%2F')}")
    assert answer.status == 200, answer
    text = answer.body.decode()
    assert "<EncodingType>url</EncodingType>" in text
    assert "a+b%2Bc%25d+%C3%A9</Key>" in text or "a%20b%2Bc%25d%20%C3%A9</Key>" in text, text


def test_without_encoding_type_names_are_plain(world, bucket, here):
    put_all(world, bucket, [here + "a b+c%d é&<x>"])
    answer = world.send("GET", f"/{bucket}", f"list-type=2&prefix={here.replace('/', '%2F')}")
    assert answer.status == 200, answer
    assert "a b+c%d é&amp;&lt;x" in answer.body.decode(), answer
    assert "<EncodingType>" not in answer.body.decode()


@pytest.mark.brigade_only
def test_r_list_02_a_token_of_another_listing_does_not_leave_the_prefix(world, s3, bucket, here):
    put_all(world, bucket, [here + key for key in ("in/1", "in/2", "out/1", "out/2", "out/3")])
    token = s3.list_objects_v2(Bucket=bucket, Prefix=here + "out/", MaxKeys=1)["NextContinuationToken"]
    try:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=here + "in/", ContinuationToken=token)
    except s3.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    else:
        assert all(item["Key"].startswith(here + "in/") for item in page.get("Contents", []))


@pytest.mark.brigade_only
def test_r_list_02_markers_do_not_leave_the_prefix(world, s3, bucket, here):
    put_all(world, bucket, [here + key for key in ("in/1", "out/1")])
    for marker in ("", "\x01", here, "zzzz", "../", here + "out/"):
        page = s3.list_objects(Bucket=bucket, Prefix=here + "in/", Marker=marker)
        assert all(item["Key"].startswith(here + "in/") for item in page.get("Contents", [])), marker


def test_r_xml_04_names_with_markup_come_back_equal(world, s3, bucket, here):
    keys = [here + name for name in ("<Key>", "a&b", "]]>", "tab\there", "'\"")]
    put_all(world, bucket, keys)
    assert listing(s3.list_objects_v2, Bucket=bucket, Prefix=here)[0] == sorted(keys)


def test_list_uploads_shows_names_without_the_stores_prefix(world, s3, bucket, here):
    ids = {}
    for name in ("a", "b/1"):
        ids[here + name] = s3.create_multipart_upload(Bucket=bucket, Key=here + name)["UploadId"]
    found = s3.list_multipart_uploads(Bucket=bucket, Prefix=here)
    assert {upload["Key"]: upload["UploadId"] for upload in found["Uploads"]} == ids
    for key, upload in ids.items():
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


def test_bucket_level_questions(s3, bucket):
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] in (None, "us-east-1")


@pytest.mark.brigade_only
def test_r_list_04_list_buckets_names_what_the_caller_may_see(world):
    from harness import keys
    from harness.gateway import MADE

    names = lambda key: [bucket["Name"] for bucket in world.client(key).list_buckets()["Buckets"]]
    assert names(keys.FULL) == sorted(["far", "look", "look-open", "mapped", "open", "plain", *MADE])
    # A bucket that anyone may read and list is one on which every caller has a scope.
    assert names(keys.PLAIN_READER) == ["open", "plain"]
    assert names(keys.TEAM) == ["mapped", "open", "plain"]
    assert names(None) == ["open"]
