"""What a request costs in workerd: Brigade, with its log and without, a Worker in JavaScript that only passes on, and one
that does nothing.

`python run.py BUILD WORKERD [--rounds N] [--requests N] [--json FILE]`; `cargo xtask bench-workers` builds and calls it. CPU
seconds of workerd alone (`/proc/PID/task/*/schedstat`), all side by side in every round, so that what else the machine
does falls on all. Every request is the same signed GET (or PUT) of S3, also to those that do not look at it.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "conformance"))

from harness import keys, sign  # noqa: E402
from harness.process import Process, accepts, clean_env, cpu_seconds, free_ports  # noqa: E402

#: As wrangler.toml has it.
COMPATIBLE = "2026-04-01"
LARGE = 200_000_000

CONFIG = """
[server]
region = "us-east-1"

[backends.store]
type = "s3"
endpoint = "{endpoint}"
region = "us-east-1"
auth = {{ access_key_id = "{store.id}", secret_access_key = "{store.secret}" }}

[buckets.bench]
backend = "store"
prefix = "some/prefix/"

[keys.{key.id}]
secret = "{key.secret}"
grants = [{{ bucket = "*", actions = ["read", "list", "write", "delete"] }}]
"""

CAPNP = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "{date}",
  modules = [{modules}],
  bindings = [{bindings}],
  globalOutbound = "internet",
);
"""


class Peer:
    """One Worker in a workerd of its own, without Miniflare in front."""

    def __init__(self, name, build, workerd, folder, variables):
        self.name, self.folder = name, Path(folder) / name
        shutil.copytree(build, self.folder)
        (self.port,) = free_ports(1)
        files = sorted((path.name for path in self.folder.iterdir() if path.suffix in (".js", ".mjs", ".wasm")), key=lambda file: file != "index.js")
        kind = lambda file: "wasm" if file.endswith(".wasm") else "esModule"
        modules = ", ".join(f'(name = "{file}", {kind(file)} = embed "{file}")' for file in files)
        bindings = ", ".join(f'(name = "{variable}", fromEnvironment = "{variable}")' for variable in variables)
        capnp = self.folder / "config.capnp"
        capnp.write_text(CAPNP.format(port=self.port, date=COMPATIBLE, modules=modules, bindings=bindings))
        self.process = Process(name, [workerd, "serve", capnp], self.folder, clean_env(**variables))
        self.process.await_ready(lambda: accepts(self.port))

    def request(self, method, path, size=0):
        """The bytes of a signed request, and the same for as long as a signature holds."""
        host = f"127.0.0.1:{self.port}"
        more = [("user-agent", "aws-sdk-go-v2/1.30.0 os/linux"), ("accept", "*/*")]
        more += [("content-length", str(size))] if method == "PUT" else []
        lines = sign.headers_for(sign.Signing(keys.FULL), method, host, path, "", [], sign.UNSIGNED if size else sign.EMPTY, more)
        return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n").encode()

    def small(self, count, connections):
        """CPU seconds per GET of 1 KiB, kept alive on so many connections at once."""
        data = self.request("GET", "/bench/1024")
        opened = [socket.create_connection(("127.0.0.1", self.port), timeout=60) for _ in range(connections)]
        try:
            for connection in opened:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            before = cpu_seconds(self.process.pid)
            for _ in range(count // connections):
                for connection in opened:
                    connection.sendall(data)
                for connection in opened:
                    self.check(*answer(connection), 1024)
            return (cpu_seconds(self.process.pid) - before) / (count // connections * connections)
        finally:
            for connection in opened:
                connection.close()

    def large(self, method):
        """CPU seconds of one object of 200 MB."""
        before = cpu_seconds(self.process.pid)
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as connection:
            connection.sendall(self.request(method, f"/bench/{LARGE}", LARGE if method == "PUT" else 0))
            if method == "PUT":
                block = bytes(1 << 20)
                for at in range(0, LARGE, len(block)):
                    connection.sendall(block[: LARGE - at])
            self.check(*answer(connection), LARGE if method == "GET" else 0)
        return cpu_seconds(self.process.pid) - before

    def memory(self):
        """Bytes resident now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def check(self, status, length, expected):
        if (status, length) != (200, expected):
            raise SystemExit(f"{self.name} answered {status} with {length} bytes, not 200 with {expected}:\n{self.process.tail()}")


def answer(connection):
    """(status, length of the body) of one answer that says its length, or is chunked."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        piece = connection.recv(65536)
        if not piece:
            raise SystemExit(f"the connection ended early: {data!r}")
        data += piece
    head, got = data[:end].lower(), len(data) - end - 4
    status = int(head[9:12])
    _, found, after = head.partition(b"\r\ncontent-length: ")
    if not found:
        return status, -1
    length = int(after.split(b"\r\n")[0])
    while got < length:
        piece = connection.recv(1 << 20)
        if not piece:
            break
        got += len(piece)
    return status, got


def figures(values, scale):
    return [round(pick(values) * scale, 1) for pick in (min, statistics.median, max)]


def measure(peers, rounds, requests, say):
    """{measure: {peer: [seconds of each round]}}."""
    found = {}
    for number in range(rounds + 1):
        for what, how in {
            "GET 1 KiB, 1 connection": lambda peer: peer.small(requests, 1),
            "GET 1 KiB, 8 connections": lambda peer: peer.small(requests, 8),
            "GET 200 MB": lambda peer: peer.large("GET"),
            "PUT 200 MB": lambda peer: peer.large("PUT"),
        }.items():
            # Each is first as often as it is last.
            for peer in peers[number % len(peers) :] + peers[: number % len(peers)]:
                if peer.name == "empty" and "200 MB" in what:
                    continue
                spent = how(peer)
                # The first round warms the compiler up.
                if number:
                    found.setdefault(what, {}).setdefault(peer.name, []).append(spent)
        say(f"round {number} of {rounds}{'' if number else ' (not counted)'}")
    return found


def report(found, say):
    for what, by_peer in found.items():
        scale, unit = (1e6, "µs") if "KiB" in what else (1e3, "ms")
        say(f"\n{what}: CPU in workerd, {unit}: least / median / most")
        for name, values in by_peer.items():
            say("  {:<12} {:>9} / {:>9} / {:>9}".format(name, *figures(values, scale)))
        for name in ("brigade", "no log"):
            ratios = [ours / theirs for ours, theirs in zip(by_peer[name], by_peer["passthrough"])]
            parts = min(ratios), statistics.median(ratios), max(ratios), min(by_peer[name]) / min(by_peer["passthrough"])
            say("  {} over passthrough, round by round: {:.2f} / {:.2f} / {:.2f}; least over least: {:.2f}".format(name, *parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="the folder of the built Worker")
    parser.add_argument("workerd", type=Path, help="the program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000, help="in each round")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    asked = parser.parse_args()
    say = lambda text: print(text, flush=True)
    began = time.monotonic()
    peers, store = [], None
    with tempfile.TemporaryDirectory(prefix="brigade-bench-") as folder:
        try:
            (port,) = free_ports(1)
            store = Process("upstream", [sys.executable, HERE / "upstream.py", str(port)], folder)
            store.await_ready(lambda: accepts(port))
            endpoint = f"http://127.0.0.1:{port}"
            config = CONFIG.format(endpoint=endpoint, store=keys.STORE, key=keys.FULL)
            variables = {"BRIGADE_CONFIG": config, "BRIGADE_UPLOAD_LIMIT_MB": "500"}
            peers.append(Peer("brigade", asked.build, asked.workerd, folder, variables))
            peers.append(Peer("no log", asked.build, asked.workerd, folder, variables | {"BRIGADE_LOG": "off"}))
            for name in ("passthrough", "empty"):
                source = Path(folder) / f"{name}-source"
                source.mkdir()
                shutil.copy(HERE / "peers" / f"{name}.js", source / "index.js")
                peers.append(Peer(name, source, asked.workerd, folder, {"UPSTREAM": endpoint}))
            version = subprocess.run([asked.workerd, "--version"], capture_output=True, text=True).stdout.strip()
            size = sum(path.stat().st_size for path in asked.build.iterdir() if path.suffix == ".wasm")
            say(f"{version}, {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; wasm {size:,} bytes")
            found = measure(peers, asked.rounds, asked.requests, say)
            report(found, say)
            say("\nresident in the end, MB: " + ", ".join(f"{peer.name} {peer.memory() / 1e6:.0f}" for peer in peers))
            if asked.json:
                asked.json.write_text(json.dumps({"workerd": version, "load": os.getloadavg(), "wasm": size, "seconds": found}, indent=1))
        finally:
            for process in [peer.process for peer in peers] + ([store] if store else []):
                process.stop()
    say(f"\nin {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
