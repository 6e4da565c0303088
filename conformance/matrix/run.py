"""Runs the clients against one store, directly and through Brigade."""

import json
import random
import tempfile
import time
import traceback
from pathlib import Path

import botocore.exceptions

from harness import keys
from harness.clients import s3_client
from harness.gateway import BUCKETS, Gateway
from harness.stores import DIRECT

from .cases import CASES, METHODS, ODD
from .client import Missing, Route

#: What came of a case.
OK, LEFT_OUT = "ok", "–"


class Look:
    """A bucket at the store itself, whatever route the client takes; keys as the client names them."""

    def __init__(self, store, bucket, prefix):
        self._s3 = s3_client(store.endpoint, keys.STORE)
        self._bucket, self._prefix = bucket, prefix

    def _at(self, key):
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def write(self, key, data):
        self._s3.put_object(**self._at(key), Body=data)

    def read(self, key):
        try:
            return self._s3.get_object(**self._at(key))["Body"].read()
        except botocore.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def described(self, key):
        """Its type, and of its metadata what the cases give: clients add their own."""
        head = self._s3.head_object(**self._at(key))
        ours = {name.lower(): value for name, value in head["Metadata"].items() if name.lower() == "color"}
        return head["ContentType"], ours

    def keys(self, prefix):
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + prefix)
        return [item["Key"] for item in found.get("Contents", [])]


class Log:
    """What Brigade refused, by its own log: clients show an error in their own words, cut short, or not at all."""

    def __init__(self, path):
        self._path = path
        self._at = 0

    def mark(self):
        """Everything so far is past."""
        self._at = self._path.stat().st_size

    def refusals(self):
        """The reasons since then, each once."""
        time.sleep(0.1)  # A line is written when its answer has been.
        with self._path.open("rb") as log:
            log.seek(self._at)
            lines = [json.loads(line) for line in log if line.startswith(b"{")]
        return list(dict.fromkeys(line["refused"] for line in lines if "refused" in line))


class NoLog:
    """Of a store by itself nothing is asked."""

    def mark(self):
        pass

    def refusals(self):
        return []


def run(kind, clients, size, say):
    """{client: {"version": …, "direct": {case: outcome}, "brigade": {…}}} of one kind of store."""
    data = random.Random(size).randbytes(size)
    results = {}
    with tempfile.TemporaryDirectory(prefix="brigade-matrix-") as folder:
        folder = Path(folder)
        store = kind(folder)
        gateway = Gateway(folder, store.backend())
        try:
            real, prefix = BUCKETS["mapped"]
            routes = {
                "direct": (Route(store.endpoint, keys.STORE, DIRECT["mapped"]), Look(store, DIRECT["mapped"], ""), NoLog()),
                "brigade": (Route(gateway.endpoint, keys.OWNER, "mapped"), Look(store, real, prefix), Log(gateway.process.log)),
            }
            for client in clients:
                found = results[client.name] = {}
                for route, (way, look, log) in routes.items():
                    home = folder / f"{client.name.replace(' ', '-')}-{route}"
                    found[route] = of_client(client, way, look, log, home, data, found)
                say(f"{store.name}: {client.name} {found.get('version', '')}: {summary(found)}")
        finally:
            gateway.stop()
            store.stop()
    return results


def of_client(client, way, look, log, home, data, found):
    try:
        one = client(way, home)
        found["version"] = one.version()
    except Missing as why:
        found["missing"] = str(why)
        return {}
    except Exception as why:
        found["broken"] = f"it does not start: {type(why).__name__}: {why}"
        return {}
    outcomes = {}
    here = f"{client.name.replace(' ', '-')}/"
    cases = {name: case for name, case in CASES.items() if one.has(METHODS.get(name, name))}
    if one.odd_keys and one.has("put"):
        cases |= ODD
    try:
        for name, case in cases.items():
            log.mark()
            try:
                case(one, look, here, data)
                outcomes[name] = OK
            except Exception as why:
                said = f"{type(why).__name__}: {str(why)[:300]}" or traceback.format_exc()
                outcomes[name] = "; Brigade refused: ".join([said, *log.refusals()])
    finally:
        one.tear_down()
    return outcomes


def summary(found):
    if "broken" in found:
        return found["broken"]
    if "missing" in found:
        return f"left out: {found['missing']}"
    count = lambda route: sum(outcome == OK for outcome in found[route].values())
    return f"{count('direct')} directly, {count('brigade')} through Brigade, of {len(found['direct'])}"


def differences(found):
    """(worse, mended): cases that pass directly only, with what went wrong; and through Brigade only."""
    direct, brigade = found.get("direct", {}), found.get("brigade", {})
    worse = {case: brigade.get(case) for case, outcome in direct.items() if outcome == OK and brigade.get(case) != OK}
    mended = {case: outcome for case, outcome in direct.items() if outcome != OK and brigade.get(case) == OK}
    return worse, mended
