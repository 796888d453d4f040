from pathlib import Path

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.intake.spool import Spool


def test_a_group_comes_back_whole_with_its_token_after_a_restart(tmp_path: Path) -> None:
    written = Spool(tmp_path, FixedClock(NS_PER_S)).write({"spans": [b"a\n", b"b\n"], "ledger": [b"l\n"]})
    (found,) = Spool(tmp_path, FixedClock(NS_PER_S)).leftover()
    assert found == written
    assert [(signal, path.read_bytes()) for signal, path in found.files.items()] == [
        ("spans", b"a\nb\n"),
        ("ledger", b"l\n"),
    ]


def test_a_draft_that_was_never_finished_is_deleted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, FixedClock(NS_PER_S))
    (tmp_path / ".0001-draft").mkdir()
    (tmp_path / ".0001-draft" / "spans.jsonl").write_bytes(b'{"half')
    assert spool.leftover() == []
    assert list(tmp_path.iterdir()) == []


def test_tokens_only_grow_while_the_clock_jumps_back(tmp_path: Path) -> None:
    clock = FixedClock(1_000 * NS_PER_S)
    spool = Spool(tmp_path, clock)
    tokens = []
    for jump_s in (0, -500, -1, 400):
        clock.advance_s(jump_s)
        tokens.append(spool.write({"ledger": [b"x\n"]}).token)
    assert tokens == sorted(tokens)
    assert len(set(tokens)) == 4


def test_the_same_moment_with_other_content_is_another_token(tmp_path: Path) -> None:
    one = Spool(tmp_path / "a", FixedClock(NS_PER_S)).write({"ledger": [b"x\n"]})
    other = Spool(tmp_path / "b", FixedClock(NS_PER_S)).write({"ledger": [b"y\n"]})
    assert one.token[:20] == other.token[:20]
    assert one.token != other.token


def test_a_removed_group_is_gone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, FixedClock(NS_PER_S))
    spool.remove(spool.write({"spans": [b"a\n"], "ledger": [b"x\n"]}))
    assert spool.leftover() == []
