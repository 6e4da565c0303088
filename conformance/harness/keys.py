"""Who may ask: the keys of the configuration under test, and the store's own."""

from typing import NamedTuple


class Key(NamedTuple):
    id: str
    secret: str


REGION = "us-east-1"

#: The store's own key; no client ever sees it.
STORE = Key("storeside7kq2", "s3cr3t-of-the-store-0123456789abcdefghij")

FULL = Key("AKFULLFULLFULLFULL01", "full+secret/0123456789abcdefghijklmnopqr")
READ_ONLY = Key("AKREADREADREADREAD02", "read+secret/0123456789abcdefghijklmnopqr")
TEAM = Key("AKTEAMTEAMTEAMTEAM03", "team+secret/0123456789abcdefghijklmnopqr")
DISABLED = Key("AKDISADISADISADISA04", "disabled+secret/0123456789abcdefghijklmn")
EXPIRED = Key("AKEXPIEXPIEXPIEXPI05", "expired+secret/0123456789abcdefghijklmno")
#: Allowed to read `plain` and nothing else.
PLAIN_READER = Key("AKPLAIPLAIPLAIPLAI06", "plain+secret/0123456789abcdefghijklmnopq")
#: An IAM policy document: everything in `plain`, but never under `plain/locked/`.
POLICY = Key("AKPOLIPOLIPOLIPOLI07", "policy+secret/0123456789abcdefghijklmnop")
#: Everything, bucket configuration included: what no group of a grant gives.
OWNER = Key("AKOWNEOWNEOWNEOWNE08", "owner+secret/0123456789abcdefghijklmnopq")
#: Everything, from the addresses of a documentation's network alone.
NEAR = Key("AKNEARNEARNEARNEAR09", "near+secret/0123456789abcdefghijklmnopqr")
UNKNOWN = Key("AKNOBODYNOBODYNOBODY", "nobody+secret/0123456789abcdefghijklmnop")

ALL = [STORE, FULL, READ_ONLY, TEAM, DISABLED, EXPIRED, PLAIN_READER, POLICY, OWNER, NEAR]
