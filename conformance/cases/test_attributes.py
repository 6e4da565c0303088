"""GetObjectAttributes: what is known of an object, without its bytes."""

from harness.clients import refusal

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def test_size_and_etag_are_told(s3, owner, bucket, here):
    etag = s3.put_object(Bucket=bucket, Key=here + "a", Body=b"body")["ETag"]
    found = owner.get_object_attributes(Bucket=bucket, Key=here + "a", ObjectAttributes=["ETag", "ObjectSize"])
    assert (found["ObjectSize"], found["ETag"]) == (4, etag.strip('"')) and found["LastModified"]
    assert "StorageClass" not in found


def test_parts_are_told_page_by_page(owner, bucket, here):
    upload = owner.create_multipart_upload(Bucket=bucket, Key=here + "a", ChecksumAlgorithm="CRC32")["UploadId"]
    of = {"Bucket": bucket, "Key": here + "a"}
    parts = []
    for number, size in ((1, 5 << 20), (2, 7)):
        done = owner.upload_part(**of, UploadId=upload, PartNumber=number, Body=b"x" * size, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": done["ETag"], "ChecksumCRC32": done["ChecksumCRC32"]})
    owner.complete_multipart_upload(**of, UploadId=upload, MultipartUpload={"Parts": parts})
    found = owner.get_object_attributes(**of, ObjectAttributes=ALL, MaxParts=1)
    assert found["ObjectSize"] == (5 << 20) + 7 and found["ObjectParts"]["TotalPartsCount"] == 2, found
    assert [part["Size"] for part in found["ObjectParts"]["Parts"]] == [5 << 20]
    assert found["ObjectParts"]["IsTruncated"] is True
    more = owner.get_object_attributes(**of, ObjectAttributes=ALL, PartNumberMarker=1)
    assert [part["Size"] for part in more["ObjectParts"]["Parts"]] == [7]


def test_attributes_of_what_is_not_there_are_404(owner, bucket, here):
    assert refusal(owner.get_object_attributes, Bucket=bucket, Key=here + "a", ObjectAttributes=ALL) == (404, "NoSuchKey")
