"""A store that refuses: senders hear 503 and why, reading goes on, and when it is well again nothing is missing."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.release.look import look
from tests.release.server import Server, body_of, running


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A tmpfs of so many MiB, or a skip where it cannot be mounted."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def until_ready(server: Server, timeout_s: float = 60) -> None:
    ends = time.monotonic() + timeout_s
    while server.get("/readyz").status != 200:
        assert time.monotonic() < ends, server.get("/readyz").body
        time.sleep(0.1)


def fill(server: Server, first: int, most: int = 400) -> tuple[list[int], int]:
    """Send until refused: the numbers taken, and the number refused."""
    taken: list[int] = []
    for number in range(first, first + most):
        reply = server.post(body_of(number, 100, text=4000))
        if reply.status != 200:
            assert reply.status == 503
            assert reply.retry_after is not None
            return taken, number
        taken.append(number)
    raise AssertionError("the disk never became full")


@pytest.mark.slow
def test_a_full_disk_refuses_and_after_making_room_everything_is_there_once(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 150) as folder, running(folder / "data", disk_free_min_bytes=0) as server:
        ballast = folder / "ballast"
        ballast.write_bytes(b"\0" * (90 << 20))
        taken, refused = fill(server, 1)
        assert taken
        # A merge that ends may make room again: then there is more to fill.
        while (ready := server.get("/readyz")).status == 200:
            more, refused = fill(server, refused)
            taken += more
        assert ready.status == 503
        assert "disk" in " ".join(ready.json["problems"]).lower() or "space" in " ".join(ready.json["problems"]).lower()
        assert server.get("/healthz").status == 200
        assert server.get("/api/v1/ledger?from=-1h").status == 200
        ballast.unlink()
        until_ready(server)
        assert server.post(body_of(refused, 100, text=4000)).status == 200
        assert server.stop() == 0
        numbers = look(folder / "data")
    spans = (len(taken) + 1) * 100
    assert {name: numbers[name] for name in ("rows", "spans", "hours", "traces", "stored")} == {
        "rows": spans, "spans": spans, "hours": spans, "traces": spans, "stored": spans,
    }  # fmt: skip
    assert numbers["received"] == numbers["stored"] + numbers["refused"] + numbers["dropped"]


@pytest.mark.slow
def test_killed_on_a_full_disk_it_starts_again_and_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 150) as folder:
        ballast = folder / "ballast"
        with running(folder / "data", disk_free_min_bytes=0) as server:
            ballast.write_bytes(b"\0" * (90 << 20))
            taken, _ = fill(server, 1)
            server.kill()
        ballast.unlink()
        with running(folder / "data", disk_free_min_bytes=0) as server:
            until_ready(server)
            # The refused request may have been decided for storing meanwhile; sent again it is there once.
            assert server.post(body_of(taken[-1], 100, text=4000)).status == 200
            assert server.stop() == 0
        numbers = look(folder / "data")
    assert numbers["rows"] == numbers["spans"] == numbers["hours"] == numbers["traces"] == numbers["stored"]
    assert numbers["rows"] >= len(taken) * 100


def test_less_free_disk_than_the_minimum_refuses_before_it_is_full_and_says_why(tmp_path: Path) -> None:
    with running(tmp_path / "data", disk_free_min_bytes=1 << 60) as server:
        ends = time.monotonic() + 30
        while server.get("/readyz").status == 200:
            assert time.monotonic() < ends
            time.sleep(0.05)
        reply = server.post(body_of(1, 5))
        assert (reply.status, reply.retry_after) == (503, "30")
        assert b"disk_free_min_bytes" in reply.body
        assert "disk_free_min_bytes" in server.get("/readyz").json["problems"][0]
        assert server.get("/api/v1/ledger?from=-1h").json["balanced"] is True


def test_two_servers_cannot_have_one_folder_and_the_second_says_who_has_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        second = Server(data)
        with pytest.raises(AssertionError, match=f"in use by process {server.pid}"):
            second.start()
        assert server.post(body_of(1, 5)).status == 200
