"""`brigade serve` without a configuration: what a newcomer sees."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.clients import curl
from harness.process import Process, accepts, clean_env, free_ports


@pytest.fixture
def first(tmp_path):
    """Starts `brigade serve` in an empty folder; gives (process, port)."""
    started = []

    def start():
        (port,) = free_ports(1)
        command = [os.environ["BRIGADE_BIN"], "serve", "--listen", f"127.0.0.1:{port}"]
        process = Process(f"first-{len(started)}", command, tmp_path)
        started.append(process)
        process.await_ready(lambda: accepts(port) and "aws s3" in process.tail(200))
        return process, port

    yield start
    for process in started:
        process.stop()


def printed(process):
    """The variables it prints for the shell."""
    text = process.log.read_text()
    found = dict(re.findall(r"(AWS_[A-Z_]+)=['\"]?([^\s'\"]+)", text))
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= set(found), text
    return found


def test_the_printed_lines_work_when_pasted(first, tmp_path):
    process, port = first()
    (tmp_path / "README.md").write_text("hello")
    text = process.log.read_text()
    variables = printed(process)
    line = next(line.strip() for line in text.splitlines() if "aws s3 cp" in line or "aws s3 " in line and " cp " in line)
    words = line[line.index("aws ") :].split()
    env = clean_env(**variables, HOME=str(tmp_path), AWS_EC2_METADATA_DISABLED="true")
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    (tmp_path / words[words.index("cp") + 1]).write_text("hello")
    done = subprocess.run(words, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    source, target = words[words.index("cp") + 1 : words.index("cp") + 3]
    key = target.removeprefix("s3://demo/") or source
    key = key if not key.endswith("/") else key + source
    assert curl(f"http://127.0.0.1:{port}/demo/{key}") == (200, b"hello")


def test_the_key_is_kept_across_restarts_and_is_nobody_elses_to_read(first, tmp_path):
    process, _ = first()
    before = printed(process)
    assert process.stop() == 0
    process, _ = first()
    after = printed(process)
    assert after["AWS_SECRET_ACCESS_KEY"] == before["AWS_SECRET_ACCESS_KEY"]
    secret = before["AWS_SECRET_ACCESS_KEY"].encode()
    holders = [path for path in (tmp_path / "brigade-data").rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert holders
    for path in holders:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_port_in_use_is_a_clear_error(first, tmp_path):
    _, port = first()
    other = tmp_path / "other"
    other.mkdir()
    command = [os.environ["BRIGADE_BIN"], "serve", "--listen", f"127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=other, env=clean_env(), timeout=60)
    assert done.returncode != 0
    assert str(port) in done.stderr and "--listen" in done.stderr, done.stderr


def test_check_names_every_mistake(tmp_path):
    file = tmp_path / "brigade.toml"
    file.write_text(
        '[server]\nlisten = "127.0.0.1:0"\nlissten = 1\n\n[backends.a]\ntype = "s3"\nendpoint = "not a url"\n\n'
        '[buckets.b]\nbackend = "none"\n\n[keys.K]\nsecret = ""\ngrants = [{ bucket = "missing", actions = ["read"] }]\n'
        '\n[keys.L]\nsecret = "${env:BRIGADE_SURELY_NOT_SET}"\ngrants = []\n'
    )
    file.chmod(0o600)
    command = [os.environ["BRIGADE_BIN"], "check", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=clean_env(), timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    for part in ("brigade.toml", "lissten", "none", "missing", "BRIGADE_SURELY_NOT_SET"):
        assert part in said, (part, said)


def test_schema_is_json():
    import json

    done = subprocess.run([os.environ["BRIGADE_BIN"], "schema"], capture_output=True, text=True, env=clean_env(), timeout=60)
    schema = json.loads(done.stdout)
    assert done.returncode == 0 and "$schema" in schema and "backends" in json.dumps(schema)


def test_the_first_key_takes_temporary_credentials_of_itself(first, tmp_path):
    process, port = first()
    env = clean_env(**printed(process), HOME=str(tmp_path), AWS_EC2_METADATA_DISABLED="true")
    env |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    aws = [str(Path(sys.executable).parent / "aws")]
    run = lambda *words, **more: subprocess.run(aws + list(words), capture_output=True, text=True, env=env | more, timeout=60)
    done = run("sts", "get-session-token")
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)["Credentials"]
    session = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    (tmp_path / "a").write_text("a")
    done = run("s3", "cp", str(tmp_path / "a"), "s3://demo/a", **session)
    assert done.returncode == 0, done.stderr
    assert curl(f"http://127.0.0.1:{port}/demo/a") == (200, b"a")
