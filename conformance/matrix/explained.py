"""Where a client may do less through Brigade than directly, and the rule of docs/behaviour.md that says why."""

from fnmatch import fnmatchcase

CAUTION = "a key that such a store may rename is refused (`exact_keys`)"

#: (store, client, case): reason. Names are patterns.
EXPLAINED = {
    (store, "*", key): CAUTION for store in ("seaweedfs", "juicefs") for key in ("ascii", "dslash", "lslash", "trail", "dotdot", "dotseg")
} | {
    ("*", "s3fs", "presigned_get"): "it presigns with Signature Version 2, which is refused",
}


def explained(store):
    def why(client, case):
        for pattern, reason in EXPLAINED.items():
            if all(fnmatchcase(name, part) for name, part in zip((store, client, case), pattern)):
                return reason
        return None

    return why
