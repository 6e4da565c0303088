"""A headless Chromium on a page of ours, which tells what it found."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .process import Process

#: Under which names Chromium goes.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def found():
    """Where a Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page on 127.0.0.1 whose script's result comes back by POST. The script may be a function of the page's origin."""

    def __init__(self, script):
        self.result = None
        self._arrived = threading.Event()
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(page.html)

            def do_POST(self):
                page.result = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.answer(b"")
                page._arrived.set()

            def answer(self, body):
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        text = script(self.origin) if callable(script) else script
        self.html = f"""<!doctype html><link rel=icon href=data:,><script type=module>
let result;
try {{ result = await (async () => {{ {text} }})(); }} catch (error) {{ result = {{ failed: String(error) }}; }}
await fetch("/result", {{ method: "POST", body: JSON.stringify(result) }});
</script>""".encode()

    def visit(self, folder, seconds=60):
        """Has a browser open the page, and gives what its script returned."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        browser = Process(
            "chromium",
            [
                found(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--no-proxy-server",
                f"--user-data-dir={folder / 'chromium'}", self.origin,
            ],
            folder,
        )  # fmt: skip
        try:
            assert self._arrived.wait(seconds), f"the page said nothing in {seconds} s:\n{browser.tail()}"
        finally:
            browser.stop()
            self._server.shutdown()
            self._server.server_close()
        return self.result
