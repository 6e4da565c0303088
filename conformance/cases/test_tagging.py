"""Tags of objects."""

import pytest

from harness import keys
from harness.clients import refusal

TAGS = [{"Key": "a b", "Value": "c/d+e"}, {"Key": "é", "Value": ""}]
ordered = lambda tags: sorted(tags, key=lambda tag: tag["Key"])


def test_tags_are_put_read_and_removed(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"body")
    assert s3.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"] == []
    s3.put_object_tagging(Bucket=bucket, Key=here + "a", Tagging={"TagSet": TAGS})
    assert ordered(s3.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"]) == ordered(TAGS)
    assert s3.get_object(Bucket=bucket, Key=here + "a")["Body"].read() == b"body"
    s3.delete_object_tagging(Bucket=bucket, Key=here + "a")
    assert s3.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"] == []
    assert s3.get_object(Bucket=bucket, Key=here + "a")["Body"].read() == b"body"


def test_tags_come_with_an_upload_and_are_counted(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"x", Tagging="one=1&two=2")
    assert ordered(s3.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"]) == [{"Key": "one", "Value": "1"}, {"Key": "two", "Value": "2"}]
    assert s3.get_object(Bucket=bucket, Key=here + "a")["TagCount"] == 2


def test_tags_of_what_is_not_there_are_404(s3, bucket, here):
    assert refusal(s3.get_object_tagging, Bucket=bucket, Key=here + "a") == (404, "NoSuchKey")
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key=here + "a", Tagging={"TagSet": TAGS}) == (404, "NoSuchKey")


def test_bad_tags_are_400(s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"x")
    many = [{"Key": f"k{n}", "Value": "v"} for n in range(11)]
    twice = [{"Key": "k", "Value": "v"}, {"Key": "k", "Value": "w"}]
    for tags in (many, twice, [{"Key": "k" * 129, "Value": "v"}], [{"Key": "k", "Value": "v" * 257}]):
        assert refusal(s3.put_object_tagging, Bucket=bucket, Key=here + "a", Tagging={"TagSet": tags})[0] == 400
    assert s3.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"] == []


@pytest.mark.brigade_only
def test_tags_are_for_who_may_read_or_write(world, s3, bucket, here):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"x", Tagging="a=b")
    reader = world.client(keys.READ_ONLY)
    assert reader.get_object_tagging(Bucket=bucket, Key=here + "a")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert refusal(reader.put_object_tagging, Bucket=bucket, Key=here + "a", Tagging={"TagSet": TAGS}) == (403, "AccessDenied")
    assert refusal(reader.delete_object_tagging, Bucket=bucket, Key=here + "a") == (403, "AccessDenied")
    assert refusal(world.client(None).get_object_tagging, Bucket=bucket, Key=here + "a") == (403, "AccessDenied")
    team = world.client(keys.TEAM)
    assert refusal(team.get_object_tagging, Bucket=bucket, Key=here + "a") == (403, "AccessDenied")
