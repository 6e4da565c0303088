"""Commands that pip installs, and curl."""

import sys
import urllib.parse
from pathlib import Path

from harness import keys

from ..client import Client


def program(name):
    return Path(sys.executable).parent / name


class S3cmd(Client):
    name = "s3cmd"

    def set_up(self):
        self._settings = self.home / "s3cfg"
        self._settings.write_text(
            f"[default]\naccess_key = {self.route.key.id}\nsecret_key = {self.route.key.secret}\n"
            f"host_base = {self.route.host}\nhost_bucket = {self.route.host}\nuse_https = False\nbucket_location = {keys.REGION}\n"
        )

    def _s3(self, *words):
        return self.run(program("s3cmd"), "-c", self._settings, "--no-progress", "--no-check-md5", *words)

    def version(self):
        return self._s3("--version").decode().split()[-1]

    def _url(self, key):
        return f"s3://{self.route.bucket}/{key}"

    def put(self, key, data):
        self._s3("put", self.file(data), self._url(key))

    def multipart(self, key, data):
        self._s3("put", "--multipart-chunk-size-mb=5", self.file(data), self._url(key))

    def get(self, key):
        target = self.target()
        self._s3("get", "--force", self._url(key), target)
        return target.read_bytes()

    def list(self, prefix):
        lines = self._s3("ls", "--recursive", self._url(prefix)).decode().splitlines()
        return [line.split("s3://", 1)[1].split("/", 1)[1] for line in lines]

    def copy(self, source, key):
        self._s3("cp", self._url(source), self._url(key))

    def delete(self, key):
        self._s3("del", self._url(key))

    def put_metadata(self, key, data, kind, metadata):
        headers = [f"--add-header=x-amz-meta-{name}:{value}" for name, value in metadata.items()]
        self._s3("put", "--no-preserve", "--mime-type", kind, *headers, self.file(data), self._url(key))


class S5cmd(Client):
    name = "s5cmd"

    def _s3(self, *words):
        return self.run(program("s5cmd"), "--endpoint-url", self.route.endpoint, "--retry-count", "0", *words)

    def version(self):
        return self.run(program("s5cmd"), "version").decode().split("-")[0].strip().removeprefix("v")

    def _url(self, key):
        return f"s3://{self.route.bucket}/{key}"

    def put(self, key, data):
        self._s3("cp", "--raw", self.file(data), self._url(key))

    def multipart(self, key, data):
        self._s3("cp", "--part-size", "5", self.file(data), self._url(key))

    def get(self, key):
        target = self.target()
        self._s3("cp", "--raw", self._url(key), target)
        return target.read_bytes()

    def list(self, prefix):
        lines = self._s3("ls", "--show-fullpath", self._url(prefix) + "*").decode().splitlines()
        return [line.split("s3://", 1)[1].split("/", 1)[1] for line in lines]

    def copy(self, source, key):
        self._s3("cp", "--raw", self._url(source), self._url(key))

    def delete(self, key):
        self._s3("rm", "--raw", self._url(key))

    def presigned_get(self, key):
        return self._s3("presign", self._url(key)).decode().strip()

    def put_metadata(self, key, data, kind, metadata):
        pairs = [word for name, value in metadata.items() for word in ("--metadata", f"{name}={value}")]
        self._s3("cp", "--content-type", kind, *pairs, self.file(data), self._url(key))


class Rclone(Client):
    name = "rclone"

    def environment(self):
        return super().environment() | {
            "RCLONE_CONFIG": str(self.home / "none.conf"),
            "RCLONE_CONFIG_S_TYPE": "s3",
            "RCLONE_CONFIG_S_PROVIDER": "Other",
            "RCLONE_CONFIG_S_ENV_AUTH": "true",
            "RCLONE_CONFIG_S_ENDPOINT": self.route.endpoint,
            "RCLONE_CONFIG_S_REGION": keys.REGION,
            "RCLONE_CONFIG_S_FORCE_PATH_STYLE": "true",
            "RCLONE_CONFIG_S_NO_CHECK_BUCKET": "true",
            "RCLONE_CONFIG_S_USE_SERVER_MODTIME": "true",
        }

    def _s3(self, *words, stdin=None):
        return self.run(program("rclone"), "--retries", "1", "--low-level-retries", "1", *words, stdin=stdin)

    def version(self):
        return self._s3("version").decode().split()[1].removeprefix("v")

    def _at(self, key):
        return f"s:{self.route.bucket}/{key}"

    def put(self, key, data):
        self._s3("copyto", self.file(data), self._at(key))

    def multipart(self, key, data):
        self._s3("copyto", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", self.file(data), self._at(key))

    def get(self, key):
        return self._s3("cat", self._at(key))

    def list(self, prefix):
        lines = self._s3("lsf", "--recursive", "--files-only", self._at(prefix)).decode().splitlines()
        return [prefix + line for line in lines]

    def range(self, key, first, last):
        return self._s3("cat", "--offset", first, "--count", last - first + 1, self._at(key))

    def copy(self, source, key):
        self._s3("copyto", self._at(source), self._at(key))

    def delete(self, key):
        self._s3("deletefile", self._at(key))

    def presigned_get(self, key):
        return self._s3("link", self._at(key)).decode().strip()

    def put_metadata(self, key, data, kind, metadata):
        pairs = [word for name, value in ({"content-type": kind} | metadata).items() for word in ("--metadata-set", f"{name}={value}")]
        self._s3("copyto", "--metadata", *pairs, self.file(data), self._at(key))
        # Its own: the file's times and owner.


class Curl(Client):
    name = "curl"

    def version(self):
        return self.run("curl", "--version").decode().split()[1]

    def _curl(self, key, *words, query=""):
        path = urllib.parse.quote(key, safe="/~-._")
        signed = ["--aws-sigv4", f"aws:amz:{keys.REGION}:s3", "--user", f"{self.route.key.id}:{self.route.key.secret}"]
        plain = ["--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--path-as-is", "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
        return self.run("curl", *signed, *plain, *words, f"{self.route.endpoint}/{self.route.bucket}/{path}{query}")

    def put(self, key, data):
        self._curl(key, "--upload-file", self.file(data))

    def get(self, key):
        return self._curl(key)

    def range(self, key, first, last):
        return self._curl(key, "--range", f"{first}-{last}")

    def delete(self, key):
        self._curl(key, "--request", "DELETE")
