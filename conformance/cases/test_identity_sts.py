"""Tokens of identity providers become credentials: by the aws CLI and boto3, with a certified provider and with a forger."""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from harness import keys
from harness.chroot import Unavailable
from harness.gateway import Gateway
from harness.mini_issuer import MiniIssuer
from harness.oidc import CI, RESOURCE, Provider
from harness.process import clean_env

AUDIENCE = "sts.example.org"
OLD_KEY = base64.b64encode(bytes(range(32))).decode()
NEW_KEY = base64.b64encode(bytes(range(32, 64))).decode()
CLAIMS = {"sub": "repo:org/app:ref:refs/heads/main", "aud": AUDIENCE, "repository": "org/app", "repository_owner": "org", "team": "red"}


def settings(provider, forger, revoked, sealing=(OLD_KEY,)):
    """The configuration; `sealing` are the sealing keys."""

    def text(listen, admin, backend, far):
        return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
{backend}

[buckets.artifacts]
backend = "store"

[keys.{keys.FULL.id}]
secret = "{keys.FULL.secret}"
grants = [{{ bucket = "*", actions = ["read", "list", "write", "delete"] }}]

[keys.{keys.TEAM.id}]
secret = "{keys.TEAM.secret}"
grants = []

[sessions]
keys = {json.dumps(list(sealing))}
issuer = "https://s3.example.org"
revocations = "{revoked}"
revocations_max_age = "5s"

[roles.github]
trust = [ {{ issuer = "{forger.issuer}", audience = ["{AUDIENCE}"], subject = ["repo:org/*:ref:refs/heads/main"], claims = {{ repository_owner = "org" }} }} ]
grants = [ {{ bucket = "artifacts", prefix = "${{jwt:repository}}/", actions = ["read", "write", "list", "delete"] }} ]
max_session = "2h"

[roles.team]
bearer = true
trust = [ {{ issuer = "{provider.issuer}", audience = ["{RESOURCE}"], subject = ["{CI['client_id']}"] }} ]
grants = [ {{ bucket = "artifacts", prefix = "teams/${{jwt:team}}/", actions = ["read", "write", "list"] }} ]

[roles.deploy]
callers = ["key/{keys.TEAM.id}", "role/github"]
grants = [ {{ bucket = "artifacts", prefix = "deploy/", actions = ["read", "write"] }} ]
"""

    return text


class Site:
    """A gateway with a store of its own, whom it trusts, and how a job asks it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.revoked = self.folder / "revoked.toml"
        self.revoked.write_text("")
        self.forger = MiniIssuer()
        self.provider = self.gateway = None
        try:
            self.provider = Provider(self.folder, {CI["client_id"]: {"team": "red"}})
            self.seal(OLD_KEY)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for made in (self.gateway, self.provider, self.forger):
            if made:
                made.stop()

    def seal(self, *sealing):
        """Starts the gateway, again if need be, with these sealing keys; the store's data stay."""
        if self.gateway:
            self.gateway.stop()
        backend = f'type = "embedded"\npath = "{self.folder / "data"}"'
        made = settings(self.provider, self.forger, self.revoked, sealing)
        self.gateway = Gateway(self.folder, backend, settings=made)
        return self.gateway

    @property
    def endpoint(self):
        return self.gateway.endpoint

    def revoke(self, text):
        """Puts a list in the place of the one before."""
        new = self.folder / "revoked.new"
        new.write_text(text)
        new.replace(self.revoked)

    def aws(self, *words, **variables):
        """Runs `aws WORDS…`; the variables are all the credentials it has."""
        variables = {name: str(value) for name, value in variables.items() if value is not None}
        nowhere = {"AWS_CONFIG_FILE": self.folder / "none", "AWS_SHARED_CREDENTIALS_FILE": self.folder / "none"}
        env = clean_env(
            HOME=str(self.folder),
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_REGION=keys.REGION,
            AWS_DEFAULT_REGION=keys.REGION,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
            AWS_PAGER="",
            **{name: str(path) for name, path in nowhere.items() if name not in variables},
            **variables,
        )
        command = [str(Path(sys.executable).parent / "aws"), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=self.folder, timeout=120)

    def assume(self, token, role="github", **more):
        """AssumeRoleWithWebIdentity by hand: (status, code or credentials)."""
        fields = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": f"arn:aws:iam::000000000000:role/{role}",
            "RoleSessionName": "build-7",
            "WebIdentityToken": token,
        } | more
        return self.post(urllib.parse.urlencode(fields).encode())

    def post(self, form):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.endpoint, form, timeout=20) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        document = ElementTree.fromstring(body)
        names = {"sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
        if status != 200:
            return status, document.find(".//sts:Code", names).text
        found = document.find(".//sts:Credentials", names)
        return status, {child.tag.split("}")[1]: child.text for child in found}

    def session(self, token=None, **more):
        """The environment of a session of `github`."""
        status, given = self.assume(token or self.forger.mint(CLAIMS), **more)
        assert status == 200, given
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    def client(self, session):
        """boto3 as a session."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=keys.REGION,
            aws_access_key_id=session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=session["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=session["AWS_SESSION_TOKEN"],
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
        )

    def fate(self, session, key="org/app/fate"):
        """What becomes of an upload as a session: `ok`, or S3's code."""
        try:
            self.client(session).put_object(Bucket="artifacts", Key=key, Body=b"fate")
            return "ok"
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    try:
        made = Site(tmp_path_factory.mktemp("sts"))
    except Unavailable as why:
        pytest.skip(f"the provider cannot be had here: {why}")
    yield made
    made.stop()


@pytest.fixture
def token_file(site, tmp_path):
    path = tmp_path / "token"

    def written(token):
        path.write_text(token)
        return path

    return written


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_token_of_a_certified_provider_becomes_credentials_for_its_claims_prefix(site, tmp_path):
    token = site.provider.client_token()
    (tmp_path / "build.zip").write_bytes(os.urandom(9 << 20))
    call = ("sts", "assume-role-with-web-identity", "--role-arn", "arn:aws:iam::000000000000:role/team")
    said = json.loads(good(site.aws(*call, "--role-session-name", "job", "--web-identity-token", token)))
    assert said["SubjectFromWebIdentityToken"] == CI["client_id"] and said["Audience"] == RESOURCE, said
    assert said["Provider"] == site.provider.issuer, said
    assert said["AssumedRoleUser"]["Arn"] == "arn:aws:sts::000000000000:assumed-role/team/job", said
    given = said["Credentials"]
    session = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    who = json.loads(good(site.aws("sts", "get-caller-identity", **session)))
    assert who["Arn"] == said["AssumedRoleUser"]["Arn"] and who["UserId"] == said["AssumedRoleUser"]["AssumedRoleId"], who
    good(site.aws("s3", "cp", tmp_path / "build.zip", "s3://artifacts/teams/red/build.zip", **session))
    good(site.aws("s3", "cp", "s3://artifacts/teams/red/build.zip", tmp_path / "back.zip", **session))
    assert (tmp_path / "back.zip").read_bytes() == (tmp_path / "build.zip").read_bytes()
    for outside in ("teams/blue/build.zip", "teams/red2/build.zip", "teams/red", "build.zip"):
        done = site.aws("s3", "cp", tmp_path / "build.zip", f"s3://artifacts/{outside}", **session)
        assert done.returncode == 1 and "AccessDenied" in done.stderr, (outside, done)


def test_sdks_take_a_token_file_and_nothing_else(site, token_file, tmp_path):
    (tmp_path / "a").write_text("a")
    file = token_file(site.forger.mint(CLAIMS))
    variables = {"AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/github", "AWS_WEB_IDENTITY_TOKEN_FILE": file}
    good(site.aws("s3", "cp", tmp_path / "a", "s3://artifacts/org/app/by-file", **variables))
    done = site.aws("s3", "cp", tmp_path / "a", "s3://artifacts/org/other/by-file", **variables)
    assert "AccessDenied" in done.stderr, done
    listed = good(site.aws("s3", "ls", "s3://artifacts/org/app/", **variables))
    assert "by-file" in listed


def test_githubs_action_needs_nothing_but_an_endpoint(site, token_file):
    file = token_file(site.forger.mint(CLAIMS))
    script = Path(__file__).parent.parent / "oidc" / "assume.mjs"
    command = ["node", str(script), "arn:aws:iam::000000000000:role/github", str(file)]
    env = clean_env(AWS_ENDPOINT_URL_STS=site.endpoint, HOME=str(site.folder))
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    said = json.loads(good(done))
    assert said["arn"] == "arn:aws:sts::000000000000:assumed-role/github/GitHubActions", said
    given = said["credentials"]
    session = {
        "AWS_ACCESS_KEY_ID": given["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["secretAccessKey"],
        "AWS_SESSION_TOKEN": given["sessionToken"],
    }
    assert site.fate(session) == "ok" and site.fate(session, "org/other/fate") == "AccessDenied"


def test_a_profile_chains_roles(site, tmp_path):
    file = tmp_path / "config"
    file.write_text(
        f"[default]\nregion = {keys.REGION}\n[profile base]\naws_access_key_id = {keys.TEAM.id}\n"
        f"aws_secret_access_key = {keys.TEAM.secret}\n"
        "[profile deploy]\nrole_arn = arn:aws:iam::000000000000:role/deploy\nsource_profile = base\n"
    )
    (tmp_path / "a").write_text("a")
    good(site.aws("--profile", "deploy", "s3", "cp", tmp_path / "a", "s3://artifacts/deploy/a", AWS_CONFIG_FILE=file))
    done = site.aws("--profile", "base", "s3", "cp", tmp_path / "a", "s3://artifacts/deploy/a", AWS_CONFIG_FILE=file)
    assert "AccessDenied" in done.stderr, done
    token = json.loads(good(site.aws("--profile", "base", "sts", "get-session-token", AWS_CONFIG_FILE=file)))
    assert token["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_a_session_policy_narrows(site):
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::artifacts/org/app/x/*"}}
    )
    session = site.session(Policy=policy)
    assert site.fate(session, "org/app/x/a") == "ok"
    assert site.fate(session, "org/app/y") == "AccessDenied"
    assert site.assume(site.forger.mint(CLAIMS), Policy="{}") == (400, "MalformedPolicyDocument")


FORGED = {
    "claims changed after signing": (dict(tamper="claims"), "InvalidIdentityToken"),
    "a bit of the signature": (dict(tamper="signature"), "InvalidIdentityToken"),
    "a truncated signature": (dict(tamper="truncated"), "InvalidIdentityToken"),
    "a stranger's key under our kid": (dict(key="stranger"), "InvalidIdentityToken"),
    "alg none": (dict(alg="none"), "InvalidIdentityToken"),
    "alg None": (dict(alg="None"), "InvalidIdentityToken"),
    "HMAC with the public key's words": (dict(alg="HS256", key="-----BEGIN PUBLIC KEY-----"), "InvalidIdentityToken"),
    "another algorithm than the key's": (dict(header={"alg": "ES256"}), "InvalidIdentityToken"),
    "kid of another kind of key": (dict(kid="p256-1"), "InvalidIdentityToken"),
    "kid that is a path": (dict(kid="../../jwks"), "InvalidIdentityToken"),
    "a critical header": (dict(header={"crit": ["x"], "x": 1}), "InvalidIdentityToken"),
    "its own key set": (dict(key="stranger", header={"jku": "http://127.0.0.1:9/jwks"}), "InvalidIdentityToken"),
}
CLAIMED = {
    "expired": ({"exp": 1_000_000_000}, 400, "ExpiredTokenException"),
    "no exp": ({"exp": None}, 400, "InvalidIdentityToken"),
    "exp in words": ({"exp": "2099-01-01"}, 400, "InvalidIdentityToken"),
    "not yet": ({"nbf": 4_000_000_000, "exp": 4_000_000_100}, 400, "InvalidIdentityToken"),
    "issued in the future": ({"iat": 4_000_000_000, "exp": 4_000_000_100}, 400, "InvalidIdentityToken"),
    "for another": ({"aud": "sts.other.org"}, 400, "InvalidIdentityToken"),
    "for nobody": ({"aud": None}, 400, "InvalidIdentityToken"),
    "for a prefix": ({"aud": AUDIENCE + ".evil.org"}, 400, "InvalidIdentityToken"),
    "of another issuer": ({"iss": "https://token.actions.githubusercontent.com"}, 400, "InvalidIdentityToken"),
    "of nobody": ({"sub": None}, 400, "InvalidIdentityToken"),
    "sub that is no text": ({"sub": ["repo:org/app:ref:refs/heads/main"]}, 400, "InvalidIdentityToken"),
    "of another branch": ({"sub": "repo:org/app:ref:refs/heads/main2"}, 403, "AccessDenied"),
    "of another organization": ({"sub": "repo:evil/repo:org/app:ref:refs/heads/main"}, 403, "AccessDenied"),
    "a claim missing": ({"repository_owner": None}, 403, "AccessDenied"),
    "a claim in a list of more": ({"repository_owner": {"org": True}}, 403, "AccessDenied"),
}


@pytest.mark.parametrize("what", sorted(FORGED))
def test_a_forged_token_is_refused(site, what):
    how, code = FORGED[what]
    assert site.assume(site.forger.mint(CLAIMS, **how)) == (400, code)


@pytest.mark.parametrize("what", sorted(CLAIMED))
def test_a_token_that_claims_otherwise_is_refused(site, what):
    claims, status, code = CLAIMED[what]
    assert site.assume(site.forger.mint(CLAIMS | claims)) == (status, code)


def test_texts_that_are_no_tokens_are_refused(site):
    good_one = site.forger.mint(CLAIMS)
    head, body, signature = good_one.split(".")
    for text in ("abcd", "a.b.c", "....", f"{head}.{body}", f"{good_one}.x", f"{head}.{body}.", "x" * 19_000):
        assert site.assume(text) == (400, "InvalidIdentityToken"), text[:40]
    assert site.assume("x" * 20_001)[1] == "ValidationError"
    assert site.assume(good_one)[0] == 200


NO_NAMES = ["", "../..", "org/../evil", "a*", "org//app", "/app", ".", "a\nb"]
NOTHING = ("AccessDenied", "InvalidArgument", "InvalidURI")


@pytest.mark.parametrize("claim", NO_NAMES)
def test_a_claim_that_is_no_name_reaches_nothing(site, claim):
    session = site.session(site.forger.mint(CLAIMS | {"repository": claim}))
    own = [] if "." in claim else [f"{claim}/fate"]
    for key in (*own, "fate", "/fate", "org/app/fate"):
        assert site.fate(session, key) in NOTHING, key


@pytest.mark.parametrize("key", ["../../fate", "./fate", "org/../evil/fate", "org/app/../../evil/fate"])
def test_a_key_with_dots_is_reached_by_no_claim(site, key):
    # What begins with a name is below it in a store that keeps keys byte for byte, dots and all.
    names = [name for name in ("org/app",) if not key.startswith(f"{name}/")]
    for claim in (*NO_NAMES, *names):
        session = site.session(site.forger.mint(CLAIMS | {"repository": claim}))
        assert site.fate(session, key) in NOTHING, claim


def test_every_algorithm_is_taken(site):
    for alg in ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"):
        assert site.assume(site.forger.mint(CLAIMS, alg=alg))[0] == 200, alg
    for alg in ("PS384", "PS512"):
        assert site.assume(site.forger.mint(CLAIMS, alg=alg)) == (400, "InvalidIdentityToken"), alg


def test_the_providers_keys_rotate_and_it_may_be_away(site):
    # Other cases may have made it look for keys that nobody has, which it does once a minute.
    site.seal(OLD_KEY)
    old = site.forger.mint(CLAIMS)
    assert site.assume(old)[0] == 200
    site.forger.rotate(keep=True)
    new = site.forger.mint(CLAIMS)
    assert site.assume(new)[0] == 200, "an unknown key is looked for at once"
    assert site.assume(old)[0] == 200
    asked = site.forger.state()["jwks"]
    for n in range(20):
        assert site.assume(site.forger.mint(CLAIMS, kid=f"unknown-{n}")) == (400, "InvalidIdentityToken")
    assert site.forger.state()["jwks"] <= asked + 1, "and once a minute"
    site.forger.fault(jwks=500, discovery=500)
    try:
        assert site.assume(site.forger.mint(CLAIMS))[0] == 200, "what is held is used"
    finally:
        site.forger.fault()


def test_sealing_keys_rotate_and_nobody_is_logged_out(site):
    old = site.session()
    site.seal(NEW_KEY, OLD_KEY)
    assert site.fate(old) == "ok"
    new = site.session()
    site.seal(NEW_KEY)
    assert site.fate(new) == "ok"
    assert site.fate(old) == "InvalidToken"
    site.seal(OLD_KEY)
    assert site.fate(new) == "InvalidToken" and site.fate(old) == "ok"


def await_fate(site, session, expected, seconds=10):
    deadline = time.monotonic() + seconds
    while (found := site.fate(session)) != expected:
        assert time.monotonic() < deadline, f"still {found} after {seconds} s"
        time.sleep(0.2)


def test_a_revocation_takes_effect_within_seconds(site):
    one, other = site.session(), site.session()
    try:
        site.revoke(f'sessions = ["{one["AWS_ACCESS_KEY_ID"]}"]')
        await_fate(site, one, "InvalidToken")
        assert site.fate(other) == "ok"
        site.revoke(f'[[subjects]]\nissuer = "{site.forger.issuer}"\nsubject = "{CLAIMS["sub"]}"')
        await_fate(site, other, "InvalidToken")
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        site.revoke(f'[[roles]]\nrole = "github"\nbefore = {later}')
        await_fate(site, one, "InvalidToken")
        time.sleep(1.1)
        # Those issued later are good, once the list is read.
        await_fate(site, site.session(), "ok")
        # Nobody knows what was revoked: after five seconds nobody is let through.
        site.revoke("sessions = [")
        await_fate(site, site.session(), "ServiceUnavailable", 15)
        assert site.fate({"AWS_ACCESS_KEY_ID": keys.FULL.id, "AWS_SECRET_ACCESS_KEY": keys.FULL.secret, "AWS_SESSION_TOKEN": None}) == "ok"
    finally:
        site.revoke("")
    await_fate(site, one, "ok")


def get(url, **headers):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_bearer_token_needs_no_signing(site):
    full = {"AWS_ACCESS_KEY_ID": keys.FULL.id, "AWS_SECRET_ACCESS_KEY": keys.FULL.secret, "AWS_SESSION_TOKEN": None}
    client = site.client(full)
    client.put_object(Bucket="artifacts", Key="teams/red/a", Body=b"red")
    client.put_object(Bucket="artifacts", Key="teams/blue/a", Body=b"blue")
    token = site.provider.client_token()
    bearer = {"Authorization": f"Bearer {token}"}
    assert get(f"{site.endpoint}/artifacts/teams/red/a", **bearer) == (200, b"red")
    status, body = get(f"{site.endpoint}/artifacts/teams/blue/a", **bearer)
    assert status == 403 and b"AccessDenied" in body
    status, body = get(f"{site.endpoint}/artifacts?list-type=2&prefix=teams/red/", **bearer)
    assert status == 200 and b"teams/red/a" in body
    for wrong, code in ((token[:-4], b"InvalidToken"), (site.forger.mint(CLAIMS), b"InvalidToken"), ("x", b"InvalidToken")):
        status, body = get(f"{site.endpoint}/artifacts/teams/red/a", Authorization=f"Bearer {wrong}")
        assert status == 400 and code in body, body


def test_no_token_and_no_secret_is_in_the_log(site):
    token = site.forger.mint(CLAIMS)
    session = site.session(token)
    assert site.fate(session) == "ok"
    site.assume(token[:-2])
    get(f"{site.endpoint}/artifacts/teams/red/a", Authorization=f"Bearer {token}")
    log = site.gateway.process.log.read_text()
    assert "role/github/build-7" in log
    for hidden in (token, token.split(".")[2], session["AWS_SESSION_TOKEN"], session["AWS_SECRET_ACCESS_KEY"], OLD_KEY):
        assert hidden not in log
