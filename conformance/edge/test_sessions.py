"""Sessions are worth the same at both runtimes, and no request waits for what another began."""

import threading
import time

import pytest

from cases import test_identity_sts as sts
from harness import keys
from harness.gateway import Server
from harness.mini_issuer import ALGORITHMS, MiniIssuer
from harness.worker import Behind, Worker


class Pair:
    """A server and a Worker with one configuration and the same keys to seal sessions with, in front of one store."""

    def __init__(self, folder):
        self.folder = folder
        self.revoked = folder / "revoked.toml"
        self.revoked.write_text("")
        self.forger = MiniIssuer()
        self._made = [self.forger]
        try:
            self.store = Behind(folder, "store", folder / "data", {"artifacts"})
            self._made.append(self.store)
            # Of the certified provider nothing is asked here.
            settings = sts.settings(self.forger, self.forger, self.revoked)
            self.ends = {}
            for kind in (Server, Worker):
                own = folder / kind.__name__.lower()
                own.mkdir()
                gateway = kind(own, self.store.backend(), own.name, settings)
                self._made.append(gateway)
                self.ends[own.name] = End(self, gateway)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for made in reversed(self._made):
            made.stop()


class End(sts.Site):
    """One of the two, asked as the cases ask theirs."""

    def __init__(self, pair, gateway):
        self.folder, self.revoked, self.forger, self.gateway = pair.folder, pair.revoked, pair.forger, gateway


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp("pair"))
    yield made
    made.stop()


@pytest.mark.parametrize("at, then", [("server", "worker"), ("worker", "server")])
def test_a_session_that_one_runtime_sealed_opens_at_the_other(pair, at, then):
    one, other = pair.ends[at], pair.ends[then]
    of_token = one.session()
    assert other.fate(of_token) == "ok" and other.fate(of_token, "org/other/fate") == "AccessDenied"
    assert other.client(of_token).get_object(Bucket="artifacts", Key="org/app/fate")["Body"].read() == b"fate"
    # And one that was assumed from it, at the other.
    chained = other.aws("sts", "assume-role", "--role-arn", "arn:aws:iam::000000000000:role/deploy", "--role-session-name", "job", **of_token)
    given = sts.json.loads(sts.good(chained))["Credentials"]
    names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
    deploy = {variable: given[name] for variable, name in names.items()}
    assert one.fate(deploy, "deploy/x") == "ok" and one.fate(deploy) == "AccessDenied"


def test_a_session_that_is_revoked_is_revoked_at_both(pair):
    session = pair.ends["server"].session()
    try:
        pair.ends["server"].revoke(f'sessions = ["{session["AWS_ACCESS_KEY_ID"]}"]')
        for end in pair.ends.values():
            sts.await_fate(end, session, "InvalidToken")
    finally:
        pair.ends["server"].revoke("")
    for end in pair.ends.values():
        sts.await_fate(end, session, "ok")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_both_take_and_refuse_the_same_signatures(pair, alg):
    """AWS-LC there, SubtleCrypto here."""
    for how in ({}, {"tamper": "signature"}, {"tamper": "truncated"}, {"key": "stranger"}):
        token = pair.forger.mint(sts.CLAIMS, alg=alg, **how)
        answers = [end.assume(token) for end in pair.ends.values()]
        told = [(status, said if status != 200 else None) for status, said in answers]
        taken = (200, None) if not how and alg not in ("PS384", "PS512") else (400, "InvalidIdentityToken")
        assert told == [taken, taken], (how, told)


def test_nobody_waits_for_keys_that_another_request_asked_for(pair, tmp_path):
    """The first to ask leaves in the midst of it; on this platform its promise never settles for anybody."""
    own = tmp_path / "own"
    own.mkdir()
    forger = MiniIssuer()
    gateway = Worker(own, pair.store.backend(), "own", sts.settings(forger, forger, pair.revoked))
    end = End(pair, gateway)
    try:
        token = forger.mint(sts.CLAIMS)
        forger.fault(jwks="slow")
        left = threading.Thread(target=lambda: leave(gateway, token))
        left.start()
        while not forger.state()["jwks"]:
            time.sleep(0.02)
        forger.fault()
        began = time.monotonic()
        assert end.assume(token)[0] == 200
        assert time.monotonic() - began < 4, "it waited"
        left.join()
        assert end.assume(token)[0] == 200
    finally:
        gateway.stop()
        forger.stop()


def leave(gateway, token):
    """Asks for a session, and is gone before the answer."""
    import http.client
    import urllib.parse

    fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::000000000000:role/github"}
    form = urllib.parse.urlencode(fields | {"RoleSessionName": "gone", "WebIdentityToken": token})
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=1)
    try:
        connection.request("POST", "/", form, {"content-type": "application/x-www-form-urlencoded"})
        connection.getresponse()
    except OSError:
        pass
    finally:
        connection.close()
