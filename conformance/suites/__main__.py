"""`python -m suites [--store NAME]…`: a case that passes directly only is exit status 1."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from harness import keys
from harness.all_stores import STORES
from harness.chroot import Unavailable
from harness.gateway import Gateway
from harness.summary import summary

from . import minio_py

SUITES = [minio_py]


def settings(listen, admin, backend, far):
    """A gateway to a whole store: every name is a bucket there, and clients make and remove them."""
    return f"""
[server]
listen = "127.0.0.1:{listen}"
admin = "127.0.0.1:{admin}"
region = "{keys.REGION}"

[backends.store]
{backend}

[buckets."{{bucket}}"]
backend = "store"
create = true

[keys.{keys.OWNER.id}]
secret = "{keys.OWNER.secret}"
[keys.{keys.OWNER.id}.policy]
Version = "2012-10-17"
[[keys.{keys.OWNER.id}.policy.Statement]]
Effect = "Allow"
Action = "s3:*"
Resource = ["arn:aws:s3:::*"]
"""


def say(text):
    print(text, flush=True)


def compare(kind):
    """(passed through Brigade, lost) over all the suites; each route has a store of its own."""
    passed, lost = 0, []
    for suite in SUITES:
        outcomes = {}
        for route in ("direct", "brigade"):
            with tempfile.TemporaryDirectory(prefix="brigade-suites-") as folder:
                folder = Path(folder)
                store = kind(folder)
                gateway = None
                try:
                    if route == "brigade":
                        gateway = Gateway(folder, store.backend(), settings=settings)
                    where, key = (store.endpoint, keys.STORE) if gateway is None else (gateway.endpoint, keys.OWNER)
                    outcomes[route] = suite.run(where, key, folder / "suite")
                finally:
                    if gateway:
                        gateway.stop()
                    store.stop()
        direct, brigade = outcomes["direct"], outcomes["brigade"]
        good = lambda found: sum(outcome == "PASS" for outcome in found.values())
        say(f"{store.name}: {suite.NAME}: {good(direct)} pass directly, {good(brigade)} through Brigade, of {len(direct)}")
        for case in {**direct, **brigade}:
            both = [found.get(case, "did not come to it") for found in (direct, brigade)]
            if both[0] != both[1]:
                say(f"  {case}: directly {both[0]}; through Brigade {both[1]}")
            if both[0] == "PASS" != both[1]:
                lost.append(case)
        passed += good(brigade)
    return passed, lost


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask suites", description=__doc__)
    stores = [name for name in STORES if name != "embedded"]
    parser.add_argument("--store", action="append", choices=stores, help="rgw; a suite stops where it is refused a key that another may rename")
    asked = parser.parse_args()
    began, passed, failed, left_out = time.monotonic(), 0, 0, []
    for store in asked.store or ["rgw"]:
        try:
            good, lost = compare(STORES[store])
        except Unavailable as why:
            say(f"{store} is left out: {why}")
            left_out.append(store)
            continue
        passed, failed = passed + good, failed + len(lost)
    say(summary({"passed": passed, "failed": failed}, left_out, time.monotonic() - began))
    # Who names a store means it.
    return 1 if failed or (asked.store and left_out) else 0


sys.exit(main())
