"""The stores behind: how each is started, and what its section of the configuration says."""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from . import keys
from .clients import s3_client
from .gateway import BUCKETS
from .process import Process, accepts, clean_env, free_ports

#: The buckets of the cases that are run against a store itself.
DIRECT = {"plain": "direct-plain", "mapped": "direct-mapped"}


def program(name):
    """A program that pip installed beside this Python."""
    return Path(sys.executable).parent / name


class Embedded:
    """Brigade's own store. It has no address of its own."""

    name = "embedded"
    endpoint = None

    def __init__(self, folder):
        self._data = Path(folder) / "data"

    def backend(self):
        return f'type = "embedded"\npath = "{self._data}"'

    def stop(self):
        pass


class S3Store:
    """A store in a process (or several), reached at `endpoint` with the store's own key."""

    #: Whether Brigade must compare bodies with their hashes, because the store does not.
    verify_payload = False
    #: Whether it is known to keep keys byte for byte.
    exact_keys = False
    processes = ()

    def backend(self):
        lines = [
            'type = "s3"',
            f'endpoint = "{self.endpoint}"',
            f'region = "{keys.REGION}"',
            f'auth = {{ access_key_id = "{keys.STORE.id}", secret_access_key = "{keys.STORE.secret}" }}',
        ]
        if self.verify_payload:
            lines.append("verify_payload = true")
        if self.exact_keys:
            lines.append("exact_keys = true")
        return "\n".join(lines)

    def make_buckets(self):
        client = s3_client(self.endpoint, keys.STORE)
        for bucket in [real for real, _ in BUCKETS.values()] + list(DIRECT.values()):
            client.create_bucket(Bucket=bucket)

    def come_up(self, probe):
        """Waits for the last process, then makes the buckets; a process that does not come up is not left behind."""
        try:
            self.processes[-1].await_ready(probe)
            self.make_buckets()
        except Exception:
            self.stop()
            raise

    def stop(self):
        # Its data goes with it: no reason to wait until it has closed its files.
        for process in reversed(self.processes):
            process.kill()


class SeaweedFS(S3Store):
    """Apache-2.0, in Go. Checks signatures, not payload hashes; its keys are file paths."""

    name = "seaweedfs"
    verify_payload = True

    def __init__(self, folder):
        folder = Path(folder)
        data = folder / "weed"
        data.mkdir()
        everything = ["Admin", "Read", "List", "Tagging", "Write"]
        identity = {
            "name": "store",
            "credentials": [{"accessKey": keys.STORE.id, "secretKey": keys.STORE.secret}],
            "actions": everything,
        }
        settings = folder / "weed-s3.json"
        settings.write_text(json.dumps({"identities": [identity]}))
        ports = free_ports(8)
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, port, grpc = ports
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [
            program("weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}",
            f"-master.port={master}", f"-master.port.grpc={master_grpc}",
            f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}",
            f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}", f"-filer.localSocket={folder}/filer.sock",
            f"-s3.port={port}", f"-s3.port.grpc={grpc}", f"-s3.localSocket={folder}/s3.sock",
            "-master.volumeSizeLimitMB=256", "-volume.max=3000", "-filer", "-s3", f"-s3.config={settings}",
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false", "-master.telemetry=false", "-master.telemetry.url=http://127.0.0.1:9/",
        ]  # fmt: skip
        env = clean_env(WEED_MASTER_VOLUME_GROWTH_COPY_1="1")
        process = Process("seaweedfs", command, folder, env)
        self.processes = [process]
        self.come_up(lambda: accepts(port) and lists(self.endpoint))


class JuiceFS(S3Store):
    """Its gateway is MinIO's front end: checks signatures and payload hashes."""

    name = "juicefs"

    def __init__(self, folder):
        folder = Path(folder)
        (folder / "objects").mkdir()
        volume = f"badger://{folder}/meta"
        quiet = ["--quiet", "--no-agent"]
        make = [program("juicefs"), *quiet, "format", "--storage", "file", "--bucket", f"{folder}/objects/"]
        process = Process("juicefs-format", [*make, "--trash-days", "0", volume, "jfs"], folder)
        if process.wait(60) != 0:
            raise RuntimeError(f"juicefs format failed:\n{process.tail()}")
        port, metrics = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [
            program("juicefs"), *quiet, "gateway", "--multi-buckets", "--keep-etag", "--object-tag", "--object-meta",
            "--no-usage-report", "--no-banner", "--cache-dir", folder / "cache", "--cache-size", "512M",
            "--metrics", f"127.0.0.1:{metrics}", "--log", folder / "juicefs-gateway.log",
            volume, f"127.0.0.1:{port}",
        ]  # fmt: skip
        env = clean_env(MINIO_ROOT_USER=keys.STORE.id, MINIO_ROOT_PASSWORD=keys.STORE.secret)
        process = Process("juicefs", command, folder, env | {"HOME": str(folder)})
        self.processes = [process]
        self.come_up(lambda: accepts(port) and lists(self.endpoint))


def lists(endpoint):
    """Whether the store answers a signed ListBuckets."""
    try:
        s3_client(endpoint, keys.STORE).list_buckets()
    except Exception:  # whatever it is, it is not ready
        return False
    return True

