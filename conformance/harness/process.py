"""Real processes on 127.0.0.1: ports, start, readiness, end."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path


def free_ports(count):
    """`count` different free ports below 32768, the lowest number that the system gives out by itself."""
    held, ports = [], []
    try:
        while len(ports) < count:
            listener = socket.socket()
            held.append(listener)
            try:
                listener.bind(("127.0.0.1", random.randrange(15000, 32000)))
            except OSError:
                continue
            ports.append(listener.getsockname()[1])
    finally:
        for listener in held:
            listener.close()
    return ports


def clean_env(**more):
    """The environment without anything that steers AWS clients or proxies."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"))
    }
    return env | more


class Process:
    """One process, its output in a file, ended by its own id; `group`: and what it has started, when it is killed."""

    def __init__(self, name, command, folder, env=None, group=False):
        self.name = name
        self._group = group
        self.log = Path(folder) / f"{name}.log"
        self._sink = open(self.log, "ab")
        self._child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=self._sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env or clean_env(),
            start_new_session=group,
        )

    @property
    def pid(self):
        return self._child.pid

    @property
    def alive(self):
        return self._child.poll() is None

    def await_ready(self, probe, seconds=60):
        """Polls `probe` until it is true; a process that ends or never answers is an error with its log."""
        deadline = time.monotonic() + seconds
        while not probe():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} was not ready after {seconds} s:\n{self.tail()}")
            try:
                status = self._child.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"{self.name} ended with {status} before it was ready:\n{self.tail()}")

    def terminate(self):
        """Asks it to end (SIGTERM) and does not wait."""
        self._child.terminate()

    def wait(self, seconds):
        """Its exit status."""
        return self._child.wait(timeout=seconds)

    def stop(self):
        """SIGTERM, then SIGKILL when that has not ended it after twenty seconds. Returns the exit status."""
        if self.alive:
            self._child.terminate()
            try:
                self._child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._kill()
        self._sink.close()
        return self._child.returncode

    def kill(self):
        """SIGKILL, as if the power had gone."""
        self._kill()
        self._sink.close()

    def _kill(self):
        if self._group and self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            self._child.kill()
        self._child.wait()

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def peak_rss(self):
        """The most memory it has ever held, in bytes (Linux)."""
        return peak_rss(self.pid)


def peak_rss(pid):
    """The most memory that a process has ever held, in bytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmHWM for {pid}")


def cpu_seconds(pid):
    """The processor time that a process has used (Linux); finer than the clock ticks of `times`."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue  # a thread that has just ended
    return spent / 1e9


def accepts(port):
    """Whether something listens there."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
