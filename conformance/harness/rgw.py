"""Ceph RGW, the faithful store: one monitor, one object store in memory, one gateway."""

import subprocess
import time
import uuid
from pathlib import Path

from . import keys
from .chroot import Chroot
from .process import Process, accepts, clean_env, free_ports
from .stores import S3Store, lists

#: Debian's unstable release: the stable one's Ceph knows no checksums.
RELEASE = "sid"
PACKAGES = ("ceph-mon", "ceph-osd", "radosgw", "ceph-common")

#: Another account, for what one account may not do to another's.
OTHER = keys.Key("otherside4hw8", "s3cr3t-of-the-other-0123456789abcdefghij")

#: No cephx: everything is on 127.0.0.1 and gone when the run ends. A monitor by itself ends where a disk is 95 % full.
SETTINGS = """
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon}
mon initial members = a
public addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail warn = 0
mon data avail crit = 0
osd objectstore = memstore
memstore device bytes = 4294967296
mon data = /mnt/mon
osd data = /mnt/osd
run dir = /mnt
crash dir = /mnt
keyring = /mnt/keyring
log file = /mnt/$name.log
admin socket =
pid file =

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw data = /mnt
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw s3 auth use sts = true
rgw sts key = abcdefghijklmnop
rgw gc obj min wait = 1
rgw gc processor period = 5
"""


class Rgw(S3Store):
    """LGPL, in C++. Checks signatures and payload hashes, keeps keys byte for byte; does not check unsigned chunks."""

    name = "rgw"
    exact_keys = True
    verify_payload = True

    def __init__(self, folder):
        self._system = Chroot("ceph-sid", RELEASE, PACKAGES)
        self._folder = Path(folder)
        for data in ("mon", "osd"):
            (self._folder / data).mkdir()
        (self._folder / "keyring").touch()
        mon, port = free_ports(2)
        fsid, osd = uuid.uuid4(), uuid.uuid4()
        (self._folder / "ceph.conf").write_text(SETTINGS.format(fsid=fsid, mon=mon, port=port))
        self.endpoint = f"http://127.0.0.1:{port}"
        self.processes = []
        try:
            self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon}]", "/mnt/monmap")
            self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "/mnt/monmap")
            self._start("ceph-mon", "-f", "-i", "a").await_ready(lambda: accepts(mon))
            self._until_heard("osd", "new", osd, "0")
            self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
            self._start_osd()
            self._start("radosgw", "-f", "-n", "client.rgw").await_ready(lambda: accepts(port))
            for name, key in (("store", keys.STORE), ("other", OTHER)):
                user = ["user", "create", f"--uid={name}", f"--display-name={name}"]
                self.administer(*user, "--access-key", key.id, "--secret", key.secret)
        except Exception:
            self.stop()
            raise
        self.come_up(lambda: lists(self.endpoint))

    def administer(self, *words):
        """Runs `radosgw-admin WORDS…`; returns what it prints."""
        return self._run("radosgw-admin", "-n", "client.rgw", *words)

    def _until_heard(self, *words):
        """A monitor that is still electing itself refuses commands (EPERM): again, for some seconds."""
        for attempt in range(20):
            try:
                return self._run("ceph", "--connect-timeout", "20", *words)
            except RuntimeError:
                if attempt == 19:
                    raise
                time.sleep(0.3)

    def _start_osd(self):
        """It may speak to the monitor before it knows the cluster's id, is not heard, and waits for ever: once more."""
        for _ in range(5):
            osd = self._start("ceph-osd", "-f", "-i", "0")
            for _ in range(10):
                time.sleep(0.3)
                if "1 up" in self._until_heard("osd", "stat"):
                    return
            osd.kill()
            self.processes.remove(osd)
        raise RuntimeError(f"ceph-osd did not join the cluster in five attempts:\n{osd.tail()}")

    def _command(self, program, *words):
        return self._system.command(self._folder, program, "-c", "/mnt/ceph.conf", *words)

    def _start(self, program, *words):
        process = Process(program, self._command(program, *words), self._folder, clean_env(HOME="/mnt"))
        self.processes.append(process)
        return process

    def _run(self, program, *words):
        words = self._command(program, *words)
        done = subprocess.run(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=clean_env(HOME="/mnt"),
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stderr[-3000:]}")
        return done.stdout
