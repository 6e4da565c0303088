"""A minimal issuer, for tokens that no honest provider makes: any claims, any header, any algorithm, any fault.

In a test `MiniIssuer()`; by itself `python -m harness.mini_issuer`, which prints its issuer and serves

    POST /mint    {claims, alg, kid, key, header, tamper}   a token, as text; only `claims` is needed
    POST /rotate  {keep}                                    new keys; those before stay published if `keep`
    POST /fault   ?jwks=500&discovery=issuer|redirect|huge|slow…   what goes wrong from now on; no query: nothing
    GET  /state                                             {jwks, discovery, kids, faults}
"""

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
#: The algorithms it has a key for. RSA keys serve RS* and PS*.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_FAMILIES = {"RS": "rsa", "PS": "rsa", "ES256": "p256", "ES384": "p384", "EdDSA": "ed25519"}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def family(alg):
    return _FAMILIES.get(alg) or _FAMILIES.get(alg[:2])


class Keys:
    """One key of each family, with its kid."""

    def __init__(self, generation):
        self.made = {
            "rsa": rsa.generate_private_key(65537, 2048),
            "p256": ec.generate_private_key(ec.SECP256R1()),
            "p384": ec.generate_private_key(ec.SECP384R1()),
            "ed25519": ed25519.Ed25519PrivateKey.generate(),
        }
        self._generation = generation

    def kid(self, name):
        return f"{name}-{self._generation}"

    def public(self):
        """As JWKs (RFC 7518, RFC 8037)."""
        rsa_numbers = self.made["rsa"].public_key().public_numbers()
        jwks = [{"kid": self.kid("rsa"), "kty": "RSA", "n": _number(rsa_numbers.n), "e": _number(rsa_numbers.e)}]
        for name, curve, length in (("p256", "P-256", 32), ("p384", "P-384", 48)):
            point = self.made[name].public_key().public_numbers()
            x, y = _number(point.x, length), _number(point.y, length)
            jwks.append({"kid": self.kid(name), "kty": "EC", "crv": curve, "x": x, "y": y})
        raw = self.made["ed25519"].public_key().public_bytes_raw()
        jwks.append({"kid": self.kid("ed25519"), "kty": "OKP", "crv": "Ed25519", "x": b64(raw)})
        return [{"use": "sig"} | jwk for jwk in jwks]


def signature(alg, key, message):
    """A JWS signature (RFC 7518, section 3). `key` for HS* is bytes, for `none` anything."""
    if alg.lower() == "none":
        return b""
    if alg == "EdDSA":
        return key.sign(message)
    if alg.startswith("HS"):
        return hmac.new(key, message, getattr(hashlib, f"sha{alg[2:]}")).digest()
    kind = _HASHES[alg[2:]]()
    if alg.startswith("RS"):
        return key.sign(message, padding.PKCS1v15(), kind)
    if alg.startswith("PS"):
        return key.sign(message, padding.PSS(padding.MGF1(kind), kind.digest_size), kind)
    size = (key.curve.key_size + 7) // 8
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(kind)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


class MiniIssuer:
    """Serves on a port of 127.0.0.1 that the system chooses, in a thread of this process."""

    def __init__(self):
        self._lock = threading.Lock()
        self._generation = 1
        self._keys = [Keys(1)]
        self._published = 1
        self._stranger = None
        self.faults = {}
        self.counts = {"jwks": 0, "discovery": 0}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def mint(self, claims, alg="RS256", kid=None, key="own", header=None, tamper=None):
        """A token.

        `claims` go over `iss`, `iat` and an `exp` in five minutes; None takes one away. `key` is `own`, `stranger` (one
        that nobody published, under the kid of ours), `old` (before the last rotation) or, for HS*, the text of a
        secret. `header` goes over `alg`, `kid` and `typ`, None as in claims. `tamper` is `claims` (changed after
        signing), `signature` (one bit) or `truncated`.
        """
        name = family(alg)
        keys = self._keys[0]
        if key == "stranger":
            self._stranger = self._stranger or Keys("stranger")
            signer = self._stranger.made[name or "rsa"]
        elif key == "old":
            keys = self._keys[1]
            signer = keys.made[name]
        else:
            signer = keys.made.get(name) or key.encode()
        now = int(time.time())
        head = {"alg": alg, "kid": kid or keys.kid(name or "rsa"), "typ": "JWT"} | (header or {})
        body = {"iss": self.issuer, "iat": now, "exp": now + 300} | claims
        strip = lambda given: json.dumps({k: v for k, v in given.items() if v is not None}, separators=(",", ":")).encode()
        message = f"{b64(strip(head))}.{b64(strip(body))}"
        sealed = signature(alg, signer, message.encode())
        if tamper == "claims":
            message = f"{b64(strip(head))}.{b64(strip(body | {'sub': 'somebody-else'}))}"
        elif tamper == "signature":
            sealed = bytes([sealed[0] ^ 1]) + sealed[1:]
        elif tamper == "truncated":
            sealed = sealed[:-4]
        return f"{message}.{b64(sealed)}"

    def rotate(self, keep=True):
        """New keys. Returns the published kids, newest first."""
        with self._lock:
            self._generation += 1
            self._keys = [Keys(self._generation), *self._keys]
            self._published = len(self._keys) if keep else 1
        return [jwk["kid"] for jwk in self.jwks()["keys"]]

    def jwks(self):
        return {"keys": [jwk for keys in self._keys[: self._published] for jwk in keys.public()]}

    def discovery(self):
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
        }

    def fault(self, **faults):
        """`jwks=` or `discovery=` a status, or `slow` (5 s), `huge` (2 MiB), `redirect`, `garbage`; `discovery="issuer"`:
        that of another issuer. Nothing: all is well again."""
        self.faults = {what: str(how) for what, how in faults.items()}

    def state(self):
        return self.counts | {"kids": [jwk["kid"] for jwk in self.jwks()["keys"]], "faults": self.faults}

    def document(self, what):
        """(status, headers, body) of `jwks` or `discovery`, with the fault that is asked for."""
        with self._lock:
            self.counts[what] += 1
        fault = self.faults.get(what, "")
        value = self.jwks() if what == "jwks" else self.discovery()
        if fault.isdigit():
            return int(fault), {}, b""
        if fault == "redirect":
            path = "/jwks" if what == "jwks" else "/.well-known/openid-configuration"
            return 302, {"Location": f"{self.issuer}{path}?again"}, b""
        if fault == "slow":
            time.sleep(5)
        if fault == "huge":
            value = value | {"padding": "x" * (2 << 20)}
        if fault == "issuer":
            value = value | {"issuer": "https://issuer.example.org"}
        return 200, {"Content-Type": "application/json"}, b"{{" if fault == "garbage" else json.dumps(value).encode()


def _handler(issuer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urllib.parse.urlsplit(self.path).path
            if path == "/.well-known/openid-configuration":
                self._say(*issuer.document("discovery"))
            elif path == "/jwks":
                self._say(*issuer.document("jwks"))
            elif path == "/state":
                self._json(issuer.state())
            else:
                self._say(404, {}, b"")

        def do_POST(self):
            url = urllib.parse.urlsplit(self.path)
            given = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if url.path == "/mint":
                self._say(200, {"Content-Type": "text/plain"}, issuer.mint(**given).encode())
            elif url.path == "/rotate":
                self._json({"kids": issuer.rotate(**given)})
            elif url.path == "/fault":
                issuer.fault(**dict(urllib.parse.parse_qsl(url.query)))
                self._json(issuer.faults)
            else:
                self._say(404, {}, b"")

        def _json(self, value):
            self._say(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

        def _say(self, status, headers, body):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


if __name__ == "__main__":
    print(json.dumps({"issuer": MiniIssuer().issuer}), flush=True)
    threading.Event().wait()
