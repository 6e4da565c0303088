"""The functional tests that MinIO's client for Python ships in its source archive."""

import json
import subprocess
import sys
import tarfile

from harness.chroot import cache
from harness.process import clean_env

VERSION = "7.2.20"
NAME = f"minio-py {VERSION}"


def installed():
    """The file of the tests; fetched once."""
    home = cache() / "suites"
    tests = home / f"minio-{VERSION}/tests/functional/tests.py"
    if not tests.is_file():
        home.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*fetch, "--dest", str(home), f"minio=={VERSION}"], check=True)
        with tarfile.open(home / f"minio-{VERSION}.tar.gz") as archive:
            archive.extractall(home, filter="data")
    return tests


def run(endpoint, key, folder):
    """{case: what came of it}: `PASS`, `NA` for what the store does not have, or the failure."""
    folder.mkdir()
    env = clean_env(
        SERVER_ENDPOINT=endpoint.removeprefix("http://"),
        ACCESS_KEY=key.id,
        SECRET_KEY=key.secret,
        ENABLE_HTTPS="0",
        MINT_MODE="full",
        DATA_DIR=str(folder / "none"),
    )
    done = subprocess.run([sys.executable, installed()], capture_output=True, text=True, cwd=folder, env=env, timeout=600)
    outcomes = {}
    for line in done.stdout.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        failed = f"FAIL: {said.get('message', '')}"[:400]
        outcomes[said["name"].removeprefix("minio-py:")] = failed if said["status"] == "FAIL" else said["status"]
    if not outcomes:
        raise RuntimeError(f"the suite said nothing: {done.stderr[-2000:]}")
    if done.returncode:
        outcomes["it went on to its end"] = f"FAIL: {done.stderr[-400:]}"
    return outcomes
