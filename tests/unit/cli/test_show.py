"""How numbers, times and trees look in a terminal."""

import pytest
from rich.console import Console

from nervure.cli import show


@pytest.mark.parametrize(
    ("usd", "text"),
    [(None, "-"), (0.0, "$0.00"), (1234.5, "$1,234.50"), (0.012345, "$0.01235"), (1.2e-7, "$1.2e-07")],
)
def test_money_tells_unknown_from_nothing(usd: float | None, text: str) -> None:
    assert show.money(usd) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(None, "-"), (1.234, "1.2 ms"), (250, "250 ms"), (3400, "3.40 s"), (125_000, "2 min 5 s")]
)
def test_durations_take_the_unit_that_fits(ms: float | None, text: str) -> None:
    assert show.duration(ms) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")])
def test_sizes_are_binary(count: float, text: str) -> None:
    assert show.size(count) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (1234567, "1,234,567"), (12.0, "12"), (0.123456, "0.12346"), ("x", "x")]
)
def test_numbers_have_separators(value: object, text: str) -> None:
    assert show.number(value) == text


def test_times_keep_their_second_in_nine_digits_or_none() -> None:
    assert show.when("2026-11-20T10:00:05.123456789Z") == show.when("2026-11-20T10:00:05Z")
    assert show.when(None) == "-"


def drawn(spans: list[dict[str, object]]) -> list[str]:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(show.trace_tree({"trace_id": "t", "spans": spans}))
    return [line.rstrip() for line in console.export_text().splitlines()]


def span(name: str, parent: str = "", start: str = "", **members: object) -> dict[str, object]:
    return {
        "span_id": name,
        "parent_id": parent,
        "name": name,
        "kind": "other",
        "start": start,
        "duration_ms": 5.0,
        **members,
    }


def test_a_tree_is_in_order_of_start_and_keeps_orphans() -> None:
    lines = drawn([
        span("b", "root", "3"), span("a", "root", "2"), span("root", "", "1"), span("orphan", "gone", "4"),
        span("failed", "a", "5", kind="llm", status="error", error_type="Timeout", status_message="too slow", cost_source="unpriced"),
    ])  # fmt: skip
    assert lines == [
        "trace t",
        "├── other root  5.0 ms",
        "│   ├── other a  5.0 ms",
        "│   │   └── llm failed  5.0 ms, unpriced  Timeout: too slow",
        "│   └── other b  5.0 ms",
        "└── other orphan  5.0 ms",
    ]


def test_a_tree_deeper_than_pythons_recursion_is_built() -> None:
    deep = [span(str(number), str(number - 1) if number else "", f"{number:06d}") for number in range(3000)]
    tree, depth = show.trace_tree({"spans": deep}), 0
    while tree.children:
        tree, depth = tree.children[0], depth + 1
    assert depth == 3000
