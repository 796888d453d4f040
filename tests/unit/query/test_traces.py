"""Lists of traces: exact order, every trace once, whatever crosses what."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from nervure.base.errors import QueryError
from nervure.model.span import Span
from nervure.query import traces
from nervure.query.lists import Page
from nervure.query.present import time_text
from nervure.query.runner import Runner

from .conftest import HOUR_NS, NOW_NS, World


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a few spans, so that a thousand spans make many steps: the size is a setting of the walk."""
    monkeypatch.setattr(traces, "FIRST_STEP", 40)


def pages(ask: Callable[[str], dict[str, object]]) -> Iterator[dict[str, object]]:
    cursor = ""
    while True:
        page = ask(cursor)
        yield from page["items"]  # type: ignore[misc]
        cursor = str(page["next_cursor"] or "")
        if not cursor:
            return


def firsts(spans: list[Span], holds: Callable[[Span], bool]) -> dict[str, int]:
    found: dict[str, int] = {}
    for span in spans:
        if holds(span):
            found[span.trace_id] = min(found.get(span.trace_id, span.start_ns), span.start_ns)
    return found


FILTERS: list[tuple[str, Callable[[Span], bool]]] = [
    ("", lambda span: True),
    ('kind = "llm" and service = "shop"', lambda span: span.kind == "llm" and span.service == "shop"),
    ('attr["n"] < 12', lambda span: span.attributes["n"] < 12),
    ('"parcel"', lambda span: "parcel" in span.input_text),
]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(("where", "holds"), FILTERS, ids=[where or "no filter" for where, _ in FILTERS])
@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("bounds", [("", ""), ("-30h", "-5h")], ids=["all time", "a range"])
def test_traces_stand_at_their_earliest_matching_span_each_once_over_all_pages(
    world: World, where: str, holds: Callable[[Span], bool], order: str, bounds: tuple[str, str]
) -> None:
    low = NOW_NS - 30 * HOUR_NS if bounds[0] else 0
    high = NOW_NS - 5 * HOUR_NS if bounds[1] else NOW_NS + HOUR_NS
    wanted = firsts(world.spans, lambda span: holds(span) and low <= span.start_ns < high)
    found = [
        item["trace_id"]
        for item in pages(
            lambda cursor: world.asker.traces("world", Page(where, *bounds, limit=37, cursor=cursor, order=order))
        )
    ]
    expected = sorted(wanted, key=lambda trace: (wanted[trace], trace), reverse=order == "newest")
    assert found == expected


def test_thousands_of_spans_of_one_moment_are_walked_past(
    world: World, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "MAX_STEP", 80)
    at = NOW_NS - HOUR_NS
    spans = [
        Span(trace_id=f"tie{n:04}", span_id=f"{n}", name="x", start_ns=at, project="ties", received_ns=at)
        for n in range(700)
    ]
    late = Span(trace_id="early", span_id="e", name="x", start_ns=at - HOUR_NS, project="ties")
    world.insert("spans", [*spans, late])
    for order in ("newest", "oldest"):
        found = [
            item["trace_id"]
            for item in pages(lambda cursor: world.asker.traces("ties", Page(limit=100, cursor=cursor, order=order)))  # noqa: B023
        ]
        ties = [span.trace_id for span in spans]
        assert found == ([*reversed(ties), "early"] if order == "newest" else ["early", *ties])


@pytest.mark.parametrize("where", ["", 'kind = "llm"'])
@pytest.mark.parametrize("order", ["duration", "cost", "tokens", "errors", "spans"])
def test_traces_may_be_ordered_by_what_they_took(world: World, order: str, where: str) -> None:
    items = list(pages(lambda cursor: world.asker.traces("world", Page(where, limit=90, cursor=cursor, order=order))))
    wanted = firsts(world.spans, lambda span: not where or span.kind == "llm")
    assert sorted(item["trace_id"] for item in items) == sorted(wanted)
    name = {"duration": "duration_ms", "cost": "cost_total", "tokens": "total_tokens"}.get(order, f"{order[:5]}_count")
    name = {"errors": "error_count", "spans": "span_count"}.get(order, name)
    values = [item[name] or 0 for item in items]
    assert values == sorted(values, reverse=True)


def test_a_summary_tells_the_whole_trace(world: World) -> None:
    spans = world.spans[9:12]
    items = world.asker.traces("world", Page(f'trace_id = "{spans[0].trace_id}" and span_id = "{spans[1].span_id}"'))
    (item,) = items["items"]
    calls = [span for span in spans if span.kind in ("llm", "embedding") and "repeats_child" not in span.flags]
    assert item["span_count"] == 3
    assert item["error_count"] == sum(span.status == "error" for span in spans)
    assert item["start"] == time_text(min(span.start_ns for span in spans))
    assert item["end"] == time_text(max(span.end_ns for span in spans))
    assert item["total_tokens"] == sum(span.total_tokens or 0 for span in calls)
    assert item["session"] == "session-3"
    assert item["services"] == sorted({span.service for span in spans})


def test_a_cursor_belongs_to_its_question(world: World) -> None:
    cursor = world.asker.traces("world", Page(limit=5))["next_cursor"]
    for page in (Page(limit=5, cursor=cursor, order="oldest"), Page('kind = "llm"', cursor=cursor)):
        with pytest.raises(QueryError, match="belongs to another question"):
            world.asker.traces("world", page)
    for nonsense in ("x", "", "e30", "WyJhIl0", cursor[:-3], "ü"):
        if nonsense:
            with pytest.raises(QueryError, match="cursor"):
                world.asker.traces("world", Page(cursor=nonsense))


@pytest.mark.parametrize("page", [Page(limit=0), Page(limit=5000), Page(order="up"), Page(since="now", until="-1h")])
def test_a_page_that_cannot_be_is_refused(world: World, page: Page) -> None:
    with pytest.raises(QueryError):
        world.asker.traces("world", page)


def test_projects_do_not_see_each_other(world: World) -> None:
    assert world.asker.traces("nobody", Page())["items"] == []
    assert world.asker.spans("nobody", Page())["items"] == []


def test_what_is_not_summed_up_yet_is_summed_up_from_its_spans(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(since="-7d", limit=50)
    usual = world.asker.traces("world", page)["items"]
    known = traces.summaries

    def lagging(runner: Runner, ids: Sequence[str]) -> dict[str, dict[str, object]]:
        held = known(runner, ids)
        return {name: held[name] for name in list(held)[::2]}

    monkeypatch.setattr(traces, "summaries", lagging)
    lists = ("services", "models", "flags")
    plain = [{**one, **{name: sorted(one[name]) for name in lists}} for one in usual]
    now = world.asker.traces("world", page)["items"]
    assert len(plain) == 50
    assert [{**one, **{name: sorted(one[name]) for name in lists}} for one in now] == plain
