"""What a client must be able to do to take part; what it has no way to do, it leaves out."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from harness import keys
from harness.process import clean_env


class Missing(Exception):
    """The client is not installed here; the text says how it would be."""


class Route(NamedTuple):
    """A way to a bucket: the endpoint, the key and the bucket's name there."""

    endpoint: str
    key: keys.Key
    bucket: str

    @property
    def host(self):
        return self.endpoint.removeprefix("http://")


class Client:
    """One client on one route. A case calls the method of its name; one that a client does not define is left out."""

    name = ""
    #: Installed and run only when everything is asked for: it takes long to build, or Debian's packages.
    slow = False
    #: Whether its keys are given as they are, so that every odd one can be tried.
    odd_keys = True

    def __init__(self, route, home):
        self.route = route
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.set_up()

    def set_up(self):
        pass

    def tear_down(self):
        pass

    def has(self, method):
        return hasattr(self, method)

    # For those that are commands.

    def environment(self):
        return clean_env(
            HOME=str(self.home),
            AWS_ACCESS_KEY_ID=self.route.key.id,
            AWS_SECRET_ACCESS_KEY=self.route.key.secret,
            AWS_REGION=keys.REGION,
            AWS_DEFAULT_REGION=keys.REGION,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
        )

    def run(self, *words, stdin=None):
        """Runs a command, which must succeed; returns what it wrote."""
        done = subprocess.run(
            [str(word) for word in words],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            env=self.environment(),
            cwd=self.home,
            timeout=300,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise RuntimeError(f"{os.path.basename(str(words[0]))} ended with {done.returncode}: {said[-400:]}")
        return done.stdout

    def file(self, data):
        path = self.home / "upload.bin"
        path.write_bytes(data)
        return path

    def target(self):
        path = self.home / "download.bin"
        path.unlink(missing_ok=True)
        return path
