"""More than the server can take: refused in time, with a time to come again, in bounded memory."""

import threading
import time
from pathlib import Path

import pytest

from tests.release.look import look
from tests.release.server import Reply, Sender, Server, body_of, running


def memory_mib(server: Server) -> float:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@pytest.mark.slow
def test_eight_connections_against_a_small_queue_hear_429_with_retry_after_and_lose_nothing(tmp_path: Path) -> None:
    data, replies = tmp_path / "data", []
    lock, taken, ends = threading.Lock(), set[int](), time.monotonic() + 200

    with running(data, queue_bytes=300_000, max_body_bytes=4 << 20) as server:

        def work(first: int) -> None:
            for number in range(first, first + 12):
                body = body_of(number, 200, text=1000)
                while time.monotonic() < ends:
                    reply = server.post(body)
                    with lock:
                        replies.append(reply)
                    if reply.status == 200:
                        taken.add(number)
                        break
                    time.sleep(0.05)

        threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 800, 100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peak = memory_mib(server)
        ledger = server.get("/api/v1/ledger?from=-1h").json
        assert server.stop() == 0

    refused = [reply for reply in replies if reply.status != 200]
    assert len(taken) == 96
    assert {reply.status for reply in refused} == {429}
    assert all(reply.retry_after is not None and int(reply.retry_after) >= 1 for reply in refused)
    assert peak < 1500
    assert ledger["balanced"] is True
    numbers = look(data)
    assert (numbers["rows"], numbers["stored"]) == (96 * 200, 96 * 200)
    assert numbers["received"] == numbers["stored"] + numbers["refused"] + numbers["dropped"]


@pytest.mark.slow
def test_memory_stays_bounded_while_the_store_is_slower_than_the_senders(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, queue_bytes=8 << 20) as server:
        sender = Sender(lambda: server, spans_per_request=500, threads=8)
        sender.start()
        sender.wait_for(60, timeout_s=200)
        sender.finish(200)
        peak = memory_mib(server)
        assert server.stop() == 0
    assert peak < 1500
    assert look(data)["rows"] == len(sender.acknowledged) * 500


def test_a_queue_of_a_few_bytes_still_takes_one_request_at_a_time(tmp_path: Path) -> None:
    with running(tmp_path / "data", queue_bytes=1) as server:
        replies: list[Reply] = [server.post(body_of(number, 3)) for number in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 200]
