"""`python -m differential [--store NAME]… [--requests N] [--seed X]`; an unexplained difference is exit status 1."""

import argparse
import sys
import time

from harness.all_stores import STORES
from harness.chroot import Unavailable
from harness.summary import summary

from .run import run


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask differential", description=__doc__)
    parser.add_argument("--store", action="append", choices=[name for name in STORES if name != "embedded"])
    parser.add_argument("--requests", type=int, default=1500, help="for each store")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began, passed, failed, left_out = time.monotonic(), 0, 0, []
    for store in asked.store or ["rgw"]:
        try:
            compared, rules, differences = run(STORES[store], asked.requests, asked.seed, say)
        except Unavailable as why:
            say(f"{store} is left out: {why}")
            left_out.append(store)
            continue
        for difference in differences:
            say(f"{store}: {difference}")
        say(f"{store}: {compared} pairs of answers compared, seed {asked.seed}: {len(differences)} differ against the rules")
        for why, times in rules.most_common():
            say(f"  {times} differ by a rule: {why}")
        passed, failed = passed + compared - len(differences), failed + len(differences)
    say(summary({"passed": passed, "failed": failed}, left_out, time.monotonic() - began))
    # Who names a store means it.
    return 1 if failed or (asked.store and left_out) else 0


sys.exit(main())
