"""AWS's and MinIO's clients for JavaScript."""

import os
from pathlib import Path

from ..client import Missing
from .driven import Driven

DRIVER = Path(__file__).parent.parent / "javascript/driver.mjs"


class _JavaScript(Driven):
    def set_up(self):
        self._packages = os.environ.get("BRIGADE_NODE_PACKAGES")
        if not self._packages:
            raise Missing("BRIGADE_NODE_PACKAGES names no folder; `cargo xtask matrix` sets it where there is npm")

    def environment(self):
        return super().environment() | {"BRIGADE_NODE_PACKAGES": self._packages}

    def command(self):
        return ["node", DRIVER]


class AwsSdkJs(_JavaScript):
    name = "aws-sdk-js"
    client = "aws"

    def put_if_absent(self, key, data):
        return self._do("put_if_absent", key=key, data=data)


class MinioJs(_JavaScript):
    name = "minio-js"
    client = "minio"
