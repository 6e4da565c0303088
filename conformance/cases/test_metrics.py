"""`/metrics` on the admin address."""

import re

import pytest

from harness import keys, wire
from harness.clients import refusal


def metrics(world):
    answer = wire.send(f"http://127.0.0.1:{world.gateway.admin}", "GET", "/metrics", [("host", "admin")])
    assert answer.status == 200, answer
    assert dict(answer.headers)["content-type"].startswith("application/openmetrics-text"), answer
    lines = answer.body.decode().splitlines()
    assert lines[-1] == "# EOF"
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def gained(before, after, name):
    return after.get(name, 0) - before.get(name, 0)


@pytest.mark.brigade_only
def test_r_met_01_what_was_delivered_counts_and_refused_requests_count_apart(world, s3, bucket, here):
    before = metrics(world)
    s3.put_object(Bucket=bucket, Key=here + "a", Body=b"x" * 10_000)
    assert len(s3.get_object(Bucket=bucket, Key=here + "a", Range="bytes=0-999")["Body"].read()) == 1000
    refused = refusal(world.client(keys.PLAIN_READER).get_object, Bucket=bucket, Key=here + "a")
    assert refused == (403, "AccessDenied")
    after = metrics(world)
    assert gained(before, after, 'brigade_requests_total{operation="PutObject",status="200"}') == 1
    assert gained(before, after, 'brigade_requests_total{operation="GetObject",status="206"}') == 1
    assert gained(before, after, 'brigade_requests_total{operation="GetObject",status="403"}') == 1
    assert gained(before, after, 'brigade_refusals_total{code="AccessDenied"}') == 1
    assert gained(before, after, 'brigade_received_bytes_total{operation="PutObject"}') == 10_000
    assert 1000 <= gained(before, after, 'brigade_sent_bytes_total{operation="GetObject"}') < 2500
    assert gained(before, after, 'brigade_request_duration_seconds_count{operation="GetObject"}') == 2
    assert after["process_resident_memory_bytes"] > 1 << 20 and after["process_open_fds"] > 3
    assert not [name for name in after if bucket in name or re.search(r"AK[A-Z]{4}", name)], "no label is a client's"


@pytest.mark.brigade_only
def test_metrics_are_not_on_the_address_of_clients(world):
    answer = world.deliver("GET", "/metrics", "", [("host", world.host)])
    assert answer.status in (403, 404), answer
