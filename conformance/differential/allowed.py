"""The differences that may be: each by a rule, with where the documentation says so. Nothing else may differ."""

from typing import NamedTuple


class Pair(NamedTuple):
    """A step and what came of it: (status, headers, body), as `compare` makes them."""

    store: str
    step: object
    direct: tuple
    brigade: tuple

    @property
    def refused(self):
        return self.direct[0] >= 400 and self.brigade[0] >= 400


RULES = []


def rule(why):
    """Registers a rule: `why` names the row of docs/behaviour.md, or what the store itself does."""

    def register(test):
        RULES.append((why, test))
        return test

    return register


def allowed(pair):
    """The first rule that covers a difference, or None."""
    return next((why for why, test in RULES if test(pair)), None)


@rule("Brigade checks the trailers of a body that it decodes; Ceph and SeaweedFS store it, or refuse it by another name (`verify_payload`)")
def wrong_trailer(pair):
    checked = pair.step.trailer and pair.brigade[2] == "BadDigest"
    return checked and (pair.direct[0] == 200 or pair.direct[0] in (400, 404, 412))


@rule("both refuse, by another of S3's codes: Brigade reads the arguments before the store does")
def another_code(pair):
    early = {"InvalidArgument", "InvalidRequest", "MalformedXML", "InvalidDigest", "BadDigest", "NoSuchUpload"}
    return pair.refused and pair.brigade[2] in early


@rule("Brigade refuses an argument that is malformed, as S3 does; the store overlooks it")
def malformed(pair):
    return pair.step.operation == "malformed" and pair.brigade[0] == 400


@rule("an empty `Prefix` or marker where none was asked for: the store was asked for the mapping's")
def empty_prefix(pair):
    bodies = [pair.direct[2], pair.brigade[2]]
    if pair.direct[:2] != pair.brigade[:2] or not all(isinstance(body, list) for body in bodies):
        return False
    direct, brigade = ([line for line in body if not line.endswith(("Result/Prefix=", "Result/KeyMarker="))] for body in bodies)
    return direct == brigade


@rule("the region is Brigade's")
def region(pair):
    return pair.step.query == (("location", ""),)


@rule("the configuration of a bucket that is a part of the store's: the code for what is not configured (docs/operations.md)")
def apart(pair):
    return pair.step.operation == "bucket reads" and pair.brigade[0] in (200, 404) and pair.brigade[0] != pair.direct[0]


@rule("Ceph groups uploads by names that hold their ids, so no two buckets' are alike")
def groups_of_uploads(pair):
    return pair.store == "rgw" and pair.step.operation == "ListMultipartUploads" and "delimiter" in dict(pair.step.query)


@rule("a header that a presigned URL does not sign: AccessDenied at S3, SignatureDoesNotMatch at SeaweedFS")
def unsigned_header(pair):
    return pair.step.payload == "url" and pair.direct[0] == pair.brigade[0] == 403
