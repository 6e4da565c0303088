"""The bytes of objects never enter WASM: what crosses is counted, and so is what it costs."""

import hashlib
import http.client
import socket
import struct
import time
import urllib.request
from pathlib import Path

import pytest

from harness import keys, sign, wire
from harness.process import cpu_seconds
from harness.recorder import BLOCK, block_hash

MB = 1_000_000
LARGE = 200 * MB
#: What memory may grow by while a large object crosses.
GROWTH = 64 * MB


def in_wasm(worker):
    """How many bytes of bodies have crossed into WASM or out of it, by the Worker's own count."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{worker.endpoint}/.brigade/health?bytes_in_wasm", timeout=10) as answer:
        return int(answer.read())


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def signed(worker, method, path, payload=sign.UNSIGNED, headers=()):
    host = worker.endpoint.removeprefix("http://")
    return sign.headers_for(sign.Signing(keys.FULL), method, host, path, "", headers, payload)


class Cost:
    """CPU of workerd, its memory, and the bytes in WASM, from one moment to another."""

    def __init__(self, worker):
        self._worker, self._pid = worker, worker.process.workerd
        self.bytes = in_wasm(worker)
        self.memory = resident(self._pid)
        self.cpu = cpu_seconds(self._pid)

    def end(self):
        self.cpu = cpu_seconds(self._pid) - self.cpu
        self.memory = resident(self._pid) - self.memory
        self.bytes = in_wasm(self._worker) - self.bytes
        return self


def get(worker, path):
    """(answer, SHA-256, length) of an object read piece by piece over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=120)
    try:
        connection.request("GET", path, headers=dict(signed(worker, "GET", path)))
        answer = connection.getresponse()
        whole, length = hashlib.sha256(), 0
        while piece := answer.read(1 << 20):
            whole.update(piece)
            length += len(piece)
        return answer, whole.hexdigest(), length
    finally:
        connection.close()


def put(worker, path, size, payload=sign.UNSIGNED):
    """The answer to an upload that is sent piece by piece."""
    connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=120)
    pieces = (BLOCK[: min(len(BLOCK), size - at)] for at in range(0, size, len(BLOCK)))
    headers = dict(signed(worker, "PUT", path, payload)) | {"content-length": str(size)}
    try:
        connection.request("PUT", path, pieces, headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


@pytest.mark.parametrize("size", [1000, LARGE])
def test_a_download_never_enters_wasm(worker, size, record_property):
    get(worker, "/plain/size-1000")
    cost = Cost(worker)
    answer, digest, length = get(worker, f"/plain/size-{size}")
    cost.end()
    record_property("measured", f"GET of {size} bytes through workerd: {cost.cpu * 1000:.1f} ms CPU, memory {cost.memory / MB:+.0f} MB")
    assert answer.status == 200 and length == size and digest == block_hash(size)
    assert answer.headers["content-length"] == str(size) and answer.headers["transfer-encoding"] is None
    assert cost.bytes == 0
    assert cost.memory < GROWTH


@pytest.mark.parametrize("payload", ["unsigned", "hashed"])
@pytest.mark.parametrize("size", [1000, LARGE])
def test_an_upload_never_enters_wasm(worker, recorder, size, payload, record_property):
    marker = sign.UNSIGNED if payload == "unsigned" else block_hash(size)
    put(worker, "/plain/small", 1000)
    cost = Cost(worker)
    answer = put(worker, f"/plain/up-{size}", size, marker)
    cost.end()
    record_property("measured", f"PUT of {size} bytes, {payload}, through workerd: {cost.cpu * 1000:.1f} ms CPU, memory {cost.memory / MB:+.0f} MB")
    seen = recorder.last("PUT")
    assert answer.status == 200
    assert (seen.received, seen.whole, seen.hash.hexdigest()) == (size, True, block_hash(size))
    assert seen.header("content-length") == str(size) and seen.header("transfer-encoding") is None
    assert cost.bytes == 0
    assert cost.memory < GROWTH


def test_an_empty_upload_says_its_length(worker, recorder):
    assert put(worker, "/plain/empty", 0).status == 200
    seen = recorder.last("PUT")
    assert seen.header("content-length") == "0" and seen.header("transfer-encoding") is None


def test_the_count_counts_what_must_be_decoded(worker, recorder):
    """Without this, a count of zero would say nothing."""
    before, body = in_wasm(worker), b"x" * 100_000
    signing = sign.Signing(keys.FULL)
    host = worker.endpoint.removeprefix("http://")
    extra = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(len(body)))]
    lines = sign.headers_for(signing, "PUT", host, "/plain/chunks", "", extra, sign.CHUNKS)
    answer = wire.send(worker.endpoint, "PUT", "/plain/chunks", lines, sign.chunked(signing, body))
    assert answer.status == 200, answer
    seen = recorder.last("PUT")
    assert (seen.received, seen.hash.hexdigest()) == (len(body), sign.sha256(body))
    assert seen.header("content-length") == str(len(body)) and seen.header("transfer-encoding") is None
    assert in_wasm(worker) - before >= len(body)


def test_a_decoded_upload_is_not_held_in_memory(worker, record_property):
    """What must go through WASM goes piece by piece. V8 gives the pieces back when it likes, so twice the object is no measure."""
    def upload(size):
        body, signing = bytes(size), sign.Signing(keys.FULL)
        host = worker.endpoint.removeprefix("http://")
        extra = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(size))]
        lines = sign.headers_for(signing, "PUT", host, "/plain/chunks", "", extra, sign.CHUNKS)
        assert wire.send(worker.endpoint, "PUT", "/plain/chunks", lines, sign.chunked(signing, body)).status == 200

    upload(100 * MB)
    cost = Cost(worker)
    upload(400 * MB)
    cost.end()
    record_property("measured", f"PUT of 400 MB in signed chunks: {cost.cpu * 1000 / 400:.1f} ms CPU for each MB, memory {cost.memory / MB:+.0f} MB")
    assert cost.memory < 200 * MB


def test_cpu_does_not_grow_with_the_object(worker, record_property):
    """A body that crossed JavaScript or WASM would cost 20 to 30 times as much: 1.5 s and more for 200 MB."""
    least = []
    for size in (1000, LARGE):
        spent = []
        for _ in range(3):
            cost = Cost(worker)
            get(worker, f"/plain/size-{size}")
            spent.append(cost.end().cpu)
        least.append(min(spent))
    record_property("measured", f"GET, least of 3: {least[0] * 1000:.1f} ms CPU for 1 kB, {least[1] * 1000:.1f} ms for 200 MB")
    # Sockets cost what they cost, on any machine; only a body in WASM reaches this.
    assert least[1] - least[0] < 1.0


def test_a_client_that_leaves_a_download_ends_it_at_the_store(worker, recorder):
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(worker, "GET", f"/plain/size-{LARGE}"))
    with socket.create_connection(("127.0.0.1", worker.port), timeout=20) as connection:
        connection.sendall(f"GET /plain/size-{LARGE} HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    seen = recorder.last("GET")
    assert seen.left and seen.sent < LARGE


def test_a_client_that_leaves_an_upload_never_completes_it(worker, recorder):
    lines = [*signed(worker, "PUT", "/plain/left"), ("content-length", str(10 * MB))]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    with socket.create_connection(("127.0.0.1", worker.port), timeout=20) as connection:
        connection.sendall(f"PUT /plain/left HTTP/1.1\r\n{head}\r\n".encode() + b"x" * MB)
        deadline = time.monotonic() + 10
        while not any(one.target == "/plain/left" for one in recorder.requests) and time.monotonic() < deadline:
            time.sleep(0.05)
    seen = recorder.last("PUT")
    assert seen.target == "/plain/left" and seen.left and not seen.whole and seen.received < 10 * MB


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_client_that_leaves_before_the_answer_takes_back_what_it_asked(worker, recorder, method):
    """It is reset: of one that only closes its half, workerd expects that it still reads."""
    path = f"/plain/held-{method}"
    recorder.held.add(path)
    lines = [*signed(worker, method, path), ("content-length", "1000" if method == "PUT" else "0")]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    try:
        with socket.create_connection(("127.0.0.1", worker.port), timeout=20) as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (b"x" * 1000 if method == "PUT" else b""))
            seen = recorder.begun(path)
            time.sleep(0.2)
            assert not seen.left
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert seen.over.wait(5) and seen.left, "the store was left to answer nobody"
    finally:
        recorder.held.discard(path)


def test_a_slow_client_does_not_fill_the_memory(worker, recorder):
    """What it does not take stays at the store."""
    before = resident(worker.process.workerd)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(worker, "GET", f"/plain/size-{LARGE}"))
    with socket.create_connection(("127.0.0.1", worker.port), timeout=20) as connection:
        connection.sendall(f"GET /plain/size-{LARGE} HTTP/1.1\r\n{head}\r\n".encode())
        connection.recv(1000)
        time.sleep(2)
        seen = [one for one in recorder.requests if one.method == "GET"][-1]
        sent, grown = seen.sent, resident(worker.process.workerd) - before
    assert sent < LARGE / 4 and grown < GROWTH, (sent, grown)
