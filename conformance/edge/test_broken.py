"""What a panic takes along: the requests that its WASM instance had in progress, and nothing after."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from harness import keys, sign, wire
from harness.gateway import config
from harness.worker import Edge

CALL = "response = begin("


class Breaking(Edge):
    """A Worker that traps, as a panic does, where it is asked for a key named `panic`."""

    def start(self):
        if not os.environ.get("BRIGADE_WORKER"):
            return super().start()
        build = self.folder / "breaking"
        shutil.copytree(os.environ["BRIGADE_WORKER"], build)
        entry = Path(build, "index.js")
        text = entry.read_text()
        assert text.count(CALL) == 1, "the entry no longer begins a request in this way: let the trap be set anew"
        entry.write_text(text.replace(CALL, f'if (request.url.endsWith("/panic")) throw new WebAssembly.RuntimeError("unreachable");\n          {CALL}'))
        with mock.patch.dict(os.environ, BRIGADE_WORKER=str(build)):
            return super().start()


def ask(worker, path):
    host = worker.endpoint.removeprefix("http://")
    return wire.send(worker.endpoint, "GET", path, sign.headers_for(sign.Signing(keys.FULL), "GET", host, path, "", [], sign.EMPTY), b"")


def test_what_a_panic_breaks_is_answered_and_what_comes_after_is_served(recorder, tmp_path):
    """Requests that waited on the broken instance hung for ever."""
    worker = Breaking(tmp_path, recorder.backend(), settings=config)
    try:
        recorder.held.add("/plain/held")
        with ThreadPoolExecutor(1) as pool:
            before = len(recorder.requests)
            waiting = pool.submit(ask, worker, "/plain/held")
            deadline = time.monotonic() + 30
            while len(recorder.requests) == before and time.monotonic() < deadline:
                time.sleep(0.01)
            try:
                broken = ask(worker, "/plain/panic")
                assert broken.status == 500 and b"<Code>InternalError</Code>" in broken.body
                after = ask(worker, "/plain/size-3")
                assert (after.status, len(after.body)) == (200, 3)
                assert not waiting.done()
            finally:
                recorder.held.discard("/plain/held")
            assert waiting.result(timeout=30).status == 500
            assert ask(worker, "/plain/size-4").status == 200
    finally:
        recorder.held.discard("/plain/held")
        worker.stop()
