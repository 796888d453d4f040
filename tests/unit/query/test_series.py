"""The sweep's series against the spans they were made of, counted by hand; each minute alone and the whole at once."""

from collections import Counter

from nervure.base.clock import NS_PER_S
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.query.series import Cells, read_cells
from tests.unit.query.conftest import NOW_NS, World

HOUR_NS = 3600 * NS_PER_S
TO_NS = NOW_NS // HOUR_NS * HOUR_NS


def of_family(read: list[Cells], name: str) -> Cells:
    (found,) = [cells for cells in read if cells.family == name]
    return found


def by_service(cells: Cells, measure: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for scope, n in zip(cells.scope.tolist(), cells.n[measure], strict=True):
        if set(cells.scopes[scope]) == {"service"}:
            found[cells.scopes[scope]["service"]] += int(n)
    return found


def test_calls_and_errors_are_counted_in_the_bucket_in_which_they_ended(world: World) -> None:
    from_ns = TO_NS - 12 * HOUR_NS
    calls = of_family(read_cells(world.asker, "world", from_ns, TO_NS, 300), "llm")
    ended = [
        span
        for span in world.spans
        if span.kind == "llm" and span.service and from_ns <= span.start_ns + span.duration_ns < TO_NS
    ]
    ended = [span for span in ended if "repeats_child" not in span.flags]
    assert ended
    assert by_service(calls, "error") == Counter(span.service for span in ended)
    for bucket in set(calls.bucket.tolist()):
        assert from_ns // (300 * NS_PER_S) <= bucket < TO_NS // (300 * NS_PER_S)


def test_looks_one_after_the_other_count_what_one_look_at_the_whole_counts(world: World) -> None:
    families = ("llm", "trace", "tool", "retriever")
    from_ns = TO_NS - 2 * HOUR_NS
    whole = read_cells(world.asker, "world", from_ns, TO_NS, 3600)
    parts = [
        read_cells(world.asker, "world", from_ns + at * HOUR_NS, from_ns + (at + 1) * HOUR_NS, 3600) for at in (0, 1)
    ]
    for family in families:
        summed = sum((by_service(of_family(part, family), "error") for part in parts), Counter[str]())
        assert summed == by_service(of_family(whole, family), "error")


def test_answers_of_a_queue_say_nothing_of_the_moment_they_were_given(world: World) -> None:
    at_ns = TO_NS - 2 * HOUR_NS
    spans = [Span(f"swept{n}", "s", "chat", at_ns, project="swept", kind="llm", service="chat") for n in range(3)]
    scores = [
        Score(
            f"{n}-{who}", "kept", "span", "s", "swept", f"swept{n}", value=1.0, source=source, evaluator=who,  # type: ignore[arg-type]
            time_ns=at_ns + 60 * NS_PER_S,
        )
        for n in range(3)
        for source, who in (("judge", "judge:kept"), ("human", "annotation:a queue"))
    ]  # fmt: skip
    world.insert("spans", spans)
    world.insert("scores", scores)
    read = read_cells(world.asker, "swept", at_ns - HOUR_NS, TO_NS, 300)
    assert by_service(of_family(read, "score:kept"), "value") == Counter({"chat": 3})
