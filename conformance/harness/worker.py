"""Brigade as a Cloudflare Worker in workerd, under Miniflare. Embedded stores of its configuration, which a Worker
cannot have, are servers behind it."""

import json
import os
import re
import shutil
import tomllib
from pathlib import Path

from . import keys
from .chroot import Unavailable
from .gateway import Gateway, Server
from .process import Process, clean_env, peak_rss

FILE = re.compile(r"\$\{file:([^}]*)\}")
EMBEDDED = re.compile(r'^type = "embedded"\npath = "(.*)"$', re.MULTILINE)


class Runner(Process):
    """node, and below it workerd, whose memory is what counts."""

    workerd = None

    def __init__(self, name, command, folder, env):
        # The log goes on where the process of that name before it ended.
        log = Path(folder) / f"{name}.log"
        self._begin = log.stat().st_size if log.exists() else 0
        super().__init__(name, command, folder, env, group=True)

    def serves(self):
        found = re.search(rb"^READY workerd=(\d+)$", self.log.read_bytes()[self._begin :], re.MULTILINE)
        self.workerd = found and int(found[1])
        return bool(found)

    def peak_rss(self):
        return peak_rss(self.workerd)


def run(name, build, port, bindings, folder, kept=None, edge=False, more=None):
    """Starts a Worker: `build` holds its modules, wrangler.toml says the rest. `kept` are files by their keys in KV; with `edge`
    Miniflare's stand-in for Cloudflare's edge is in front; `more` are options of Miniflare's."""
    packages, node = os.environ.get("BRIGADE_WORKERS_PACKAGES"), shutil.which("node")
    if not packages or not node:
        raise Unavailable("there is no node or BRIGADE_WORKERS_PACKAGES; `cargo xtask edge` sets it where npm is")
    here = Path(__file__).parent.parent
    settings = Path(folder) / f"{name}-workerd.json"
    wrangler = here.parent / "wrangler.toml"
    bound = {"bindings": bindings, "kept": kept or {}, "more": more or {}}
    given = {"wrangler": str(wrangler), "build": str(build), "port": port, "edge": edge} | bound
    settings.write_text(json.dumps(given))
    settings.chmod(0o600)
    # Nothing of wrangler's is written outside of the folder of the run.
    env = clean_env(CI="1", XDG_CONFIG_HOME=str(folder), BRIGADE_WORKERS_PACKAGES=packages)
    runner = Runner(name, [node, "--no-warnings", here / "workers" / "serve.mjs", settings], folder, env)
    try:
        runner.await_ready(runner.serves)
    except Exception:
        runner.kill()
        raise
    return runner


def without_files(text):
    """A Worker has no files: what the configuration reads from one becomes a secret of its own. (text, secrets)"""
    secrets = {f"FILE_{number}": Path(found[1]).read_text() for number, found in enumerate(FILE.finditer(text))}
    names = iter(secrets)
    return FILE.sub(lambda _: f"${{env:{next(names)}}}", text), secrets


class Worker(Gateway):
    """The same as the server, but for what stands in `platform.py`. Nothing is before it but workerd."""

    #: Whether what stands for Cloudflare's edge is in front.
    edge = False
    #: Options of Miniflare's.
    more = {}
    #: The switch for what only tests ask, and a limit above the large objects of the cases.
    bindings = {"BRIGADE_TEST": "1", "BRIGADE_UPLOAD_LIMIT_MB": "500"}

    def __init__(self, *args, **more):
        #: By the path of the embedded store; they outlive a Worker that is killed and started again.
        self._behind = {}
        super().__init__(*args, **more)

    def start(self):
        build = os.environ.get("BRIGADE_WORKER")
        if not build:
            raise Unavailable("BRIGADE_WORKER names no built Worker; `cargo xtask edge` sets it where npm is")
        try:
            text, secrets = without_files(self._served_apart(self.file.read_text()))
            self._text = text
            configured, kept = self.given(text)
            given = self.bindings | secrets | configured
            # What the server reads from a file, a Worker reads from KV by the file's name.
            revoked = tomllib.loads(text).get("sessions", {}).get("revocations")
            kept |= {Path(revoked).name: revoked} if revoked else {}
            self.process = run(self._name, build, self.port, given, self.folder, kept, self.edge, self.more)
            try:
                self.process.await_ready(self.ready)
            except Exception:
                self.process.stop()
                raise
        except Exception:
            self._stop_behind()
            raise

    def served(self):
        return self._text

    def given(self, text):
        """How the Worker is given a configuration: variables, and files by their keys in KV."""
        return {"BRIGADE_CONFIG": text}, {}

    def _served_apart(self, text):
        """The configuration with a server at the place of each embedded store."""
        parsed = tomllib.loads(text)
        for found in list(EMBEDDED.finditer(text)):
            if found[1] in self._behind:
                text = text.replace(found[0], self._behind[found[1]].backend())
                continue
            backends = [name for name, backend in parsed["backends"].items() if backend.get("path") == found[1]]
            named = [(name, bucket) for name, bucket in parsed["buckets"].items() if bucket["backend"] in backends]
            real = {bucket.get("bucket", name) for name, bucket in named}
            # What clients create is not there before; a pattern is no name.
            real -= {bucket.get("bucket", name) for name, bucket in named if bucket.get("create")}
            store = Behind(self.folder, f"{self._name}-{backends[0]}", found[1], {name for name in real if "{" not in name})
            self._behind[found[1]] = store
            text = text.replace(found[0], store.backend())
        return text

    def stop(self):
        status = self.process.stop()
        self._stop_behind()
        return status

    def _stop_behind(self):
        for store in self._behind.values():
            store.stop()
        self._behind.clear()


class Edge(Worker):
    """One behind what stands for Cloudflare's edge."""

    edge = True


class Behind(Server):
    """An embedded store with an address: a server whose buckets have the store's own names."""

    def __init__(self, folder, name, path, buckets=()):
        made = "".join(f'[buckets."{bucket}"]\nbackend = "store"\n' for bucket in sorted(buckets))
        text = lambda listen, admin, backend, far: f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
{backend}

{made}
[buckets."{{bucket}}"]
backend = "store"
create = true

[keys.{keys.STORE.id}]
secret = "{keys.STORE.secret}"
[keys.{keys.STORE.id}.policy]
Version = "2012-10-17"
Statement = [{{ Effect = "Allow", Action = "s3:*", Resource = "*" }}]
"""
        super().__init__(folder, f'type = "embedded"\npath = "{path}"', f"{name}-behind", text)

    def backend(self):
        """The section of a configuration that leads here."""
        auth = f'{{ access_key_id = "{keys.STORE.id}", secret_access_key = "{keys.STORE.secret}" }}'
        return f'type = "s3"\nendpoint = "{self.endpoint}"\nregion = "{keys.REGION}"\nauth = {auth}\nexact_keys = true'
