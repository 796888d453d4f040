"""Where calls go: what moved within senders, told apart from senders that came and went."""

from collections.abc import Sequence

import numpy as np
import pytest

from nervure.explain.leaves import AFTER, BEFORE, USUAL, Leaves
from nervure.explain.routes import balance, moved

SERVICES, MODELS, KINDS = ["", "chat", "triage"], ["", "large", "small"], ["", "llm", "agent"]
Row = tuple[int, str, str, int]


def leaves(rows: Sequence[Row]) -> Leaves:
    """Leaves of (period, service, model, calls), each call in a request of its own."""
    both = [(period, service, model, kind, n) for period, service, model, n in rows for kind in ("llm", "agent")]
    codes = {
        "service": np.array([SERVICES.index(row[1]) for row in both]),
        "feature": np.zeros(len(both), np.int64),
        "model": np.array([MODELS.index(row[2]) for row in both]),
        "kind": np.array([KINDS.index(row[3]) for row in both]),
    }
    sums = {
        "n": np.array([float(row[4]) for row in both]),
        "is_root": np.array([float(row[3] == "agent") for row in both]),
    }
    values = {"service": SERVICES, "feature": [""], "model": MODELS, "kind": KINDS}
    return Leaves(codes, values, np.array([row[0] for row in both]), sums, {})


USUAL_MIX: list[Row] = [(BEFORE, "chat", "large", 300), (BEFORE, "triage", "small", 300)]


@pytest.mark.parametrize(
    ("after", "share"),
    [
        pytest.param(
            [(AFTER, "chat", "large", 30), (AFTER, "triage", "small", 270)], 0.0, id="a service has gone home"
        ),
        pytest.param(
            [(AFTER, "chat", "large", 40), (AFTER, "chat", "small", 110), (AFTER, "triage", "small", 150)],
            110 / 300,
            id="one service's calls go elsewhere",
        ),
    ],
)
def test_only_what_goes_elsewhere_within_a_sender_has_moved(after: list[Row], share: float) -> None:
    table = leaves([*USUAL_MIX, *after])
    found = moved(table, np.ones(table.size, bool), "model")
    assert found.share == pytest.approx(share, abs=0.01)
    assert (found.z > 5, found.told > 20) == (share > 0.1, share > 0.1)


def test_a_service_that_was_not_there_before_has_moved_nothing() -> None:
    table = leaves([(BEFORE, "chat", "large", 300), (AFTER, "chat", "large", 150), (AFTER, "triage", "small", 150)])
    assert moved(table, np.ones(table.size, bool), "model").share == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        pytest.param([("chat", "large", 10), ("chat", "small", 95), ("triage", "small", 100)], 1.0, id="moved"),
        pytest.param([("chat", "large", 10), ("chat", "small", 0), ("triage", "small", 100)], 0.0, id="vanished"),
        pytest.param([("chat", "large", 48), ("triage", "small", 50)], None, id="a weekend halves everything"),
        pytest.param([("chat", "large", 5), ("chat", "small", 48), ("triage", "small", 50)], 1.0, id="both"),
    ],
)
def test_what_stays_away_has_moved_or_vanished(after: list[tuple[str, str, int]], kept: float | None) -> None:
    table = leaves([
        (USUAL, "chat", "large", 300), (USUAL, "triage", "small", 300), *((AFTER, *row) for row in after)
    ])  # fmt: skip
    table.hours.update({USUAL: 3.0, AFTER: 1.0})
    found = balance(table, table.mask({"service": "chat"}), "model")
    assert found is None if kept is None else found == pytest.approx(kept, abs=0.06)
