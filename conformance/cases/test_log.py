"""The log: one line for each request, and nothing in it that should not be."""

import pytest

from harness import keys, sign

pytestmark = pytest.mark.brigade_only


@pytest.fixture
def lines(world):
    """The log since the test began, as one text that holds what is looked for."""
    process = world.gateway.process
    before = process.log.stat().st_size
    written = lambda: process.log.read_bytes()[before:].decode(errors="replace")

    def until(sought):
        # A line is written when its answer is through, which the client may see first.
        process.await_ready(lambda: sought in written(), seconds=20)
        return written()

    return until


def last(world):
    """The request id of one more request, whose line comes after those of all before."""
    return dict(world.deliver("GET", "/open/none").headers)["x-amz-request-id"]


def test_one_line_for_each_request_names_who_what_and_how_it_ended(world, bucket, here, lines):
    world.send("PUT", f"/{bucket}/{here}a", body=b"x")
    refused = world.send("GET", f"/{bucket}/{here}a", key=keys.PLAIN_READER)
    identity = dict(refused.headers)["x-amz-request-id"]
    text = lines(identity)
    about = [line for line in text.splitlines() if identity in line]
    assert len(about) == 1, text
    for part in (keys.PLAIN_READER.id, bucket, "403", "AccessDenied"):
        assert part in about[0], about


def test_r_log_01_no_secret_signature_or_presigned_query_is_in_the_log(world, s3, bucket, here, lines):
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"x")
    signatures = []
    for headers in ([], [("x-amz-server-side-encryption-customer-key", "c3NlLWMta2V5LXRoYXQtaXMtc2VjcmV0")]):
        for key in (keys.FULL, keys.DISABLED, keys.Key(keys.FULL.id, "wrong-secret-of-a-client")):
            signing = sign.Signing(key)
            world.send("GET", f"/{bucket}/{here}a", headers=headers, signing=signing)
            signatures.append(signing.signature)
            signing = sign.Signing(key)
            query = sign.presigned_query(signing, "GET", world.host, f"/{bucket}/{here}a")
            world.deliver("GET", f"/{bucket}/{here}a", query)
            signatures.append(signing.signature)
    text = lines(last(world))
    secrets = [key.secret for key in keys.ALL] + ["wrong-secret-of-a-client", "c3NlLWMta2V5LXRoYXQtaXMtc2VjcmV0"]
    for hidden in [*secrets, *signatures, "X-Amz-Signature", "Signature="]:
        assert hidden not in text, hidden
    whole = world.gateway.process.log.read_text(errors="replace")
    for hidden in secrets:
        assert hidden not in whole, hidden


def test_r_log_02_what_clients_send_starts_no_line_of_its_own(world, bucket, here, lines):
    for part in ("%0aforged%20line", "%0d%0aforged%20line", "%1b[31mred", "%e2%80%a8forged"):
        world.send("GET", f"/{bucket}/{here}{part}")
        world.send("GET", f"/{bucket}/{here}a", unsigned=[("user-agent", "x\x1b[31m")])
    for line in lines(last(world)).splitlines():
        assert not line.lstrip().startswith("forged"), line
        assert "\x1b[31m" not in line, line


def test_r_rob_01_nothing_has_panicked(world):
    text = world.gateway.process.log.read_text(errors="replace")
    assert "panicked at" not in text
