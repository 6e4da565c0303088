"""The table, in Markdown."""

from .cases import CASES, ODD
from .run import OK, differences

HEADS = {
    "put": "put", "get": "get", "list": "list", "range": "range", "multipart": "parts", "copy": "copy", "odd_copy": "copy of `é+1`", "delete": "delete",
    "presigned_get": "presigned get", "presigned_put": "presigned put", "put_metadata": "metadata",
    "put_if_absent": "if absent", "application": "tables and files",
}  # fmt: skip


def markdown(results):
    """One row for each client: what passes on both routes, on one only, or on neither."""
    lines = ["| client | " + " | ".join(HEADS[case] for case in CASES) + " | odd keys |", "|---" * (len(CASES) + 2) + "|"]
    for client, found in results.items():
        if "missing" in found or "broken" in found:
            continue
        cells = [cell(found, case) for case in CASES]
        keys = lambda route: sum(found[route].get(key) == OK for key in ODD)
        tried = any(key in found["direct"] for key in ODD)
        odd = "–" if not tried else f"{keys('direct')}" if keys("direct") == keys("brigade") else f"{keys('direct')} → {keys('brigade')}"
        lines.append(f"| {client} {found['version']} | " + " | ".join([*cells, odd]) + " |")
    return "\n".join(lines)


def cell(found, case):
    if case not in found["direct"]:
        return "–"
    both = (found["direct"][case] == OK, found["brigade"].get(case) == OK)
    return {(True, True): "✓", (False, False): "✗", (True, False): "**lost**", (False, True): "mended"}[both]


def notes(results, explained):
    """What differs, line by line."""
    for client, found in results.items():
        worse, mended = differences(found)
        for case, why in worse.items():
            yield f"{client}, {case}: passes directly only: {explained(client, case, why) or why}"
        for case, why in mended.items():
            yield f"{client}, {case}: passes through Brigade only; directly: {why}"
