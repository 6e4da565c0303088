"""What a store itself cannot do: such a case fails against the store directly, and so it may through Brigade.

An entry is made only after the same case has failed the same way without Brigade; both are expected to fail
for as long as it stands, so an entry that is no longer true fails the run.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Gap(NamedTuple):
    store: str
    #: A pattern of the test's name with its parameters, without the store's.
    case: str
    reason: str
    #: Brigade makes good what the store lacks: expected to fail against the store alone.
    healed: bool = False


GAPS = []


def gap(store, case, direct):
    """The entry that covers a case, if any."""
    for entry in GAPS:
        if entry.store == store and fnmatchcase(case, entry.case) and (direct or not entry.healed):
            return entry
    return None
