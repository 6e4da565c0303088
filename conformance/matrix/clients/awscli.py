"""AWS's command, version 1: the conformance cases' own."""

import os

from ..client import Client, Missing


class AwsCli(Client):
    name = "aws-cli 1"

    def set_up(self):
        self._aws = os.environ.get("BRIGADE_AWS")
        if not self._aws:
            raise Missing("BRIGADE_AWS names no aws command; `cargo xtask matrix` sets it")
        (self.home / ".aws").mkdir(exist_ok=True)
        (self.home / ".aws/config").write_text("[default]\ns3 =\n  addressing_style = path\n  signature_version = s3v4\n")

    def _s3(self, *words):
        return self.run(self._aws, "--endpoint-url", self.route.endpoint, *words)

    def version(self):
        return self.run(self._aws, "--version").decode().split()[0].split("/")[1]

    def _url(self, key):
        return f"s3://{self.route.bucket}/{key}"

    def put(self, key, data):
        self._s3("s3", "cp", "--quiet", self.file(data), self._url(key))

    multipart = put

    def get(self, key):
        target = self.target()
        self._s3("s3", "cp", "--quiet", self._url(key), target)
        return target.read_bytes()

    def list(self, prefix):
        lines = self._s3("s3", "ls", "--recursive", self._url(prefix)).decode().splitlines()
        return [line.split(None, 3)[3] for line in lines]

    def range(self, key, first, last):
        target = self.target()
        at = ["--bucket", self.route.bucket, "--key", key]
        self._s3("s3api", "get-object", *at, "--range", f"bytes={first}-{last}", target)
        return target.read_bytes()

    def copy(self, source, key):
        self._s3("s3", "cp", "--quiet", self._url(source), self._url(key))

    def delete(self, key):
        self._s3("s3", "rm", "--quiet", self._url(key))

    def presigned_get(self, key):
        return self._s3("s3", "presign", self._url(key)).decode().strip()

    def put_metadata(self, key, data, kind, metadata):
        pairs = ",".join(f"{name}={value}" for name, value in metadata.items())
        self._s3("s3", "cp", "--quiet", "--content-type", kind, "--metadata", pairs, self.file(data), self._url(key))

    def put_if_absent(self, key, data):
        at = ["--bucket", self.route.bucket, "--key", key, "--body", self.file(data)]
        try:
            self._s3("s3api", "put-object", *at, "--if-none-match", "*")
        except RuntimeError as error:
            if "PreconditionFailed" in str(error):
                return False
            raise
        return True
