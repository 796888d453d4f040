"""The same table of bad input against the whole server: stored exactly, accounted for exactly, memory bounded."""

from pathlib import Path

import pytest

from tests.release.look import look
from tests.release.server import running
from tests.wire.bad_input import CASES, LIMITS
from tests.wire.samples import PROTOBUF, span, traces
from tests.wire.test_bad_input import rejected_of

GIB = 1 << 30


def peak_bytes(pid: int) -> int:
    """The most memory a process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


@pytest.mark.slow
def test_after_all_bad_input_the_server_lives_and_its_ledger_is_exact(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, **LIMITS) as server:
        for case in CASES:
            answer = server.post(case.make(), case.path, **{**case.headers, "content-type": case.kind})
            assert (case.name, answer.status, answer.body if answer.status != case.status else b"") == (
                case.name,
                case.status,
                b"",
            )
            if answer.status == 200:
                assert (case.name, rejected_of(case, answer.body)) == (case.name, case.rejected)
        assert server.get("/healthz").status == 200
        assert server.get("/readyz").status == 200
        assert peak_bytes(server.pid) < 2 * GIB
        assert server.post(traces(span(99)), "/v1/traces", **{"content-type": PROTOBUF}).status == 200
        assert server.stop() == 0
    taken = [case for case in CASES if case.status == 200]
    kept, rejected = sum(case.kept for case in taken) + 1, sum(case.rejected for case in taken)
    counts = look(data)
    assert counts["received"] == kept + rejected
    assert counts["refused"] == rejected
    assert (counts["stored"], counts["dropped"]) == (kept - 1, 1), "one span came twice in one request"
    in_logs_and_metrics = sum(case.kept for case in taken if case.path != "/v1/traces")
    assert counts["spans"] == counts["final"] == kept - 1 - in_logs_and_metrics
