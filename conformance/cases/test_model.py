"""Every operation of the S3 model is found as itself, or refused with 501; every header crosses, or is refused."""

import json
import re
import uuid
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest

from harness import keys

pytestmark = pytest.mark.brigade_only

MODEL = botocore.session.get_session().get_service_model("s3")

#: Names of one and the same request: what the model calls deprecated, and what only the host tells apart.
ALIASES = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}


def example(shape, name=""):
    """A value of a shape with every required member, short and harmless."""
    if shape.type_name == "structure":
        members = shape.members.items()
        wanted = [key for key, _ in members if key in shape.required_members]
        if shape.metadata.get("union") or not wanted and shape.name.endswith(("Configuration", "Policy", "Status")):
            wanted = wanted or [key for key, _ in members][:1]
        return {key: example(shape.members[key], key) for key in wanted}
    if shape.type_name == "list":
        return [example(shape.member, name)]
    if shape.type_name == "map":
        return {"k": "v"}
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long"):
        return 1
    if shape.type_name == "timestamp":
        return "2030-01-01T00:00:00Z"
    if shape.type_name == "blob":
        return b"body"
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return {"Bucket": "made", "Key": "model/key", "CopySource": "made/model/source", "Policy": "{}"}.get(name, "x")


def send(world, operation, parameters):
    """A request as botocore makes it; its answer's (id, status), whatever that is."""
    seen = {}

    def look(response_dict, **_):
        seen["status"], seen["id"] = response_dict["status_code"], response_dict["headers"].get("x-amz-request-id")

    client = world.client(keys.OWNER, parameter_validation=False)
    name = f"look-{uuid.uuid4().hex}"
    client.meta.events.register("before-parse.s3", look, unique_id=name)
    # Neither the rules of endpoints nor a session that S3 Express wants first: the request is to reach this gateway.
    host = lambda request, **_: setattr(request, "url", re.sub(r"^http://[^/]*", world.endpoint, request.url))
    client.meta.events.register("before-sign.s3", host, unique_id=name + "h")
    # Two sign for services of another name, which is refused before anything else is looked at.
    service = lambda context, **_: context.setdefault("signing", {}).update(signing_name="s3") and None
    client.meta.events.register("choose-signer.s3", service, unique_id=name + "s")
    try:
        client._make_api_call(operation, parameters)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        assert seen, f"{operation} was not sent: {error!r}"
    finally:
        client.meta.events.unregister("before-parse.s3", unique_id=name)
        client.meta.events.unregister("before-sign.s3", unique_id=name + "h")
        client.meta.events.unregister("choose-signer.s3", unique_id=name + "s")
    return seen["id"], seen["status"]


def test_every_operation_of_the_model_is_found_as_itself_or_refused_with_501(world):
    process = world.gateway.process
    before = process.log.stat().st_size
    asked = {name: send(world, name, example(MODEL.operation_model(name).input_shape or MODEL.shape_for("HeadBucketRequest"))) for name in MODEL.operation_names}
    written = lambda: process.log.read_bytes()[before:].decode(errors="replace")
    process.await_ready(lambda: all(identity in written() for identity, _ in asked.values()), seconds=20)
    lines = [json.loads(line) for line in written().splitlines() if line.startswith("{")]
    logged = {line["request_id"]: line.get("operation") for line in lines if "request_id" in line}
    served, wrong = set(), {}
    for name, (identity, status) in asked.items():
        found = logged[identity]
        if found == ALIASES.get(name, name):
            served.add(found)
        elif not (found is None and status == 501):
            wrong[name] = (found, status)
    assert not wrong, wrong
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    table = set(re.findall(r"^\| ([A-Z]\w+) \|", page, re.M))
    # PostObject is a form's, and the model has none.
    assert table - {"PostObject"} == served, table ^ served


def locations(shape):
    return [member.serialization["name"].lower() for member in shape.members.values() if member.serialization.get("location") == "header"] if shape else []


def test_every_header_of_the_model_crosses_or_is_refused(world, bucket, here):
    """A request header that were dropped would change what the client asked for: it must be known, or 501."""
    crosses, refused = set(), set()
    for name in {header for operation in MODEL.operation_names for header in locations(MODEL.operation_model(operation).input_shape)}:
        if not name.startswith("x-amz-"):
            crosses.add(name)
            continue
        answer = world.send("GET", f"/{bucket}/{here}none", headers=[(name, "x")], key=keys.OWNER)
        known = not (answer.status == 501 and name in answer.message)
        (crosses if known else refused).add(name)
    # Those of operations that are refused as a whole, and what would be another thing at a store that does not know it.
    expected = re.compile(
        r"x-amz-(fwd-|rename-source|request-(route|token)$|client-token$|create-session-mode$|object-annotation|object-if-match$"
        r"|object-lock-event-hold|mfa$|write-offset-bytes$|bucket-namespace$)"
    )
    assert {name for name in refused if not expected.match(name)} == set()
    assert {name for name in crosses if expected.match(name)} == set()
    plain = {name for name in crosses if not name.startswith("x-amz-")}
    assert plain == {
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-length", "content-md5", "content-type",
        "expires", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
    }  # fmt: skip
