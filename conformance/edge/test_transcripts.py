"""Both runtimes in front of the same store give the same answers: statuses, headers and bytes."""

import pytest

from differential.generate import Generator
from differential.run import holdings, make
from differential.side import Side
from differential.step import Step
from harness import keys, wire
from harness.all_stores import STORES
from harness.chroot import Unavailable
from harness.clients import s3_client
from harness.gateway import Server, config
from harness.platform import TRANSCRIPTS, covers, explains
from harness.worker import Behind, Edge, Worker
from transcripts import odd
from transcripts.transcript import differences, transcript

STEPS = 250
#: Names of one length, so that one takes the other's place in an answer: what clients call the two buckets …
ONE, OTHER = "side-a", "side-b"
#: … and what the store does, as `differential.run` knows them.
REAL = {ONE: ("diff-direct", ""), OTHER: ("diff-behind-9k", "veiled/7x-")}


class Pair:
    """The server and the Worker in front of one store; the Worker also behind what stands for Cloudflare's edge, if asked for."""

    def __init__(self, folder, store, settings, edge=False):
        self._made = []
        try:
            self.server = self._start(folder, Server, store, settings)
            self.worker = self._start(folder, Worker, store, settings)
            self.edge = self._start(folder, Edge, store, settings) if edge else None
        except BaseException:
            self.stop()
            raise

    def _start(self, folder, kind, store, settings):
        # A folder each: all would have the embedded store of copies.
        own = folder / kind.__name__.lower()
        own.mkdir()
        self._made.append(kind(own, store.backend(), own.name, settings))
        return self._made[-1]

    def stop(self):
        for gateway in self._made:
            gateway.stop()

    def names(self):
        """Where they are reached, which some answers say; ports have five digits."""
        return tuple((gateway.endpoint.encode(), b"http://127.0.0.1:00000") for gateway in self._made)


SAID = (200, [("etag", '"a"'), ("date", "now"), ("x-amz-request-id", "1")], b"<A><RequestId>1</RequestId></A>")


@pytest.mark.parametrize("other, alike", [
    ((200, [("etag", '"a"'), ("date", "then"), ("x-amz-request-id", "2")], b"<A><RequestId>2</RequestId></A>"), True),
    ((201, SAID[1], SAID[2]), False),
    ((200, [*SAID[1], ("x-more", "1")], SAID[2]), False),
    ((200, [*SAID[1], ("etag", '"a"')], SAID[2]), False),
    ((200, [("etag", '"b"')], SAID[2]), False),
    ((200, [], SAID[2]), False),
    ((200, SAID[1], b"<A><RequestId>1</RequestId> </A>"), False),
])  # fmt: skip
def test_whatever_is_not_of_the_moment_is_a_difference(other, alike):
    one, other = (transcript(wire.Answer(*answer)) for answer in (SAID, other))
    assert (not differences(one, other)) == alike and (not differences(other, one)) == alike


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """An embedded store with an address, and the pair with the cases' own configuration in front of it."""
    folder = tmp_path_factory.mktemp("odd")
    real = {"plain", "backing-store-x7", "backing-open-x7", "versioned"}
    store = Behind(folder, "store", folder / "data", real)
    pair = None
    try:
        pair = Pair(folder, store, config, edge=True)
        odd.prepare(s3_client(pair.server.endpoint, keys.FULL))
        yield pair
    finally:
        if pair:
            pair.stop()
        store.stop()


@pytest.mark.parametrize("request_", [pytest.param(made, id=made.name) for made in odd.all_requests()])
@pytest.mark.parametrize("way", ["worker", "edge"])
def test_both_runtimes_answer_alike(apart, way, request_):
    answers = []
    for gateway in (apart.server, getattr(apart, way)):
        target, headers = odd.lines(request_, gateway.endpoint)
        answer = wire.send(gateway.endpoint, request_.method, target, headers, request_.body)
        answers.append(transcript(answer, names=apart.names()))
    found = "\n".join(differences(*answers))
    entry = covers(TRANSCRIPTS[way], request_.name)
    if entry:
        assert explains(entry, found), f"not what this differs by: {entry.reason}\n{found}"
        pytest.xfail(entry.reason)
    assert not found, found


def settings(listen, admin, backend, far):
    buckets = "".join(
        f'[buckets.{name}{suffix}]\nbackend = "store"\nbucket = "{real}{suffix}"\nprefix = "{prefix}"\n'
        for name, (real, prefix) in REAL.items()
        for suffix in ("", "-v")
    )
    return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
{backend}

{buckets}
[keys.{keys.OWNER.id}]
secret = "{keys.OWNER.secret}"
[keys.{keys.OWNER.id}.policy]
Version = "2012-10-17"
Statement = [{{ Effect = "Allow", Action = "s3:*", Resource = "*" }}]
"""


@pytest.fixture(scope="module", params=["embedded", "rgw"])
def generated(request, tmp_path_factory):
    """A store, and the pair with two buckets alike."""
    folder = tmp_path_factory.mktemp(request.param)
    try:
        store = Behind(folder, "store", folder / "data") if request.param == "embedded" else STORES[request.param](folder)
    except Unavailable as why:
        pytest.skip(f"{request.param} cannot be had here: {why}")
    pair = None
    try:
        pair = Pair(folder, store, settings)
        yield store, pair
    finally:
        if pair:
            pair.stop()
        store.stop()


def settled(side, step):
    """The answer once it is none of "try again": a store that refuses an upload early and hangs up is not always heard."""
    for _ in range(5):
        answer = side.send(step)
        if answer.status != 503:
            return answer
        if step.teaches:
            side.ids[step.teaches].pop()
    return side.send(step)


@pytest.mark.parametrize("suffix", ["", "-v"], ids=["plain", "versions"])
def test_generated_requests_are_answered_alike(generated, suffix):
    """Reads go to one bucket by both ways and must be the same to the byte. Writes go to a bucket each, and what the store
    makes anew for each (ids, times) is left out; in the end both buckets hold the same."""
    store, pair = generated
    look = s3_client(store.endpoint, keys.STORE)
    if not make(look, suffix):
        pytest.skip("the store keeps no versions")
    exact = getattr(store, "exact_keys", True)
    generator = Generator(f"transcripts{suffix}", exact, bool(suffix))
    # Dot segments do not reach a Worker: they are among the requests by hand.
    generator.names = [name for name in generator.names if not {".", ".."} & set(name.split("/"))]
    side = lambda gateway, bucket: Side(gateway.endpoint, keys.OWNER, bucket + suffix, "")
    server, reader, writer = side(pair.server, ONE), side(pair.worker, ONE), side(pair.worker, OTHER)
    reader.ids = server.ids
    wrong = []
    for number in range(STEPS):
        step = generator.step()
        reads = step.method in ("GET", "HEAD")
        # What a read would teach is the server's alone.
        one = settled(server, step)
        other = settled(reader, step._replace(teaches=None)) if reads else settled(writer, step)
        names = (*pair.names(), (OTHER.encode(), ONE.encode()))
        found = differences(*(transcript(answer, not reads, names) for answer in (one, other)))
        if found:
            wrong.append(f"step {number}{suffix}: {step}\n  " + "\n  ".join(found))
        if not reads and (one.status < 300) != (other.status < 300):
            for level in (server, writer):
                level.send(Step("DeleteObject", "DELETE", step.key)) if step.key else None
    wrong += holdings(look, suffix)
    assert not wrong, "\n".join(wrong)
