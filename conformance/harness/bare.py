"""`workers/bare.mjs`: what the platform does by itself, in plain workerd and behind what stands for Cloudflare's edge."""

import os
import shutil
import tomllib
from pathlib import Path

from .chroot import Unavailable
from .process import Process, accepts, clean_env, free_ports
from .worker import run

CAPNP = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "{date}",
  modules = [(name = "index.js", esModule = embed "index.js")],
);
"""


class Bare:
    """One in workerd, with nothing of Miniflare's."""

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.port,) = free_ports(1)
        shutil.copy(Path(__file__).parent.parent / "workers" / "bare.mjs", self.folder / "index.js")
        self.start()

    def start(self):
        packages = os.environ.get("BRIGADE_WORKERS_PACKAGES")
        if not packages:
            raise Unavailable("BRIGADE_WORKERS_PACKAGES is not set; `cargo xtask edge` sets it where npm is")
        wrangler = tomllib.loads((Path(__file__).parents[2] / "wrangler.toml").read_text())
        text = CAPNP.format(port=self.port, date=wrangler["compatibility_date"])
        (self.folder / "config.capnp").write_text(text)
        workerd = Path(packages) / "node_modules/@cloudflare/workerd-linux-64/bin/workerd"
        self.process = Process("bare", [workerd, "serve", self.folder / "config.capnp"], self.folder, clean_env())
        try:
            self.process.await_ready(lambda: accepts(self.port))
        except Exception:
            self.process.stop()
            raise

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        return self.process.stop()


class BareEdge(Bare):
    """One behind what stands for Cloudflare's edge."""

    def start(self):
        self.process = run("bare", self.folder, self.port, {}, self.folder, edge=True)
