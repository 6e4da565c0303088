"""One request, before it is known to which of the two buckets it goes."""

from typing import NamedTuple

from harness import sign


class Ref(NamedTuple):
    """The id of an upload, a version or an ETag that an earlier step was given, which differs between the two sides."""

    kind: str
    index: int


class Step(NamedTuple):
    """Names are the client's; a `Ref` anywhere in the query becomes the side's own id."""

    operation: str
    method: str
    key: str | None = None
    query: tuple = ()
    headers: tuple = ()
    body: bytes | tuple = b""
    #: How the body is signed: one of sign's markers, `hash`, or `url` for a presigned request.
    payload: str = "hash"
    trailer: tuple = ()
    #: The key that a copy reads, and its version.
    source: tuple | None = None
    #: What the answer teaches: the kind of `Ref` that it adds.
    teaches: str | None = None

    def __repr__(self):
        said = [self.operation, self.method, repr(self.key)]
        said += [f"{name}={value!r}" for name, value in self._asdict().items() if name in ("query", "headers", "source", "trailer") and value]
        if self.body:
            said.append(f"body={self.body[:120]!r}")
        return " ".join([*said, "" if self.payload == "hash" else self.payload])


PAYLOADS = ("hash", "hash", sign.UNSIGNED, sign.UNSIGNED_TRAILER, sign.CHUNKS, sign.CHUNKS_TRAILER, "url")
