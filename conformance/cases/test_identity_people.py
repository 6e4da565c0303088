"""`brigade login`, `brigade credentials` and `brigade env`, at a certified provider, without a browser."""

import base64
import datetime
import json
import os
import re
import stat
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from harness import keys
from harness.chroot import Unavailable
from harness.clients import s3_client
from harness.gateway import Gateway
from harness.oidc import RESOURCE, Browser, Provider
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


def test_the_browser_is_opened_and_nothing_need_be_copied(person):
    harness = Path(__file__).parent.parent
    browser = person.home / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(harness)!r})\n"
        "from harness.oidc import Browser\nBrowser('bob').visit(sys.argv[1])\n"
    )
    browser.chmod(0o700)
    done = person.brigade("login", "--issuer", person.provider.issuer, "--client-id", "brigade-cli", BROWSER=str(browser))
    assert (done.returncode, done.stdout) == (0, "Logged in as bob; profile default.\n"), done.stderr


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


# With a gateway.

BUCKET = "shared"


@pytest.fixture(scope="module")
def gate(provider, tmp_path_factory):
    """Brigade with a store of its own, and roles that trust the provider."""
    folder = tmp_path_factory.mktemp("gate")
    seal = base64.b64encode(os.urandom(32)).decode()

    def settings(listen, admin, backend, far):
        return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
type = "embedded"
path = "{folder / "data"}"

[buckets.{BUCKET}]
backend = "store"

[keys.{keys.FULL.id}]
secret = "{keys.FULL.secret}"
grants = [{{ bucket = "*", actions = ["read", "list", "write", "delete"] }}]

[sessions]
keys = ["{seal}"]

[roles.analyst]
trust = [{{ issuer = "{provider.issuer}", audience = ["brigade-cli", "{RESOURCE}"], subject = ["*"] }}]
grants = [{{ bucket = "{BUCKET}", prefix = "team/${{jwt:team}}/", actions = ["read", "list", "write", "delete"] }}]

[roles.robots]
trust = [{{ issuer = "{provider.issuer}", audience = ["{RESOURCE}"], subject = ["ci"] }}]
grants = [{{ bucket = "{BUCKET}", prefix = "built/", actions = ["read", "write"] }}]
"""

    made = Gateway(folder, None, settings=settings)
    yield made
    made.stop()


@pytest.fixture
def everything(gate):
    """boto3, with every right."""
    return s3_client(gate.endpoint, keys.FULL)


@pytest.fixture
def alice(person, gate):
    person.login("alice", "--no-browser", "--endpoint", gate.endpoint)
    return person


def credentials(person, *words, **more):
    """What `brigade credentials WORDS…` prints, which must succeed."""
    done = person.brigade("credentials", *words, **more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def client(gate, given):
    key, secret, token = (given[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    return boto3.session.Session().client(
        "s3",
        endpoint_url=gate.endpoint,
        region_name=keys.REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={}),
    )


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def aws_profile(person, gate, role):
    """Writes the profile of docs/login.md; returns its file."""
    file = person.home / "aws-config"
    brigade = os.environ["BRIGADE_BIN"]
    file.write_text(
        f"[profile brigade]\ncredential_process = {brigade} credentials --role {role}\n"
        f"endpoint_url = {gate.endpoint}\nregion = {keys.REGION}\ns3 =\n  addressing_style = path\n"
    )
    return file


def aws(person, *words, **more):
    env = person.env | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""} | more
    command = [os.path.join(os.path.dirname(sys.executable), "aws"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=person.home, timeout=120)


def test_the_aws_command_and_boto3_work_with_a_login_and_nothing_else(alice, gate, everything, monkeypatch):
    file = aws_profile(alice, gate, "analyst")
    (alice.home / "report.txt").write_text("of the red team")
    named = {"AWS_CONFIG_FILE": str(file), "AWS_PROFILE": "brigade"}
    done = aws(alice, "s3", "cp", "report.txt", f"s3://{BUCKET}/team/red/report.txt", **named)
    assert done.returncode == 0, done.stderr
    assert everything.get_object(Bucket=BUCKET, Key="team/red/report.txt")["Body"].read() == b"of the red team"
    for key in ("team/blue/report.txt", "team/redder/report.txt", "report.txt", "team/${jwt:team}/report.txt"):
        done = aws(alice, "s3", "cp", "report.txt", f"s3://{BUCKET}/{key}", **named)
        assert done.returncode == 1 and "AccessDenied" in done.stderr, done.stderr
    held = [item["Key"] for item in everything.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert held == ["team/red/report.txt"]

    for name, value in (alice.env | named).items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session(profile_name="brigade")
    s3 = session.client("s3", config=Config(s3={"addressing_style": "path"}, proxies={}))
    assert s3.get_object(Bucket=BUCKET, Key="team/red/report.txt")["Body"].read() == b"of the red team"
    assert refused(s3.list_objects_v2, Bucket=BUCKET, Prefix="team/blue/") == "AccessDenied"


def test_a_person_without_the_claim_gets_nowhere(person, gate, provider):
    provider.settings(accounts=ACCOUNTS | {"carol": {"email": "carol@example.org"}})
    person.login("carol", "--no-browser", "--endpoint", gate.endpoint)
    s3 = client(gate, credentials(person, "--role", "analyst"))
    for key in ("team/red/x", "team/${jwt:team}/x", "team/x"):
        assert refused(s3.put_object, Bucket=BUCKET, Key=key, Body=b"") == "AccessDenied"


def test_credentials_are_kept_for_their_owner_alone_and_nothing_secret_is_printed(alice, gate):
    given = credentials(alice, "--role", "analyst")
    assert set(given) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert given["Version"] == 1
    ends = datetime.datetime.fromisoformat(given["Expiration"].replace("Z", "+00:00"))
    left = ends - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=50) < left <= datetime.timedelta(hours=1)
    assert credentials(alice, "--role", "analyst") == given, "not kept"
    files = [path for path in (alice.home / "config").rglob("*") if path.is_file()]
    assert {mode(path) for path in files} == {0o600} and len(files) == 4
    assert {mode(path) for path in (alice.home / "config").rglob("*") if path.is_dir()} == {0o700}
    wordy = alice.brigade("credentials", "--role", "analyst", "--duration", "900", BRIGADE_LOG="trace")
    assert wordy.returncode == 0
    log = gate.process.log.read_text() + wordy.stderr
    for secret in [*alice.tokens().values(), given["SecretAccessKey"], given["SessionToken"]]:
        assert secret not in log, "a secret is in a log"


def test_variables_for_a_shell_are_those_that_the_aws_command_takes(alice, everything):
    everything.put_object(Bucket=BUCKET, Key="team/red/of-the-shell", Body=b"x")
    folder = os.path.dirname(sys.executable)
    script = (
        f'eval "$(\'{os.environ["BRIGADE_BIN"]}\' env --role analyst)" && '
        f'"{folder}/aws" --region {keys.REGION} s3 ls "s3://{BUCKET}/team/red/of"'
    )
    env = alice.env | {"AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=env, cwd=alice.home, timeout=120)
    assert done.returncode == 0 and "of-the-shell" in done.stdout, done.stderr


def test_processes_at_once_refresh_an_expired_login_once(person, gate, provider):
    provider.settings(ttl={"IdToken": 30})
    person.login("alice", "--no-browser", "--endpoint", gate.endpoint)
    provider.settings(ttl={})
    before, old = provider.state()["token"], person.tokens()
    command = [os.environ["BRIGADE_BIN"], "credentials", "--role", "analyst"]
    # Half of them for sessions of other names: they share the login, and not the credentials.
    started = [
        subprocess.Popen(
            command + (["--session-name", f"other-{number}"] if number > 5 else []),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=person.env,
            cwd=person.home,
        )
        for number in range(12)
    ]
    ended = [(process.communicate(timeout=60), process.returncode) for process in started]
    assert {status for _, status in ended} == {0}, ended[0][0][1]
    printed = [text for (text, _), _ in ended]
    assert len(set(printed[:6])) == 1 and len(set(printed)) == 7, "not asked once"
    # The provider has each refresh token used once, and takes one that comes again for stolen.
    assert provider.state()["token"] == before + 1
    new = person.tokens()
    assert new["id_token"] != old["id_token"] and new["refresh_token"] != old["refresh_token"]
    assert mode(person.profile()) == 0o600


def test_credentials_are_replaced_before_they_end_and_used_while_there_are_no_others(alice, gate):
    given = credentials(alice, "--role", "analyst")
    (file,) = (alice.home / "config" / "brigade" / "credentials" / "default").glob("*.json")

    def ends_in(seconds):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        file.write_text(json.dumps(given | {"Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}))

    ends_in(290)
    renewed = credentials(alice, "--role", "analyst")
    assert renewed["SessionToken"] != given["SessionToken"], "five minutes ahead"

    gate.stop()
    try:
        ends_in(290)
        done = alice.brigade("credentials", "--role", "analyst")
        assert json.loads(done.stdout)["SessionToken"] == given["SessionToken"]
        assert "going on with those at hand" in done.stderr
        ends_in(10)
        done = alice.brigade("credentials", "--role", "analyst")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot ask" in done.stderr
    finally:
        gate.start()


def test_a_login_that_has_ended_says_what_to_do(person, gate, provider):
    done = person.brigade("credentials", "--role", "analyst", "--endpoint", gate.endpoint)
    assert (done.returncode, done.stdout) == (1, "") and "run `brigade login --issuer" in done.stderr
    provider.settings(ttl={"IdToken": 30})
    person.login("alice", "--no-browser", "--profile", "work", "--endpoint", gate.endpoint)
    provider.settings(ttl={})
    tokens = person.tokens("work")
    fields = {"token": tokens["refresh_token"], "client_id": "brigade-cli"}
    urllib.request.urlopen(f"{provider.issuer}/token/revocation", urllib.parse.urlencode(fields).encode(), timeout=10)
    done = person.brigade("credentials", "--role", "analyst", "--profile", "work")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run `brigade login --profile work`" in done.stderr
    assert not [token for token in tokens.values() if token in done.stderr]


def test_a_refused_role_says_which_token_was_refused(alice, gate):
    for role in ("robots", "unheard-of"):
        done = alice.brigade("credentials", "--role", role)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"issuer {alice.provider.issuer}, subject alice, audience brigade-cli" in done.stderr, done.stderr
        assert not [token for token in alice.tokens().values() if token in done.stderr]


def test_an_access_token_serves_where_it_is_a_jwt(person, gate):
    person.login("alice", "--no-browser", "--token", "access", "--resource", RESOURCE, "--endpoint", gate.endpoint)
    assert set(person.tokens()) == {"id_token", "access_token", "refresh_token"}
    s3 = client(gate, credentials(person, "--role", "analyst"))
    s3.put_object(Bucket=BUCKET, Key="team/red/by-access-token", Body=b"")
    assert refused(s3.put_object, Bucket=BUCKET, Key="team/blue/by-access-token", Body=b"") == "AccessDenied"


def test_an_opaque_access_token_is_refused_at_login(person):
    process, url = person.begin("--no-browser", "--token", "access")
    Browser("alice").visit(url)
    assert process.wait(30) == 1
    assert "--resource or --audience" in process.tail() and not person.profile().exists()


def test_a_program_brings_its_token_in_a_file_or_in_the_environment(person, gate, provider):
    token = provider.client_token()
    file = person.home / "token"
    file.write_text(f"{token}\n")
    words = ("--role", "robots", "--endpoint", gate.endpoint)
    given = credentials(person, *words, "--web-identity-token-file", file)
    for more in ({"BRIGADE_WEB_IDENTITY_TOKEN_FILE": str(file)}, {"BRIGADE_WEB_IDENTITY_TOKEN": token}):
        assert credentials(person, *words, **more) == given, "the same token, the same credentials"
    other = credentials(person, *words, BRIGADE_WEB_IDENTITY_TOKEN=provider.client_token())
    assert other["SessionToken"] != given["SessionToken"], "another job's token, whose claims may be others"
    s3 = client(gate, given)
    s3.put_object(Bucket=BUCKET, Key="built/x", Body=b"")
    assert refused(s3.put_object, Bucket=BUCKET, Key="x", Body=b"") == "AccessDenied"
    words = ("--role", "robots", "--endpoint", "http://gate.example", "--web-identity-token-file", file)
    done = person.brigade("credentials", *words)
    assert done.returncode == 1 and "use https" in done.stderr and token not in done.stderr


def test_who_logs_in_next_gets_credentials_of_their_own(alice, gate):
    of_alice = credentials(alice, "--role", "analyst")
    alice.login("bob", "--no-browser")
    of_bob = credentials(alice, "--role", "analyst")
    assert of_bob["SessionToken"] != of_alice["SessionToken"]
    client(gate, of_bob).put_object(Bucket=BUCKET, Key="team/blue/of-bob", Body=b"")
    assert refused(client(gate, of_bob).put_object, Bucket=BUCKET, Key="team/red/of-bob", Body=b"") == "AccessDenied"
    assert alice.brigade("logout").returncode == 0
    assert not list((alice.home / "config" / "brigade" / "credentials" / "default").glob("*.json"))
    done = alice.brigade("credentials", "--role", "analyst")
    assert done.returncode == 1 and "run `brigade login`" in done.stderr


@pytest.mark.brigade_only
def test_credentials_come_from_an_sts_that_nobody_here_wrote(world, person, provider):
    if world.store.name != "rgw":
        pytest.skip(f"{world.store.name} has no STS")
    rgw = world.store
    rgw.administer("caps", "add", "--uid=store", "--caps=roles=*;oidc-provider=*")
    iam = boto3.session.Session().client(
        "iam",
        endpoint_url=rgw.endpoint,
        region_name=keys.REGION,
        aws_access_key_id=keys.STORE.id,
        aws_secret_access_key=keys.STORE.secret,
        config=Config(proxies={}),
    )
    host = provider.issuer.removeprefix("http://")
    made = iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["brigade-cli"], ThumbprintList=["0" * 40])
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": [made["OpenIDConnectProviderArn"]]},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": {"StringEquals": {f"{host}:app_id": "brigade-cli"}},
    }
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = lambda statement: json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="people", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="people", PolicyName="all", PolicyDocument=document(everything))

    person.login("alice", "--no-browser", "--endpoint", rgw.endpoint)
    given = credentials(person, "--role", role)
    s3 = client(rgw, given)
    s3.create_bucket(Bucket="of-alice")
    s3.put_object(Bucket="of-alice", Key="x", Body=b"through Ceph's STS")
    assert s3.get_object(Bucket="of-alice", Key="x")["Body"].read() == b"through Ceph's STS"
    s3.delete_object(Bucket="of-alice", Key="x")
    s3.delete_bucket(Bucket="of-alice")
    done = person.brigade("credentials", "--role", f"{role}-of-nobody")
    assert done.returncode == 1 and "refused the role: AccessDenied" in done.stderr
