"""Brigade in front of a store: its configuration, its process."""

import os
import urllib.request
from pathlib import Path

from . import keys
from .process import Process, free_ports

#: What clients call a bucket → its name and prefix at the store.
BUCKETS = {
    "plain": ("plain", ""),
    "mapped": ("backing-store-x7", "veiled/9c-"),
    "open": ("backing-open-x7", "veiled-open/"),
}
#: Buckets that clients create, and what they and their prefixes are at the store; `part` is a part of `versioned`.
MADE = {
    "fresh": ("fresh", ""),
    "refresh": ("backing-refresh-x7", ""),
    "made": ("made", ""),
    "remade": ("backing-remade-x7", ""),
    "versioned": ("versioned", ""),
    "locked": ("locked", ""),
    "part": ("versioned", "veiled-part/"),
}
#: The same bucket at the store as `mapped`, without its prefix: how a test looks at an embedded store.
LOOK = "look"
#: A bucket in a store of its own, whatever store is under test: for copies between stores.
FAR = "far"

#: Accounts `…-acct` whose products are prefixes of the bucket of `mapped`, but for `special`, which is in that of `open`.
ACCOUNT = "{account}-acct"


def config(listen, admin, backend, far):
    """The configuration under test; `backend` is the `[backends.store]` section's body, `far` a folder."""
    key = lambda key, rest: f'[keys.{key.id}]\nsecret = "{key.secret}"\n{rest}\n'
    everything = 'grants = [{ bucket = "*", actions = ["read", "list", "write", "delete"] }]'
    buckets = "\n".join(
        f'[buckets.{name}]\nbackend = "store"\nbucket = "{real}"\nprefix = "{prefix}"\n'
        + ('public = ["read", "list"]\n' if name == "open" else "")
        for name, (real, prefix) in BUCKETS.items()
        if name != "plain"
    )
    made = "\n".join(
        f'[buckets.{name}]\nbackend = "store"\nbucket = "{real}"\n' + (f'prefix = "{prefix}"\n' if prefix else "create = true\n")
        for name, (real, prefix) in MADE.items()
    )
    return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
domains = ["s3.localhost"]
region = "{keys.REGION}"

[backends.store]
{backend}

[backends.far]
type = "embedded"
path = "{far}"

[buckets.{FAR}]
backend = "far"
prefix = "away/"

[buckets.plain]
backend = "store"
[[buckets.plain.cors]]
origins = ["http://127.0.0.1:*", "https://*.example.org"]
methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
headers = ["*"]
max_age = "10m"

{buckets}

[buckets."{ACCOUNT}/{{product}}"]
backend = "store"
bucket = "{BUCKETS["mapped"][0]}"
prefix = "veiled-paths/{{account}}/{{product}}/"

[buckets."{ACCOUNT}/special"]
backend = "store"
bucket = "{BUCKETS["open"][0]}"
prefix = "veiled-special/{{account}}/"

{made}

[buckets.{LOOK}]
backend = "store"
bucket = "{BUCKETS["mapped"][0]}"

[buckets.{LOOK}-open]
backend = "store"
bucket = "{BUCKETS["open"][0]}"

{key(keys.FULL, everything)}
{key(keys.READ_ONLY, 'grants = [{ bucket = "*", actions = ["read", "list"] }]')}
{key(keys.TEAM, '''grants = [
  { bucket = "plain", prefix = "team/", actions = ["read", "list", "write", "delete"] },
  { bucket = "mapped", prefix = "team/", actions = ["read", "list", "write", "delete"] },
]''')}
{key(keys.DISABLED, everything + chr(10) + "disabled = true")}
{key(keys.EXPIRED, everything + chr(10) + "expires = 2020-01-01T00:00:00Z")}
{key(keys.PLAIN_READER, 'grants = [{ bucket = "plain", actions = ["read", "list"] }]')}
[keys.{keys.OWNER.id}]
secret = "{keys.OWNER.secret}"
[keys.{keys.OWNER.id}.policy]
Version = "2012-10-17"
Statement = [{{ Effect = "Allow", Action = "s3:*", Resource = "*" }}]

[keys.{keys.NEAR.id}]
secret = "{keys.NEAR.secret}"
[keys.{keys.NEAR.id}.policy]
Version = "2012-10-17"
[[keys.{keys.NEAR.id}.policy.Statement]]
Effect = "Allow"
Action = "s3:*"
Resource = "*"
Condition.IpAddress."aws:SourceIp" = "203.0.113.0/24"

[keys.{keys.POLICY.id}]
secret = "{keys.POLICY.secret}"
[keys.{keys.POLICY.id}.policy]
Version = "2012-10-17"
[[keys.{keys.POLICY.id}.policy.Statement]]
Effect = "Allow"
Action = "s3:*"
Resource = ["arn:aws:s3:::plain", "arn:aws:s3:::plain/*"]
[[keys.{keys.POLICY.id}.policy.Statement]]
Effect = "Deny"
Action = ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"]
Resource = "arn:aws:s3:::plain/locked/*"
"""


class Gateway:
    """A running Brigade: a `Server`, or a `Worker` where the run is about these (`runtime`)."""

    #: `server`, `workers`, or `edge`: workers behind what stands for Cloudflare's edge.
    runtime = "server"

    def __new__(cls, *args, **more):
        if cls is not Gateway:
            return super().__new__(cls)
        if Gateway.runtime == "server":
            return super().__new__(Server)
        from .worker import Edge, Worker

        return super().__new__(Edge if Gateway.runtime == "edge" else Worker)

    def __init__(self, folder, backend, name="brigade", settings=config):
        self.folder = Path(folder)
        self.port, self.admin = free_ports(2)
        self.file = self.folder / f"{name}.toml"
        self.file.write_text(settings(self.port, self.admin, backend, self.folder / "far"))
        self.file.chmod(0o600)
        self._name = name
        self.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def served(self):
        """The text of the configuration that it serves."""
        return self.file.read_text()

    def ready(self):
        """Whether it says that it is ready."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.endpoint}/.brigade/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        return self.process.stop()


class Server(Gateway):
    """The program, from a file."""

    def start(self):
        binary = os.environ.get("BRIGADE_BIN")
        if not binary:
            raise RuntimeError("BRIGADE_BIN names no binary; `cargo xtask conformance` sets it")
        self.process = Process(self._name, [binary, "serve", "--config", self.file], self.folder)
        self.process.await_ready(self.ready)
