"""Where a client may do less through Brigade than directly, and the rule of docs/behaviour.md that says why.

A rule explains only what Brigade refused by it: its log says so, whatever the client makes of the answer.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Rule(NamedTuple):
    """What is said of a loss, and what must stand in Brigade's refusal for that to be true."""

    reason: str
    refused: str


CAUTION = Rule("a key that such a store may rename is refused (`exact_keys`)", "say so with exact_keys = true")
VERSION_2 = Rule("it presigns with Signature Version 2, which is refused", "Signature Version 2 is not accepted")

#: (store, client, case): rule. Names are patterns.
EXPLAINED = {
    (store, "*", key): CAUTION for store in ("seaweedfs", "juicefs") for key in ("ascii", "dslash", "lslash", "trail", "dotdot", "dotseg")
} | {
    ("*", "s3fs", "presigned_get"): VERSION_2,
}


def explained(store):
    """(client, case, what came of it) → the reason, if there is one."""

    def why(client, case, outcome):
        for pattern, rule in EXPLAINED.items():
            fits = all(fnmatchcase(name, part) for name, part in zip((store, client, case), pattern))
            if fits and rule.refused in (outcome or ""):
                return rule.reason
        return None

    return why
