"""Starting, stopping, and what is left after the power has gone."""

import json
import socket
import threading

import pytest

from harness import keys, sign
from harness.clients import s3_client
from harness.gateway import Gateway, config
from harness.stores import Embedded

BODY = b"x" * 300_000


@pytest.fixture
def alone(tmp_path):
    """A gateway of its own, on a store inside."""
    gateway = Gateway(tmp_path, Embedded(tmp_path).backend())
    yield gateway
    gateway.stop()


def opened(gateway, path, body, sent, headers=()):
    """A connection on which an upload has begun and not ended."""
    host = gateway.endpoint.removeprefix("http://")
    extra = [("content-length", str(len(body)))]
    lines = sign.headers_for(sign.Signing(keys.FULL), "PUT", host, path, "", headers, sign.sha256(body), extra)
    head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
    connection.sendall(head.encode() + body[:sent])
    return connection


def test_r_rel_09_sigterm_finishes_what_is_in_flight_and_exits_0(alone):
    # With Expect, the 100 says that the request is in flight, authorized.
    connection = opened(alone, "/plain/a", BODY, 0, [("expect", "100-continue")])
    assert connection.recv(65536).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY[:1000])
    alone.process.terminate()
    # It takes no new ones: the port is closed before the old request ends.
    closed = threading.Event()

    def knock():
        while not closed.is_set():
            try:
                socket.create_connection(("127.0.0.1", alone.port), timeout=1).close()
            except OSError:
                closed.set()

    knocking = threading.Thread(target=knock)
    knocking.start()
    knocking.join(timeout=20)
    refused = closed.is_set()
    closed.set()
    assert refused, "it still takes connections"
    connection.sendall(BODY[1000:])
    assert b"HTTP/1.1 200" in connection.recv(65536)
    connection.close()
    assert alone.process.wait(30) == 0
    alone.start()
    client = s3_client(alone.endpoint, keys.FULL)
    assert client.get_object(Bucket="plain", Key="a")["Body"].read() == BODY


@pytest.fixture
def hurried(tmp_path):
    """One that waits a second for what is in progress when it is to stop."""
    settings = lambda *about: config(*about).replace("[server]\n", '[server]\ndrain_timeout = "1s"\n', 1)
    gateway = Gateway(tmp_path, Embedded(tmp_path).backend(), settings=settings)
    yield gateway
    gateway.stop()


def test_r_rel_09_what_outlasts_the_drain_is_cut_and_named_in_the_log(hurried):
    connection = opened(hurried, "/plain/cut", BODY, 0, [("expect", "100-continue")])
    assert connection.recv(65536).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY[:200_000])
    hurried.process.terminate()
    assert hurried.process.wait(20) == 0
    connection.close()
    lines = [json.loads(line) for line in hurried.process.tail(100).splitlines() if line.startswith("{")]
    said = {"caller": keys.FULL.id, "operation": "PutObject", "bucket": "plain", "key": "cut", "aborted": True}
    assert len(lines) == 1 and said.items() <= lines[0].items() and "status" not in lines[0], lines
    hurried.start()
    client = s3_client(hurried.endpoint, keys.FULL)
    assert client.list_objects_v2(Bucket="plain")["KeyCount"] == 0


def test_r_rel_09_a_killed_server_leaves_no_partial_object(alone):
    client = s3_client(alone.endpoint, keys.FULL)
    client.put_object(Bucket="plain", Key="whole", Body=BODY)
    client.put_object(Bucket="plain", Key="replaced", Body=b"before")
    upload = client.create_multipart_upload(Bucket="plain", Key="parts")["UploadId"]
    etag = client.upload_part(Bucket="plain", Key="parts", UploadId=upload, PartNumber=1, Body=BODY)["ETag"]
    connections = [opened(alone, f"/plain/{name}", BODY, 200_000) for name in ("new", "replaced")]
    alone.process.kill()
    for connection in connections:
        connection.close()
    alone.start()
    client = s3_client(alone.endpoint, keys.FULL)
    listed = [item["Key"] for item in client.list_objects_v2(Bucket="plain")["Contents"]]
    assert listed == ["replaced", "whole"]
    assert client.get_object(Bucket="plain", Key="whole")["Body"].read() == BODY
    assert client.get_object(Bucket="plain", Key="replaced")["Body"].read() == b"before"
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    client.complete_multipart_upload(Bucket="plain", Key="parts", UploadId=upload, MultipartUpload=parts)
    assert client.get_object(Bucket="plain", Key="parts")["Body"].read() == BODY


def test_r_dos_03_silent_connections_delay_nobody(alone):
    silent = [socket.create_connection(("127.0.0.1", alone.port), timeout=10) for _ in range(200)]
    try:
        for number, connection in enumerate(silent):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n"[: number % 26])
        client = s3_client(alone.endpoint, keys.FULL)
        client.put_object(Bucket="plain", Key="a", Body=b"x")
        assert client.get_object(Bucket="plain", Key="a")["Body"].read() == b"x"
    finally:
        for connection in silent:
            connection.close()


def test_r_dos_04_sixteen_uploads_at_once_stay_under_250_mb(alone, record_property):
    from concurrent.futures import ThreadPoolExecutor

    client = s3_client(alone.endpoint, keys.FULL, max_pool_connections=16)
    body = b"x" * 16_000_000
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: client.put_object(Bucket="plain", Key=str(number), Body=body), range(16)))
    peak = alone.process.peak_rss()
    record_property("measured", f"sixteen uploads of 16 MB at once: peak resident memory {peak / 1e6:.0f} MB")
    assert peak < 250_000_000
