"""A store that says what reached it: how it was framed, how much came, and when the other side left. It checks no signature."""

import hashlib
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import keys

BLOCK = bytes(range(256)) * 256
ETAG = '"0123456789abcdef0123456789abcdef"'


class Seen:
    """One request: its head, and what came of its body or its answer."""

    def __init__(self, method, target, headers):
        self.method, self.target, self.headers = method, target, headers
        #: Of the body, as far as it came; `whole` once its end was there.
        self.received, self.whole, self.hash = 0, False, hashlib.sha256()
        #: Of the answer's body.
        self.sent, self.left = 0, False
        self.over = threading.Event()

    def header(self, name):
        """A header's values, joined; None where there is none."""
        values = [value for have, value in self.headers if have == name]
        return ", ".join(values) if values else None


class Recorder:
    """`GET …/size-N` answers N bytes; a path in `answers` is answered by (status, headers, body) as they are; one in `held`
    gets no answer until it is taken out."""

    def __init__(self):
        self.requests = []
        self.answers = {}
        self.held = set()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                seen = Seen(self.command, self.path, [(name.lower(), value) for name, value in self.headers.items()])
                recorder.requests.append(seen)
                try:
                    self.take(seen)
                    self.hold(seen)
                    if seen.whole and not seen.left:
                        self.answer(seen)
                except OSError:
                    seen.left = True
                self.close_connection = self.close_connection or seen.left or not seen.whole
                seen.over.set()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

            def take(self, seen):
                if seen.header("transfer-encoding"):
                    while size := int(self.rfile.readline().split(b";")[0] or b"-1", 16):
                        if size < 0 or not self.part(seen, size):
                            return
                        self.rfile.readline()
                    self.rfile.readline()
                    seen.whole = True
                else:
                    seen.whole = self.part(seen, int(seen.header("content-length") or 0))

            def hold(self, seen):
                while self.path.partition("?")[0] in recorder.held and not seen.left:
                    ready, _, _ = select.select([self.connection], [], [], 0.02)
                    seen.left = bool(ready) and not self.connection.recv(1, socket.MSG_PEEK)

            def part(self, seen, size):
                while size:
                    data = self.rfile.read1(min(size, 1 << 20))
                    if not data:
                        seen.left = True
                        return False
                    seen.hash.update(data)
                    seen.received += len(data)
                    size -= len(data)
                return True

            def answer(self, seen):
                path = self.path.partition("?")[0]
                name = path.rsplit("/", 1)[-1]
                if path in recorder.answers:
                    status, headers, body = recorder.answers[path]
                elif self.command in ("GET", "HEAD") and name.startswith("size-"):
                    return self.block(seen, int(name[5:]))
                else:
                    status, headers, body = (204 if self.command == "DELETE" else 200), [("etag", ETAG)], b""
                self.head(status, headers, None if status in (204, 304) else len(body))
                if self.command != "HEAD":
                    self.wfile.write(body)
                    seen.sent = len(body)

            def head(self, status, headers, length):
                self.close_connection = self.close_connection or ("connection", "close") in headers
                # By hand: names and values as they stand, whatever bytes they are.
                lines = [f"HTTP/1.1 {status} Something", *(f"{name}: {value}" for name, value in headers)]
                if length is not None and not any(name.lower() == "content-length" for name, _ in headers):
                    lines.append(f"content-length: {length}")
                self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

            def block(self, seen, size):
                self.head(200, [("etag", ETAG), ("last-modified", "Sat, 01 Jan 2000 00:00:00 GMT")], size)
                while self.command == "GET" and seen.sent < size:
                    piece = BLOCK[: size - seen.sent]
                    self.wfile.write(piece)
                    seen.sent += len(piece)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def backend(self):
        auth = f'{{ access_key_id = "{keys.STORE.id}", secret_access_key = "{keys.STORE.secret}" }}'
        return f'type = "s3"\nendpoint = "{self.endpoint}"\nregion = "{keys.REGION}"\nauth = {auth}\nexact_keys = true'

    def begun(self, target, seconds=10):
        """The last request for this target, once it is there."""
        deadline = time.monotonic() + seconds
        while not (found := [one for one in self.requests if one.target == target]):
            assert time.monotonic() < deadline, f"nobody asks for {target}"
            time.sleep(0.02)
        return found[-1]

    def last(self, method, seconds=10):
        """The last request of this method, when it is over."""
        seen = [one for one in self.requests if one.method == method][-1]
        assert seen.over.wait(seconds), f"{method} {seen.target} is still going on"
        return seen

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def block_hash(size):
    """The SHA-256 of what `size-N` answers."""
    whole, blocks = hashlib.sha256(), size // len(BLOCK)
    for _ in range(blocks):
        whole.update(BLOCK)
    whole.update(BLOCK[: size % len(BLOCK)])
    return whole.hexdigest()
