"""Large objects: byte-exact both ways, and the server's memory does not grow with them."""

import hashlib

import pytest
from boto3.s3.transfer import TransferConfig

pytestmark = pytest.mark.large

MIB = 1024 * 1024
#: What the server may hold at its peak, whatever the size of the object (R-DOS-04).
CEILING = 250 * MIB


@pytest.fixture(scope="module")
def size(request):
    return (1024 if request.config.getoption("large") else 256) * MIB


@pytest.fixture(scope="module")
def source(tmp_path_factory, size):
    """A file that no compressor makes smaller, and its SHA-256."""
    path = tmp_path_factory.mktemp("large") / "source"
    whole, block = hashlib.sha256(), b"seed"
    with open(path, "wb") as file:
        for number in range(size // MIB):
            block = hashlib.shake_256(number.to_bytes(8, "big")).digest(MIB)
            whole.update(block)
            file.write(block)
    return path, whole.hexdigest()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("way", ["single", "multipart"])
def test_r_dos_04_a_large_object_crosses_whole_in_flat_memory(world, s3, bucket, here, source, size, way, tmp_path, record_property):
    path, digest = source
    whole = 5 * 1024 * MIB if way == "single" else 8 * MIB
    transfer = TransferConfig(multipart_threshold=whole, multipart_chunksize=8 * MIB, max_concurrency=4)
    ask = {"Bucket": bucket, "Key": here + way}
    s3.upload_file(str(path), *ask.values(), Config=transfer)
    head = s3.head_object(**ask)
    assert head["ContentLength"] == size
    assert ("-" in head["ETag"]) == (way == "multipart")
    down = tmp_path / "down"
    s3.download_file(*ask.values(), str(down), Config=transfer)
    assert sha256(down) == digest
    s3.delete_object(**ask)
    down.unlink()
    if world.direct:
        return
    peak = world.gateway.process.peak_rss()
    record_property("measured", f"{world.store.name}, {way}, {size // MIB} MiB up and down: peak resident memory {peak / MIB:.0f} MiB")
    assert peak < CEILING, f"{peak / MIB:.0f} MiB"
