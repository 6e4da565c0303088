"""The clients in Rust: AWS's SDK and Arrow's object_store, each operation a process of the driver."""

import os

from ..client import Missing
from .driven import Driven


class _Rust(Driven):
    slow = True

    def set_up(self):
        self._driver = os.environ.get("BRIGADE_RUST_CLIENTS")
        if not self._driver:
            raise Missing("BRIGADE_RUST_CLIENTS names no program; `cargo xtask matrix --full` builds it")

    def command(self):
        return [self._driver]

    def put_if_absent(self, key, data):
        return self._do("put_if_absent", key=key, data=data)


class AwsSdkRust(_Rust):
    name = "aws-sdk-rust"
    client = "aws"


class ObjectStore(_Rust):
    name = "object_store"
    client = "object_store"
