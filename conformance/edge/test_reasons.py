"""Each reason of harness/platform.py, shown by a Worker in which nothing is Brigade's."""

import json
import re
import socket
import time

import pytest

from harness import platform, wire
from harness.bare import Bare, BareEdge

PROOFS = {}


def shows(reason):
    """The proof of one reason."""

    def keep(proof):
        PROOFS[reason] = proof
        return proof

    return keep


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    made = Bare(tmp_path_factory.mktemp("bare"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    made = BareEdge(tmp_path_factory.mktemp("edge-bare"))
    yield made
    made.stop()


def asked(gateway, head, seconds=5):
    """Everything that comes back to a request's head as it is written here."""
    text = head.replace("{host}", gateway.endpoint.removeprefix("http://"))
    return wire.raw(gateway.endpoint, text.replace("\n", "\r\n").encode("latin-1"), seconds, leave=False)


def seen(gateway, head):
    """What the Worker saw of a request: its URL and its headers."""
    got = asked(gateway, head.rstrip("\n") + "\nConnection: close\n\n")
    assert got.startswith(b"HTTP/1.1 200 "), got
    said = json.loads(got.partition(b"\r\n\r\n")[2])
    return said["url"].removeprefix(gateway.endpoint), {name: value for name, value in said["headers"]}


@shows(platform.DOTS)
def dots(bare, edge):
    for path in ("/b/a/../k", "/b/%2e%2E/b/k", "/b/./k"):
        assert seen(bare, f"GET {path} HTTP/1.1\nHost: {{host}}\n")[0] == path, "workerd itself lets it through"
        assert seen(edge, f"GET {path} HTTP/1.1\nHost: {{host}}\n")[0] == "/b/k"


@shows(platform.DOTS_OUT)
def dots_out(bare, edge):
    for path in ("/b/a/../k", "/b/%2e%2E/b/k", "/b/./k"):
        got = asked(bare, f"GET / HTTP/1.1\nHost: {{host}}\nX-Other: http://store{path}\nConnection: close\n\n")
        assert json.loads(got.partition(b"\r\n\r\n")[2])["other"] == "http://store/b/k"


@shows(platform.PARSER)
def parser(bare, edge):
    for coding in ("gzip, chunked", "identity, chunked", "chunked, chunked", "chunked\nTransfer-Encoding: chunked", "chunked"):
        got = asked(bare, f"PUT /a HTTP/1.1\nHost: {{host}}\nTransfer-Encoding: {coding}\n\n0\n\nGET /b HTTP/1.1\nHost: {{host}}\nConnection: close\n\n")
        assert len(re.findall(rb"HTTP/1\.1 200 ", got)) == 2, got


@shows(platform.CONNECT)
def connect(bare, edge):
    assert asked(bare, "CONNECT /a HTTP/1.1\nHost: {host}\n\n").startswith(b"HTTP/1.1 500 ")


@shows(platform.HTTP1)
def http1(bare, edge):
    # The preface of HTTP/2, and empty settings: a server that speaks it answers with settings of its own.
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    assert wire.raw(bare.endpoint, preface, 5, leave=False)[3:4] != b"\x04"


@shows(platform.JOINED)
def joined(bare, edge):
    assert seen(bare, "GET / HTTP/1.1\nHost: {host}\nX-Twice: 1\nX-Twice: 2\n")[1]["x-twice"] == "1, 2"


@shows(platform.EMPTY)
def empty(bare, edge):
    _, headers = seen(bare, "GET / HTTP/1.1\nHost: {host}\nAuthorization:\nX-Empty:\n")
    assert "authorization" not in headers and headers["x-empty"] == ""


@shows(platform.UTF8)
def utf8(bare, edge):
    _, headers = seen(bare, "GET / HTTP/1.1\nHost: {host}\nX-Latin: \xe9\nX-Right: \xc3\xa9\n")
    assert (headers["x-latin"], headers["x-right"]) == ("\ufffd", "\u00e9")


@shows(platform.EDGE)
def coded(bare, edge):
    asks = "GET /html HTTP/1.1\nHost: {host}\nAccept-Encoding: gzip\nConnection: close\n\n"
    assert b"content-encoding" not in asked(bare, asks).lower()
    head, _, body = asked(edge, asks).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower() and b"<p>text</p>" not in body


@shows(platform.MEMORY)
def memory(bare, edge):
    before = bare.process.peak_rss()
    assert asked(bare, "GET /pieces HTTP/1.1\nHost: {host}\nConnection: close\n\n", 30).startswith(b"HTTP/1.1 200 ")
    assert bare.process.peak_rss() - before > 32_000_000, "a piece of 64 KiB is all that it ever holds"


@shows(platform.LIFE)
def life(bare, edge):
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as connection:
        connection.sendall(f"GET /later HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\n\r\n".encode())
        time.sleep(0.5)
        edge.process.terminate()
        try:
            assert connection.recv(100) == b"", "it answers"
        except ConnectionResetError:
            pass
    edge.process.stop()
    edge.start()


#: Said by the platform's documentation alone.
TOLD = {platform.ADMIN}


@pytest.mark.parametrize("reason", sorted({entry.reason for entry in platform.everything()} - TOLD))
def test_the_platform_does_so_by_itself(bare, edge, reason):
    PROOFS[reason](bare, edge)
