"""Every operation of the S3 model is found as itself, or refused with 501; every header crosses, or is refused."""

import http.server
import json
import re
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

import botocore.exceptions
import botocore.session
import pytest

from harness import keys
from harness.gateway import Gateway
from harness.world import World

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


#: What stays behind of a store's answer, and why.
LEFT = {
    "x-amz-access-point-alias": "access points are not served",
    "x-amz-bucket-arn": "names the store's bucket and account",
    "x-amz-bucket-location-name": "of directory buckets",
    "x-amz-bucket-location-type": "of directory buckets",
    "x-amz-object-version-id": "of annotations, which are not served",
    "x-amz-restore-output-path": "names a bucket of the store's; an OutputLocation is refused",
}
#: What the gateway says in place of the store.
OURS = {"location": "/made", "x-amz-bucket-region": keys.REGION}


class Stub(http.server.BaseHTTPRequestHandler):
    """A store that says every header of the model, and nothing else."""

    protocol_version = "HTTP/1.1"
    said = {}

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        for name, value in self.said.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_HEAD = do_PUT = answer

    def log_message(self, *_):
        pass


def test_every_response_header_of_the_model_crosses_or_stays_behind_for_a_reason(tmp_path):
    """The real Brigade before a store that says them all: none is dropped without a line above."""
    names = {header for operation in MODEL.operation_names for header in locations(MODEL.operation_model(operation).output_shape)}
    Stub.said = {name: f"value-of-{name}" for name in names} | {"content-length": "0", "x-amz-meta-a": "b", "server": "stub", "x-amz-id-2": "i"}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    backend = f'type = "s3"\nendpoint = "http://127.0.0.1:{server.server_port}"\nregion = "eu-stub-1"\nauth = "anonymous"'
    gateway = Gateway(tmp_path, backend)
    try:
        world = World(SimpleNamespace(endpoint=None), gateway, tmp_path)
        seen = dict(world.send("HEAD", "/made/k", key=keys.OWNER).headers)
        seen |= {name: value for name, value in world.send("HEAD", "/made", key=keys.OWNER).headers if name in OURS}
        seen |= {name: value for name, value in world.send("PUT", "/made", key=keys.OWNER).headers if name in OURS}
    finally:
        gateway.stop()
        server.shutdown()
        server.server_close()
    crossed = {name for name in names if seen.get(name) == Stub.said[name]}
    assert names - crossed == LEFT.keys() | OURS.keys()
    assert {name: seen[name] for name in OURS} == OURS
    assert seen["x-amz-meta-a"] == "b" and "server" not in seen and "x-amz-id-2" not in seen
    assert not [name for name in LEFT if name in seen]
