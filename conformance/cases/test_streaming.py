"""aws-chunked uploads by hand: unsigned trailers, signed chunks, and everything that can be wrong with them."""

import pytest

from harness import keys, sign
from harness.checksums import ALGORITHMS, checksum

BODY = bytes(range(251)) * 1000


def upload(world, bucket, key, data=BODY, mode=sign.CHUNKS, trailers=(), declare=None, damage=None, drop=(), **more):
    """One streaming PUT. `damage` gets and returns the pieces; `drop` names headers to leave out."""
    signing = sign.Signing(world.full)
    path, host = f"/{bucket}/{key}", world.host
    headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(more.pop("decoded", len(data))))]
    names = ",".join(name for name, _ in trailers) if declare is None else declare
    if names:
        headers.append(("x-amz-trailer", names))
    headers = [(name, value) for name, value in headers if name not in drop]
    lines = sign.headers_for(signing, "PUT", host, path, more.pop("query", ""), headers, mode)
    pieces = sign.chunked(signing, data, more.pop("size", 65536), trailers, mode != sign.UNSIGNED_TRAILER)
    return world.deliver("PUT", path, more.pop("sent_query", ""), lines, damage(pieces) if damage else pieces, **more)


@pytest.mark.parametrize("size", [8192, 65536, 10_000_000])
def test_signed_chunks_land_byte_exact(world, s3, bucket, here, size):
    answer = upload(world, bucket, here + "a", size=size)
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == BODY
    # Regression: the envelope's coding is not the object's.
    assert s3.head_object(Bucket=bucket, Key=here + "a").get("ContentEncoding", "") == ""


def test_an_empty_body_in_signed_chunks(world, bucket, here):
    answer = upload(world, bucket, here + "a", data=b"")
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == b""


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS_TRAILER], ids=["unsigned", "signed"])
def test_a_trailing_checksum_lands_byte_exact(world, bucket, here, algorithm, mode):
    trailer = [(f"x-amz-checksum-{algorithm}", checksum(algorithm, BODY))]
    answer = upload(world, bucket, here + "a", mode=mode, trailers=trailer)
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == BODY


def test_an_unsigned_trailer_over_chunked_transfer(world, bucket, here):
    """As aws-sdk-js and pyarrow send it: no Content-Length at all."""
    trailer = [("x-amz-checksum-crc32", checksum("crc32", BODY))]
    answer = upload(world, bucket, here + "a", mode=sign.UNSIGNED_TRAILER, trailers=trailer, length=False)
    assert answer.status == 200, answer
    assert world.stored(bucket, here + "a") == BODY


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS_TRAILER], ids=["unsigned", "signed"])
def test_r_str_06_a_wrong_trailing_checksum_is_400_and_keeps_the_old_object(world, bucket, here, algorithm, mode):
    world.store_up(bucket, here + "a", b"before")
    trailer = [(f"x-amz-checksum-{algorithm}", checksum(algorithm, b"other"))]
    answer = upload(world, bucket, here + "a", mode=mode, trailers=trailer)
    assert (answer.status, answer.code) == (400, "BadDigest"), answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS_TRAILER], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "declare, trailers",
    [
        ("x-amz-checksum-crc32", []),
        ("x-amz-checksum-crc32", [("x-amz-checksum-sha1", "sha1")]),
        ("x-amz-checksum-crc32,x-amz-checksum-sha1", [("x-amz-checksum-crc32", "crc32")]),
        ("x-amz-checksum-crc32", [("x-amz-checksum-crc32", "crc32"), ("x-amz-meta-more", "1")]),
        ("x-amz-meta-own", [("x-amz-meta-own", "1")]),
        ("x-amz-acl", [("x-amz-acl", "public-read")]),
        ("", [("x-amz-checksum-crc32", "crc32")]),
    ],
)
def test_r_str_06_declared_and_received_trailers_agree(world, s3, bucket, here, mode, declare, trailers):
    world.store_up(bucket, here + "a", b"before")
    sent = [(name, checksum(value, BODY) if value in ALGORITHMS else value) for name, value in trailers]
    answer = upload(world, bucket, here + "a", mode=mode, trailers=sent, declare=declare)
    assert answer.status in (400, 501), answer
    assert world.stored(bucket, here + "a") == b"before"


def flip(piece, at=-3):
    changed = bytearray(piece)
    changed[at] ^= 1
    return bytes(changed)


def wrong_signature(piece):
    head, rest = piece.split(b"chunk-signature=", 1)
    return head + b"chunk-signature=" + (b"1" if rest[:1] == b"0" else b"0") + rest[1:]


DAMAGES = {
    # What `upload` sends is five chunks of 50 kB, the zero chunk, an empty line.
    "a byte of the first chunk": lambda p: [flip(p[0]), *p[1:]],
    "a byte of the last chunk": lambda p: [*p[:4], flip(p[4]), *p[5:]],
    "a signature": lambda p: [p[0], wrong_signature(p[1]), *p[2:]],
    "the final signature": lambda p: [*p[:5], wrong_signature(p[5]), *p[6:]],
    "a chunk dropped": lambda p: [p[0], *p[2:]],
    "the last chunk dropped": lambda p: [*p[:4], *p[5:]],
    "two chunks swapped": lambda p: [p[1], p[0], *p[2:]],
    "a chunk repeated": lambda p: [p[0], p[0], *p[1:]],
    "a chunk inserted": lambda p: [p[0], b"5;chunk-signature=" + b"0" * 64 + b"\r\nextra\r\n", *p[1:]],
    "an unsigned chunk": lambda p: [p[0], b"5\r\nextra\r\n", *p[1:]],
    "no signature in the final chunk": lambda p: [*p[:5], b"0\r\n", *p[6:]],
    "no final chunk": lambda p: p[:5],
    "cut inside a chunk": lambda p: [*p[:4], p[4][:1000]],
    "bytes after the end": lambda p: [*p, b"more"],
}


@pytest.mark.brigade_only
@pytest.mark.parametrize("name", DAMAGES)
def test_r_str_03_a_damaged_chunk_fails_the_upload_and_keeps_the_old_object(world, bucket, here, name):
    world.store_up(bucket, here + "a", b"before")
    answer = upload(world, bucket, here + "a", size=50200, damage=DAMAGES[name])
    assert answer.status in (400, 403), answer
    assert answer.code in ("SignatureDoesNotMatch", "IncompleteBody", "InvalidRequest", "MalformedTrailerError"), answer
    assert world.stored(bucket, here + "a") == b"before"


FRAMINGS = {
    "no framing at all": b"just bytes",
    "nothing": b"",
    "bad size": b"xyz\r\nabc\r\n0\r\n\r\n",
    "negative size": b"-1\r\nabc\r\n0\r\n\r\n",
    "huge size": b"ffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "size over the data": b"ff\r\nabc\r\n0\r\n\r\n",
    "size under the data": b"2\r\nabc\r\n0\r\n\r\n",
    "no zero chunk": b"3\r\nabc\r\n",
    "bare line feeds": b"3\nabc\n0\n\n",
    "spaces in the size": b" 3 \r\nabc\r\n0\r\n\r\n",
    "size with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "endless size line": b"3" * 70000 + b"\r\n",
    "endless extension": b"3;" + b"x" * 70000 + b"\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.brigade_only
@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS], ids=["unsigned", "signed"])
def test_r_str_04_malformed_framing_is_400_and_keeps_the_old_object(world, bucket, here, name, mode):
    world.store_up(bucket, here + "a", b"before")
    damage = lambda _: [FRAMINGS[name]]
    answer = upload(world, bucket, here + "a", data=b"abc", mode=mode, declare="", damage=damage)
    assert answer.status in (400, 403), answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
def test_r_str_05_the_decoded_length_is_required_and_right(world, bucket, here):
    world.store_up(bucket, here + "a", b"before")
    answer = upload(world, bucket, here + "a", drop=["x-amz-decoded-content-length"])
    assert (answer.status, answer.code) == (411, "MissingContentLength"), answer
    for decoded in (len(BODY) + 1, len(BODY) - 1, 0):
        answer = upload(world, bucket, here + "a", decoded=decoded)
        assert (answer.status, answer.code) == (400, "IncompleteBody"), (decoded, answer)
    for decoded in ("", "-1", "+5", "0x10", "1e3", "99999999999999999999999"):
        answer = upload(world, bucket, here + "a", decoded=decoded)
        assert answer.status in (400, 411), (decoded, answer)
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS, sign.CHUNKS_TRAILER])
def test_r_str_01_the_request_signature_is_checked_in_every_mode(world, bucket, here, mode):
    world.store_up(bucket, here + "a", b"before")
    trailer = [("x-amz-checksum-crc32", checksum("crc32", BODY))] if mode != sign.CHUNKS else []
    for key in (keys.Key(keys.FULL.id, "not-the-secret"), keys.UNKNOWN, keys.DISABLED):
        signing = sign.Signing(key)
        headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(len(BODY)))]
        headers += [("x-amz-trailer", name) for name, _ in trailer]
        for query in ("", "partNumber=1&uploadId=x"):
            lines = sign.headers_for(signing, "PUT", world.host, f"/{bucket}/{here}a", query, headers, mode)
            pieces = sign.chunked(signing, BODY, trailers=trailer, signed=mode != sign.UNSIGNED_TRAILER)
            answer = world.deliver("PUT", f"/{bucket}/{here}a", query, lines, pieces)
            assert answer.status == 403, (key.id, answer)
            assert answer.code in ("SignatureDoesNotMatch", "InvalidAccessKeyId"), answer
    # And with no signature at all.
    lines = [("x-amz-content-sha256", mode), ("x-amz-decoded-content-length", "3"), ("content-encoding", "aws-chunked")]
    answer = world.deliver("PUT", f"/{bucket}/{here}a", "", lines, b"3\r\nabc\r\n0\r\n\r\n")
    assert answer.status in (400, 403), answer
    assert world.stored(bucket, here + "a") == b"before"


@pytest.mark.brigade_only
@pytest.mark.parametrize("mode", [sign.UNSIGNED_TRAILER, sign.CHUNKS, sign.CHUNKS_TRAILER])
@pytest.mark.parametrize("method, query", [("GET", ""), ("DELETE", ""), ("HEAD", ""), ("POST", "uploads")])
def test_r_str_02_streaming_modes_are_for_uploads_alone(world, bucket, here, mode, method, query):
    world.store_up(bucket, here + "a", b"before")
    answer = world.send(method, f"/{bucket}/{here}a", query, payload=mode)
    assert answer.status in (400, 403), answer
    assert world.stored(bucket, here + "a") == b"before"
    assert world.uploads(bucket, here) == []


def test_a_part_in_signed_chunks(world, s3, bucket, here):
    ask = {"Bucket": bucket, "Key": here + "a"}
    upload_id = s3.create_multipart_upload(**ask)["UploadId"]
    query = f"partNumber=1&uploadId={upload_id}"
    answer = upload(world, bucket, here + "a", query=query, sent_query=query)
    assert answer.status == 200, answer
    etag = dict(answer.headers)["etag"]
    s3.complete_multipart_upload(**ask, UploadId=upload_id, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert world.stored(bucket, here + "a") == BODY


def test_the_objects_own_coding_survives_the_envelope(world, s3, bucket, here):
    signing = sign.Signing(world.full)
    headers = [("content-encoding", "aws-chunked,gzip"), ("x-amz-decoded-content-length", str(len(BODY)))]
    lines = sign.headers_for(signing, "PUT", world.host, f"/{bucket}/{here}a", "", headers, sign.CHUNKS)
    answer = world.deliver("PUT", f"/{bucket}/{here}a", "", lines, sign.chunked(signing, BODY))
    assert answer.status == 200, answer
    assert s3.head_object(Bucket=bucket, Key=here + "a")["ContentEncoding"] == "gzip"
