"""restic, on MinIO's client for Go: backups by signed chunks."""

import shutil

from ..client import Client, Missing


class Restic(Client):
    name = "restic"
    slow = True
    odd_keys = False

    def set_up(self):
        if not shutil.which("restic"):
            raise Missing("apt-get install restic")

    def environment(self):
        return super().environment() | {"RESTIC_PASSWORD": "of the test", "RESTIC_CACHE_DIR": str(self.home / "cache")}

    def version(self):
        return self.run("restic", "version").decode().split()[1]

    def application(self, folder):
        files = self.home / "files"
        files.mkdir(exist_ok=True)
        for number in range(20):
            (files / f"{number}.bin").write_bytes(bytes([number]) * 100_000)
        repository = ["-r", f"s3:{self.route.endpoint}/{self.route.bucket}/{folder}", "-o", "s3.bucket-lookup=path"]
        self.run("restic", *repository, "init")
        self.run("restic", *repository, "backup", files)
        self.run("restic", *repository, "check", "--read-data")
        back = self.home / "back"
        self.run("restic", *repository, "restore", "latest", "--target", back)
        restored = next(back.rglob("7.bin"))
        assert restored.read_bytes() == bytes([7]) * 100_000
