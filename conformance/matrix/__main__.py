"""`python -m matrix [--store NAME]… [--client NAME]… [--runtime NAME] [--full] [--table FILE]`; what differs unexplained is exit status 1."""

import argparse
import sys
import time
from pathlib import Path

from harness.all_stores import STORES
from harness.chroot import Unavailable
from harness.gateway import Gateway
from harness.summary import summary

from .clients import CLIENTS
from .explained import explained
from .run import OK, differences, run
from .table import markdown, notes

#: Of the upload in parts; the full one is the issue's.
QUICK, FULL = 24 << 20, 100 << 20


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask matrix", description=__doc__)
    parser.add_argument("--store", action="append", choices=[name for name in STORES if name != "embedded"])
    parser.add_argument("--client", action="append", choices=[client.name for client in CLIENTS])
    parser.add_argument("--runtime", choices=("server", "edge"), default="server", help="which Brigade; edge: in workerd")
    parser.add_argument("--full", action="store_true", help="every client, and 100 MiB in parts")
    parser.add_argument("--table", type=Path, help="also write the tables to this file")
    asked = parser.parse_args()
    Gateway.runtime = asked.runtime

    chosen = [client for client in CLIENTS if client.name in (asked.client or [client.name])]
    chosen = [client for client in chosen if asked.full or asked.client or not client.slow]
    began, passed, open_ends, unexplained, left_out, tables = time.monotonic(), 0, 0, 0, [], []
    for store in asked.store or ["seaweedfs", "rgw"]:
        try:
            results = run(STORES[store], chosen, FULL if asked.full else QUICK, say)
        except Unavailable as why:
            say(f"{store} is left out: {why}")
            left_out.append(store)
            continue
        reason = explained(store)
        lines = [f"## {store}", "", markdown(results), "", *[f"* {note}" for note in notes(results, reason)], ""]
        tables.append("\n".join(lines))
        say("\n" + tables[-1])
        for client, found in results.items():
            worse, _ = differences(found)
            lost = sum(reason(client, case, outcome) is None for case, outcome in worse.items())
            lost += "broken" in found
            good = sum(outcome == OK for outcome in found.get("brigade", {}).values())
            unexplained, passed = unexplained + lost, passed + good
            open_ends += len(found.get("brigade", {})) - good - lost
    if asked.table:
        asked.table.write_text("\n".join(tables))
    say(summary({"passed": passed, "failed": unexplained, "xfailed": open_ends}, left_out, time.monotonic() - began))
    # Who names a store means it.
    return 1 if unexplained or (asked.store and left_out) else 0


sys.exit(main())
