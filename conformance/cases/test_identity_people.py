"""`brigade login`, `brigade credentials` and `brigade env`, at a certified provider, without a browser."""

import json
import os
import re
import stat
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness.chroot import Unavailable
from harness.oidc import Browser, Provider
from harness.process import Process, clean_env

ACCOUNTS = {"alice": {"email": "alice@example.org", "team": "red"}, "bob": {"team": "blue"}}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    try:
        made = Provider(tmp_path_factory.mktemp("oidc"), ACCOUNTS)
    except Unavailable as why:
        pytest.skip(f"the provider cannot be had here: {why}")
    yield made
    made.stop()


class Person:
    """Somebody at a machine of their own: a home, and the brigade command."""

    def __init__(self, home, provider):
        self.home = home
        self.provider = provider
        self.env = clean_env(HOME=str(home), XDG_CONFIG_HOME=str(home / "config"))
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "BRIGADE_PROFILE", "BRIGADE_ENDPOINT"):
            self.env.pop(name, None)
        self._count = 0

    def brigade(self, *words, **more):
        """Runs `brigade WORDS…`; returns the finished process."""
        command = [os.environ["BRIGADE_BIN"], *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=self.env | more, cwd=self.home, timeout=60)

    def begin(self, *words):
        """Starts `brigade login`; returns its process and what it asks the person to open."""
        self._count += 1
        first = ["--issuer", self.provider.issuer, "--client-id", "brigade-cli"]
        command = [os.environ["BRIGADE_BIN"], "login", *first, *words]
        process = Process(f"login-{self._count}", command, self.home, self.env)
        process.await_ready(lambda: re.search(r"^  http\S+$", process.log.read_text(), re.MULTILINE), 20)
        return process, re.findall(r"^  (http\S+)$", process.log.read_text(), re.MULTILINE)[-1]

    def login(self, who, *words):
        """Logs in as WHO; returns what was printed."""
        process, url = self.begin(*words)
        _, status, text = Browser(who).visit(url)
        assert status == 200, text
        assert process.wait(30) == 0, process.tail()
        return process.log.read_text()

    def profile(self, name="default"):
        return self.home / "config" / "brigade" / "profiles" / f"{name}.json"

    def tokens(self, name="default"):
        kept = json.loads(self.profile(name).read_text())
        return {key: kept[key] for key in ("id_token", "access_token", "refresh_token") if kept.get(key)}


@pytest.fixture
def person(tmp_path, provider):
    return Person(tmp_path, provider)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("how", ["--no-browser", "--device"])
def test_a_person_logs_in_and_the_tokens_are_theirs_alone(person, how):
    printed = person.login("alice", how)
    assert "Logged in as alice@example.org; profile default." in printed
    assert mode(person.profile()) == 0o600
    assert {mode(folder) for folder in (person.profile().parent, person.profile().parent.parent)} == {0o700}
    tokens = person.tokens()
    assert set(tokens) == {"id_token", "refresh_token"}, "what the gateway is never shown is not kept"
    assert not [name for name, token in tokens.items() if token in printed], "a token was printed"


def test_without_a_screen_the_code_for_another_device_is_shown(person):
    process, url = person.begin()
    assert urllib.parse.urlsplit(url).path == "/device", url
    Browser("bob").visit(url)
    assert process.wait(30) == 0, process.tail()
    assert "Logged in as bob" in process.log.read_text()


@pytest.mark.parametrize("how", ["--no-browser", "--device"])
def test_who_refuses_is_not_logged_in(person, how):
    process, url = person.begin(how)
    Browser("alice", refuse=True).visit(url)
    assert process.wait(30) == 1
    assert "access_denied" in process.tail()
    assert not person.profile().exists()


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_an_answer_that_is_not_of_this_login_is_turned_away_and_the_wait_goes_on(person):
    process, url = person.begin("--no-browser")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert asked["code_challenge_method"] == "S256" and len(asked["state"]) == 43 and len(asked["nonce"]) == 43
    back = asked["redirect_uri"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", back)
    for stray in ("?code=stolen&state=guessed", "?code=stolen", "", f"?code=a&code=b&state={asked['state']}", "/x?code=a"):
        status, text = get(back + stray)
        assert status in (400, 404) and "stolen" not in text, stray
    assert Browser("alice").visit(url)[1] == 200
    assert process.wait(30) == 0, process.tail()


def test_an_answer_of_another_provider_ends_the_login(person):
    process, url = person.begin("--no-browser")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    for issuer in ("&iss=https%3A%2F%2Fevil.example",):
        get(f"{asked['redirect_uri']}?code=theirs&state={asked['state']}{issuer}")
    assert process.wait(30) == 1
    assert "another provider" in process.tail() and not person.profile().exists()


def test_an_issuer_that_calls_itself_otherwise_is_refused(person):
    said = person.brigade("login", "--issuer", f"{person.provider.issuer}/", "--client-id", "brigade-cli", "--no-browser")
    assert said.returncode == 1
    assert f"--issuer {person.provider.issuer}" in said.stderr


def test_what_was_said_once_need_not_be_said_again(person):
    person.login("alice", "--no-browser", "--profile", "work", "--endpoint", "https://s3.example.org")
    process = Process("again", [os.environ["BRIGADE_BIN"], "login", "--no-browser", "--profile", "work"], person.home, person.env)
    process.await_ready(lambda: re.search(r"^  http\S+$", process.log.read_text(), re.MULTILINE), 20)
    Browser("bob").visit(re.findall(r"^  (http\S+)$", process.log.read_text(), re.MULTILINE)[-1])
    assert process.wait(30) == 0, process.tail()
    assert json.loads(person.profile("work").read_text())["endpoint"] == "https://s3.example.org"


def test_logout_deletes_the_tokens_and_the_provider_forgets_them(person):
    person.login("alice", "--no-browser")
    refresh = person.tokens()["refresh_token"]
    done = person.brigade("logout")
    assert (done.returncode, done.stderr) == (0, "")
    assert not person.tokens()
    fields = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "brigade-cli"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{person.provider.issuer}/token", urllib.parse.urlencode(fields).encode(), timeout=10)
    assert json.load(refused.value)["error"] == "invalid_grant"
