"""Files of the spool are kept until somebody has looked at them, at no cost to the writer."""

from pathlib import Path

from nervure.forward.tap import Tap


def group(folder: Path, token: str, rows: int = 3, **signals: int) -> dict[str, Path]:
    place = folder / "spool" / token
    place.mkdir(parents=True)
    files = {}
    for signal, count in (signals or {"spans": rows}).items():
        files[signal] = place / f"{signal}.jsonl"
        files[signal].write_bytes(b'{"name":"x"}\n' * count)
    return files


def opened(folder: Path, limit_bytes: int = 1 << 20) -> Tap:
    tap = Tap(folder / "tap", limit_bytes)
    tap.is_open = True
    return tap


def test_a_group_stays_though_the_spool_forgets_it(tmp_path: Path) -> None:
    tap = opened(tmp_path)
    files = group(tmp_path, "001-a", spans=2, logs=1, ledger=1)
    tap.keep("001-a", files)
    assert files["spans"].stat().st_nlink == 2  # a second name, no copy
    for path in files.values():
        path.unlink()
    found = tap.first(0)
    assert found is not None
    assert sorted(found.files) == ["logs", "spans"]
    assert found.files["spans"].read_bytes().count(b"\n") == 2
    tap.done(found)
    assert tap.first(0) is None
    assert not list((tmp_path / "tap").glob("*.jsonl"))


def test_nothing_is_kept_when_nobody_wants_it(tmp_path: Path) -> None:
    tap = Tap(tmp_path / "tap", 1 << 20)
    tap.keep("001-a", group(tmp_path, "001-a"))
    assert tap.first(0) is None


def test_after_a_kill_the_rest_is_there_in_order_and_nothing_twice(tmp_path: Path) -> None:
    tap = opened(tmp_path)
    files = {token: group(tmp_path, token) for token in ("001-a", "002-b", "003-c")}
    for token, held in files.items():
        tap.keep(token, held)
    first = tap.first(0)
    assert first is not None
    tap.done(first)
    again = opened(tmp_path)
    # The writer stores again what was still in the spool, and tells of it again.
    for token, held in files.items():
        again.keep(token, held)
    seen = []
    while (found := again.first(0)) is not None:
        seen.append(found.token)
        again.done(found)
    assert seen == ["002-b", "003-c"]


def test_when_too_much_waits_the_oldest_is_shed_and_counted(tmp_path: Path) -> None:
    tap = opened(tmp_path, limit_bytes=1000)
    for number in range(10):
        tap.keep(f"{number:03d}", group(tmp_path, f"{number:03d}", rows=20))
    shed = tap.take_shed()
    groups, size = tap.waiting
    assert size <= 1000
    assert shed == {"spans": 20 * (10 - groups)}
    assert tap.take_shed() == {}
    found = tap.first(0)
    assert found is not None
    assert found.token == f"{10 - groups:03d}"


def test_what_cannot_be_kept_is_counted_and_never_stops_the_writer(tmp_path: Path) -> None:
    tap = opened(tmp_path)
    files = group(tmp_path, "001-a", rows=5)
    for path in (tmp_path / "tap").iterdir():
        path.unlink()
    (tmp_path / "tap").rmdir()
    tap.keep("001-a", files)
    assert tap.take_shed() == {"spans": 5}
    assert "could not be kept" in tap.problem
