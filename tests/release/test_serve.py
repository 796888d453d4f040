"""The process as an operator meets it: ports, readiness, metrics, its own account."""

import re
import subprocess
import sys
import threading
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.release.look import look
from tests.release.server import body_of, running


def test_the_ledger_adds_up_over_projects_signals_and_minutes(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        server.post(body_of(1, 5))
        server.post(body_of(2, 7), **{"x-nervure-project": "shop"})
        server.post(body_of(2, 7), **{"x-nervure-project": "shop"})
        default = server.get("/api/v1/ledger?from=-1h&by=minute").json
        # What was recognised before decoding is written with the next group or within seconds.
        server.post(body_of(3, 1), **{"x-nervure-project": "shop"})
        shop = server.get("/api/v1/ledger?from=-1h&project=shop").json
    (line,) = default["items"]
    assert (line["project"], line["sdk"], line["signal"], line["stored"]) == ("default", "opentelemetry", "spans", 5)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:00\.000000Z", line["minute"])
    sums = {name: sum(one[name] for one in shop["items"]) for name in ("received", "stored", "refused")}
    assert sums == {"received": 15, "stored": 8, "refused": 0}
    assert sum(one["dropped"].get("duplicate", 0) for one in shop["items"]) == 7
    assert shop["balanced"] is True
    assert shop["in_flight"] == 0


def test_a_request_for_two_projects_is_stored_in_both_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    both = body_of(1, 4, project="left") + body_of(2, 6, project="right")
    with running(data) as server:
        assert [server.post(both).status for _ in range(3)] == [200, 200, 200]
        left = server.get("/api/v1/ledger?from=-1h&project=left").json
        right = server.get("/api/v1/ledger?from=-1h&project=right").json
        assert server.stop() == 0
    assert look(data)["rows"] == 10
    assert (sum(x["stored"] for x in left["items"]), sum(x["stored"] for x in right["items"])) == (4, 6)


def test_health_readiness_and_metrics_answer_in_their_forms(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        server.post(body_of(1, 5))
        assert server.get("/healthz").body == b"ok\n"
        ready = server.get("/readyz")
        assert (ready.status, ready.json["ready"], ready.json["problems"]) == (200, True, [])
        lines = server.get("/metrics").body.decode().splitlines()
    assert 'nervure_ledger_stored_total{project="default",sdk="opentelemetry",signal="spans"} 5.0' in lines
    assert "nervure_ledger_balanced 1.0" in lines
    assert "nervure_ready 1.0" in lines
    assert any(line.startswith('nervure_store_bytes{table="spans"}') for line in lines)
    assert any(line.startswith("nervure_receive_requests_total{") for line in lines)


def test_grpc_and_http_share_one_memory_of_requests_of_the_same_path_and_store_spans_once(tmp_path: Path) -> None:
    import grpc

    data, body = tmp_path / "data", body_of(1, 5)
    with running(data) as server:
        assert server.post(body).status == 200
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
            export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
            export(ExportTraceServiceRequest.FromString(body).SerializeToString(), timeout=30)
        assert server.stop() == 0
    assert look(data)["rows"] == 5


def test_a_taken_port_is_told_in_words(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        command = [sys.executable, "-m", "nervure.cli.main", "serve", "--port", str(server.port), "--grpc-port", "-1",
                   "--data", str(tmp_path / "other")]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert "NERVURE_PORT" in done.stderr


def test_requests_in_hand_at_a_polite_stop_are_answered(tmp_path: Path) -> None:
    data, statuses = tmp_path / "data", []
    with running(data) as server:
        server.post(body_of(0, 1))
        senders = [
            threading.Thread(target=lambda number=number: statuses.append(server.post(body_of(number, 400)).status))
            for number in range(1, 5)
        ]
        for sender in senders:
            sender.start()
        while server.get("/metrics").body.count(b"nervure_intake_waiting_requests 0.0") and not statuses:
            pass
        assert server.stop() == 0
        for sender in senders:
            sender.join()
    assert look(data)["rows"] == 1 + 400 * statuses.count(200)
