"""The cases. Each looks at the store itself, so that an error which is the same on the way in and out shows."""

import hashlib
import http.client
import urllib.parse

from .odd_keys import ODD_KEYS


class Wrong(Exception):
    """What came is not what should have."""


def same(found, expected, what):
    if found != expected:
        short = lambda value: value if not isinstance(value, bytes) or len(value) < 80 else hashlib.sha256(value).hexdigest()
        raise Wrong(f"{what}: {short(found)!r}, not {short(expected)!r}")


def put(client, store, here, data):
    client.put(here + "put", b"some bytes")
    same(store.read(here + "put"), b"some bytes", "at the store")
    client.put(here + "empty", b"")
    same(store.read(here + "empty"), b"", "an empty object at the store")


def get(client, store, here, data):
    store.write(here + "get", b"some bytes")
    same(client.get(here + "get"), b"some bytes", "read")


def list(client, store, here, data):
    names = sorted(here + name for name in ("list/a", "list/b/c", "list/d e+f"))
    for name in names:
        store.write(name, b"x")
    same(sorted(client.list(here + "list/")), names, "listed")


def range(client, store, here, data):
    store.write(here + "range", b"0123456789")
    same(client.range(here + "range", 2, 5), b"2345", "bytes 2 to 5")


def multipart(client, store, here, data):
    client.multipart(here + "large", data)
    same(store.read(here + "large"), data, "at the store")
    if client.has("get"):
        same(client.get(here + "large"), data, "read")


def copy(client, store, here, data):
    store.write(here + "copy/a", b"copied")
    client.copy(here + "copy/a", here + "copied")
    same(store.read(here + "copied"), b"copied", "at the store")


def odd_copy(client, store, here, data):
    store.write(here + "copy é+1", b"copied")
    client.copy(here + "copy é+1", here + "odd copied")
    same(store.read(here + "odd copied"), b"copied", "at the store")


def delete(client, store, here, data):
    store.write(here + "delete", b"x")
    client.delete(here + "delete")
    same(store.read(here + "delete"), None, "at the store")


def presigned_get(client, store, here, data):
    store.write(here + "signed get", b"some bytes")
    same(fetch(client.presigned_get(here + "signed get")), b"some bytes", "read")


def presigned_put(client, store, here, data):
    fetch(client.presigned_put(here + "signed put"), b"some bytes")
    same(store.read(here + "signed put"), b"some bytes", "at the store")


def put_metadata(client, store, here, data):
    client.put_metadata(here + "metadata", b"x", "text/x-own", {"color": "blue"})
    same(store.described(here + "metadata"), ("text/x-own", {"color": "blue"}), "at the store")


def put_if_absent(client, store, here, data):
    same(client.put_if_absent(here + "once", b"first"), True, "the first")
    same(client.put_if_absent(here + "once", b"second"), False, "the second")
    same(store.read(here + "once"), b"first", "at the store")


def application(client, store, here, data):
    client.application(here + "application")
    if not store.keys(here + "application"):
        raise Wrong("nothing is at the store")


def odd(key):
    def case(client, store, here, data):
        name = here + "odd/" + ODD_KEYS[key]
        client.put(name, key.encode())
        same(store.read(name), key.encode(), "at the store")
        if client.has("get"):
            same(client.get(name), key.encode(), "read")

    return case


def fetch(url, body=None):
    """A presigned URL in the hands of something plain, which says nothing of a body's type."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("GET" if body is None else "PUT", f"{parts.path}?{parts.query}", body)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise Wrong(f"status {answer.status}: {said[:200]!r}")
    return said


#: In the order of the table.
CASES = {
    case.__name__: case
    for case in (put, get, list, range, multipart, copy, odd_copy, delete, presigned_get, presigned_put, put_metadata, put_if_absent, application)
}
#: The method that a client needs for a case; where none is named, the one of the case's name.
METHODS = {"odd_copy": "copy"}
ODD = {key: odd(key) for key in ODD_KEYS}
