"""Opik's filters over traces and spans in its own words."""

from typing import Any

import pytest

from nervure.api.opik.filters import checked, is_match
from nervure.base.errors import BadInput

ITEM = {
    "id": "a", "name": "Support chat", "tags": ["beta", "prod"], "metadata": {"plan": "gold", "deep": {"n": 3}},
    "start_time": "2026-11-20T15:42:47.5Z", "duration": 12.5, "thread_id": None, "usage": {"total_tokens": 30},
    "input": {"question": "What?"}, "feedback_scores": [{"name": "tone", "value": 0.5}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "operator", "value", "key", "met"),
    [
        ("name", "contains", "CHAT", "", True),
        ("name", "=", "Support chat", "", True),
        ("name", "starts_with", "chat", "", False),
        ("name", "in", "x, Support chat", "", True),
        ("tags", "contains", "beta", "", True),
        ("tags", "not_contains", "beta", "", False),
        ("tags", "contains", "bet", "", False),
        ("metadata", "=", "gold", "plan", True),
        ("metadata", ">", "2", "deep.n", True),
        ("metadata", "=", "gold", "none", False),
        ("usage.total_tokens", ">=", "30", "", True),
        ("duration", "<", "12.5", "", False),
        ("start_time", ">", "2026-11-20T15:42:47Z", "", True),
        ("start_time", "<", "2026-11-20T16:42:47+01:00", "", False),
        ("feedback_scores", "=", "0.5", "tone", True),
        ("feedback_scores", "is_empty", "", "other", True),
        ("thread_id", "is_empty", "", "", True),
        ("thread_id", "!=", "t", "", True),
        ("input", "contains", "what?", "", True),
    ],
)
def test_a_filter_compares_as_the_field_is(field: str, operator: str, value: str, key: str, met: bool) -> None:
    asked = checked([{"field": field, "operator": operator, "value": value, "key": key}])
    assert is_match(ITEM, asked) is met


def test_all_filters_must_hold() -> None:
    both = [{"field": "name", "operator": "=", "value": "Support chat"}, {"field": "id", "operator": "=", "value": "b"}]
    assert is_match(ITEM, both[:1])
    assert not is_match(ITEM, both)


@pytest.mark.parametrize(
    "wrong", [3, ["x"], [{"field": "nothing", "operator": "="}], [{"field": "id", "operator": "~"}]]
)
def test_a_filter_nobody_knows_is_refused(wrong: Any) -> None:
    with pytest.raises(BadInput):
        checked(wrong)
