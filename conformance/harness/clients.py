"""boto3, the aws CLI and curl, set up for one endpoint and one key, and nothing from the environment."""

import subprocess
import sys
from pathlib import Path

import boto3
import botocore
from botocore.config import Config

from . import keys
from .process import clean_env


#: One session: making one costs more than a hundred requests.
_SESSION = boto3.session.Session()


def s3_client(endpoint, key, on_response=None, **config):
    """A boto3 client. `key` None: unsigned. `on_response` sees every answer before it is parsed."""
    settings = {
        "signature_version": "s3v4" if key else botocore.UNSIGNED,
        "s3": {"addressing_style": "path"},
        "retries": {"total_max_attempts": 1},
        "connect_timeout": 10,
        "read_timeout": 120,
        "proxies": {},
    } | config
    client = _SESSION.client(
        "s3",
        endpoint_url=endpoint,
        region_name=keys.REGION,
        aws_access_key_id=key.id if key else None,
        aws_secret_access_key=key.secret if key else None,
        config=Config(**settings),
    )
    if on_response:
        client.meta.events.register("before-parse.s3", on_response)
    return client


class AwsCli:
    """The aws command, version 1, as a process of its own."""

    def __init__(self, endpoint, key, home):
        self._endpoint = endpoint
        home = Path(home)
        config = home / "aws-config"
        config.write_text(f"[default]\nregion = {keys.REGION}\ns3 =\n  addressing_style = path\n  signature_version = s3v4\n")
        self._env = clean_env(
            HOME=str(home),
            AWS_CONFIG_FILE=str(config),
            AWS_SHARED_CREDENTIALS_FILE=str(home / "none"),
            AWS_ACCESS_KEY_ID=key.id,
            AWS_SECRET_ACCESS_KEY=key.secret,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
            AWS_PAGER="",
        )
        self._home = home

    def run(self, *words, stdin=None):
        """Runs `aws WORDS…`; returns the finished process with its output as text."""
        command = [Path(sys.executable).parent / "aws", "--endpoint-url", self._endpoint, *words]
        return subprocess.run(
            [str(word) for word in command],
            input=stdin,
            capture_output=True,
            text=True,
            env=self._env,
            cwd=self._home,
            timeout=600,
        )

    def __call__(self, *words, stdin=None):
        """Runs `aws WORDS…`, which must succeed; returns its standard output."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"aws {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout


def curl(*words):
    """Runs curl, which must reach the server; returns (status, body)."""
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--path-as-is", "--write-out", "\n%{http_code}", *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, env=clean_env(), timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def refusal(call, **parameters):
    """The (status, code) with which a boto3 call is refused; a success is a failed test."""
    try:
        answer = call(**parameters)
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"].get("Code")
    raise AssertionError(f"not refused: {answer['ResponseMetadata']['HTTPStatusCode']}")
