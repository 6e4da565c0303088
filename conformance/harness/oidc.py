"""A certified OpenID Connect provider in a process of its own, and a browser that logs in at it."""

import base64
import json
import os
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path

from .chroot import Unavailable
from .process import Process, clean_env

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
#: What `ci` asks a JWT access token for; ES256, so that both algorithms are met.
RESOURCE = "urn:brigade"

#: A program on a person's machine: no secret, any port of the loopback (RFC 8252).
CLI = {
    "client_id": "brigade-cli",
    "application_type": "native",
    "token_endpoint_auth_method": "none",
    "redirect_uris": ["http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token", DEVICE],
    "response_types": ["code"],
}
#: A program on a server.
CI = {
    "client_id": "ci",
    "client_secret": "ci-secret",
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "response_types": [],
}


class Provider:
    """npm's `oidc-provider`. Whoever logs in as NAME has `sub` NAME and the claims of `accounts[NAME]`."""

    def __init__(self, folder, accounts=None, clients=(CLI, CI), ttl=None, resources=None, name="oidc"):
        packages = os.environ.get("BRIGADE_OIDC_PACKAGES")
        node = shutil.which("node")
        if not packages or not node:
            raise Unavailable("there is no node or BRIGADE_OIDC_PACKAGES; `cargo xtask conformance` sets it where npm is")
        settings = Path(folder) / f"{name}.json"
        resources = {RESOURCE: {"alg": "ES256"}} if resources is None else resources
        given = {"accounts": accounts or {}, "clients": list(clients), "ttl": ttl or {}, "resources": resources}
        settings.write_text(json.dumps(given))
        script = Path(__file__).parent.parent / "oidc" / "provider.mjs"
        env = clean_env(BRIGADE_OIDC_PACKAGES=packages)
        self.process = Process(name, [node, "--no-warnings", script, settings], folder, env)
        self.issuer = None
        try:
            self.process.await_ready(self._serves)
        except Exception:
            self.stop()
            raise

    def _serves(self):
        found = re.search(r'^\{"issuer":"(.+)"\}$', self.process.log.read_text(), re.MULTILINE)
        self.issuer = found and found[1]
        return bool(found)

    def stop(self):
        self.process.kill()

    def rotate(self, keep=True):
        """New signing keys; the ones before stay published if `keep`. Returns the published kids, newest first."""
        return self._admin("rotate", {"keep": keep})["kids"]

    def settings(self, **given):
        """Replaces `accounts`, `clients`, `ttl` or `resources` as a whole."""
        self._admin("settings", given)

    def state(self):
        """How often `jwks`, `discovery` and `token` were asked for."""
        return self._admin("state")

    def client_token(self, resource=RESOURCE, client=CI):
        """A JWT access token by client_credentials."""
        fields = {"grant_type": "client_credentials", "resource": resource}
        pair = f"{client['client_id']}:{client['client_secret']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(f"{self.issuer}/token", data, headers)
        with _opener().open(request, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def _admin(self, what, given=None):
        data = None if given is None else json.dumps(given).encode()
        with _opener().open(f"{self.issuer}/admin/{what}", data, timeout=10) as answer:
            return json.load(answer)


class Browser:
    """Follows redirects, keeps cookies, fills in the provider's forms as `login`; with `refuse`, refuses consent."""

    def __init__(self, login, refuse=False):
        self._login = login
        self._refuse = refuse
        self._opener = _opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def visit(self, url):
        """Opens a page and submits what it asks, until there is no form any more. Returns (URL, status, text)."""
        data = None
        done = False
        for _ in range(12):
            address, status, text = self._open(url, data)
            page = _Page(text)
            if done:
                return address, status, text
            if self._refuse and page.abort:
                url, data = urllib.parse.urljoin(address, page.abort), None
            elif page.action is not None:
                filled = self._filled(page)
                # The page after that asks for another device's code.
                done = "abort" in filled
                url, data = urllib.parse.urljoin(address, page.action), urllib.parse.urlencode(filled).encode()
            else:
                return address, status, text
        raise AssertionError(f"the provider asks without end: {address}")

    def _open(self, url, data):
        try:
            with self._opener.open(url, data, timeout=20) as answer:
                return answer.url, answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.url, error.code, error.read().decode()

    def _filled(self, page):
        fields = page.fields | {name: self._login for name in page.fields if name in ("login", "password")}
        if self._refuse and page.fields.get("confirm"):
            fields["abort"] = "yes"
        return fields


class _Page(HTMLParser):
    """The first form of a page, and where one goes who does not want to."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.abort = None, {}, None
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self._inside = given["action"], True
        elif tag == "input" and self._inside:
            self.fields[given["name"]] = given.get("value") or ""
        elif tag == "a" and given.get("href", "").endswith("/abort"):
            self.abort = given["href"]

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False


def _opener(*handlers):
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
