"""A Worker's configuration in KV: read again within a minute, the last good one kept, and its version in `/.brigade/health`."""

import hashlib
import json
import time

import pytest

from cases import test_identity_sts as sts
from harness import keys, sign, wire
from harness.mini_issuer import MiniIssuer
from harness.worker import Behind, Worker

#: A request reads again what is older than 20 s.
MINUTE = 60


def version(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Kept(Worker):
    """One whose configuration is the key `brigade.toml` in KV, where a file's changes go."""

    def given(self, text):
        self.write(text)
        return {}, {"brigade.toml": str(self.kept)}

    @property
    def kept(self):
        return self.folder / f"{self._name}-kept.toml"

    def write(self, text):
        new = self.kept.with_suffix(".new")
        new.write_text(text)
        new.replace(self.kept)

    def health(self):
        return wire.send(self.endpoint, "GET", "/.brigade/health", []).body.decode()

    def await_health(self, line, seconds=MINUTE):
        deadline = time.monotonic() + seconds
        while (said := self.health()) != f"ok\n{line}\n":
            assert time.monotonic() < deadline, f"still {said!r} after {seconds} s"
            time.sleep(0.5)

    def status(self, key=keys.FULL):
        """What becomes of an upload."""
        host = self.endpoint.removeprefix("http://")
        lines = sign.headers_for(sign.Signing(key), "PUT", host, "/artifacts/org/app/a", "", [], sign.UNSIGNED)
        return wire.send(self.endpoint, "PUT", "/artifacts/org/app/a", lines, b"x").status


class Unready(Kept):
    """One that begins without a configuration that it could serve."""

    def given(self, text):
        bound = super().given(text)
        self.write("[buckets")
        return bound

    def ready(self):
        try:
            return bool(self.health())
        except OSError:
            return False


class End(sts.Site):
    """One of them, asked as the cases of STS ask theirs."""

    def __init__(self, folder, forger, gateway):
        self.folder, self.forger, self.gateway = folder, forger, gateway


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Workers by what becomes of their configurations; those of the first two have changed already, so that all wait at once."""
    folder = tmp_path_factory.mktemp("kept")
    revoked = folder / "revoked.toml"
    revoked.write_text("")
    forger = MiniIssuer()
    made = [forger]
    try:
        store = Behind(folder, "store", folder / "data", {"artifacts"})
        made.append(store)
        settings = sts.settings(forger, forger, revoked)
        found = {}
        for name, kind in (("rotated", Kept), ("broken", Kept), ("unready", Unready)):
            own = folder / name
            own.mkdir()
            found[name] = kind(own, store.backend(), name, settings)
            made.append(found[name])
        found["end"] = End(folder, forger, found["rotated"])
        found["session"] = found["end"].session()
        found["new"] = found["rotated"].served().replace(json.dumps([sts.OLD_KEY]), json.dumps([sts.NEW_KEY, sts.OLD_KEY]))
        assert found["new"] != found["rotated"].served()
        found["rotated"].write(found["new"])
        found["broken"].write(found["broken"].served() + "[buckets.other]\nbackend = \"nowhere\"\n")
        yield found
    finally:
        for one in reversed(made):
            one.stop()


def test_without_a_configuration_every_request_is_503_until_there_is_one(three):
    worker = three["unready"]
    assert worker.health() == "ok\nno config\n"
    assert wire.send(worker.endpoint, "GET", "/.brigade/ready", []).status == 503
    assert worker.status() == 503
    worker.write(worker.served())
    worker.await_health(f"config {version(worker.served())}", 20)
    assert worker.status() == 200


def test_a_change_is_served_within_a_minute_and_logs_nobody_out(three):
    worker, end = three["rotated"], three["end"]
    assert end.fate(three["session"]) == "ok"
    worker.await_health(f"config {version(three['new'])}")
    assert end.fate(three["session"]) == "ok", "sealed by the key before"
    sealed = end.session()
    assert end.fate(sealed) == "ok"


def test_a_change_that_is_wrong_is_not_taken(three):
    worker = three["broken"]
    good = worker.served()
    worker.await_health(f"config {version(good)}, as a newer one is not valid")
    assert worker.status() == 200
    assert "nowhere" in worker.process.log.read_text(), "the log says what is wrong"
    mended = good + "# mended\n"
    worker.write(mended)
    worker.await_health(f"config {version(mended)}")
    assert worker.status() == 200
