"""A Worker, behind what stands for Cloudflare's edge, in front of a store that says what reached it."""

import pytest

from harness.gateway import config
from harness.recorder import Recorder
from harness.worker import Edge


@pytest.fixture(scope="module")
def recorder():
    made = Recorder()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def worker(recorder, tmp_path_factory):
    made = Edge(tmp_path_factory.mktemp("worker"), recorder.backend(), settings=config)
    yield made
    made.stop()
