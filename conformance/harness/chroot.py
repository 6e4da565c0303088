"""A Debian system in a folder, for stores that this system's own packages are too old for.

Made once, with debootstrap, and kept in the cache of tools. A program in it runs in a mount namespace of its own, so
that what is mounted for it goes when it ends.
"""

import os
import shutil
import subprocess
from pathlib import Path

#: Puts devices, processes and the folder of the run into the system, and becomes the program.
ENTER = 'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount --bind "$1" "$0/mnt" && root=$0 && shift && exec chroot "$root" "$@"'


class Unavailable(Exception):
    """Why it cannot be made here, and what would help."""


def cache():
    """Where tools outlive a checkout; as xtask's."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brigade"


class Chroot:
    """The packages of one Debian release; made when it is not there."""

    def __init__(self, name, release, packages):
        self.root = cache() / name
        self._release, self._packages = release, packages
        made = self.root / "made-of"
        if not (made.is_file() and made.read_text() == self._recipe()):
            self._make()
            made.write_text(self._recipe())

    def _recipe(self):
        return " ".join([self._release, *self._packages]) + "\n"

    def command(self, folder, *words):
        """The command line that runs a program in it; `folder` is its /mnt."""
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, self.root, folder, *words]

    def _make(self):
        if os.geteuid() != 0:
            raise Unavailable("a chroot is made and entered by root only: run as root, or in a container")
        if not shutil.which("debootstrap"):
            install = ["apt-get", "install", "-y", "--no-install-recommends", "debootstrap"]
            if not shutil.which("apt-get") or quietly(install):
                raise Unavailable("debootstrap is missing: install it (Debian: apt-get install debootstrap)")
        if self.root.exists():
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)
        why = quietly(["debootstrap", "--variant=minbase", self._release, self.root, mirror()])
        if why:
            raise Unavailable(f"debootstrap failed: {why}")
        # How this system reaches its packages is how the other one does.
        shutil.copytree("/etc/apt/apt.conf.d", self.root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
        # Packages start no services in a system that is not booted.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        empty = self.root / "mnt"
        install = "apt-get -qq update && apt-get install -y --no-install-recommends " + " ".join(self._packages)
        env = "DEBIAN_FRONTEND=noninteractive"
        why = quietly(self.command(empty, "env", env, "sh", "-c", install))
        if why:
            raise Unavailable(f"installing {', '.join(self._packages)} failed: {why}")
        shutil.rmtree(self.root / "var/cache/apt/archives")


def mirror():
    """Where this system takes Debian's packages from."""
    ask = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(SUITE) $(REPO_URI)", "Created-By: Packages"]
    try:
        lines = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable("this is no Debian system, so it knows no mirror of Debian's packages") from error
    for origin, suite, uri in (line.split() for line in lines if len(line.split()) == 3):
        if origin == "Debian" and "security" not in suite + uri:
            return uri
    raise Unavailable("apt knows no mirror of Debian's packages: run apt-get update")


def quietly(command):
    """Runs it; the last lines of what it said when it failed, else nothing."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
    )
    return "\n".join(done.stdout.splitlines()[-15:]) or "it said nothing" if done.returncode else ""
