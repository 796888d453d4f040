"""Spans that come in parts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import FixedClock, SystemClock
from nervure.base.settings import Settings
from nervure.intake.assembler import Assembler, StoredSpans, stand_in
from nervure.intake.intake import Intake
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline
from nervure.model.raw import Origin, RawBatch, RawEvent, RawPart, RawSpan
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer
from nervure.store.sql import Sql
from tests.unit.intake.conftest import NOW_NS, Moody

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ORIGIN = Origin(resource={"service.name": "s"}, resource_json='{"service.name":"s"}')
BEGUN = {"start_ns": NOW_NS, "name": "answer", "parent_id": "", "is_first": True}
ENDED = {"end_ns": NOW_NS + 10**9}


def part(span_id: str = SPAN, **said: Any) -> RawPart:
    return RawPart(ORIGIN, TRACE, span_id, **said)


def nobody(project: str, keys: Sequence[tuple[str, str]]) -> Iterable[RawSpan]:
    return ()


@pytest.fixture
def assembler() -> Assembler:
    return Assembler(FixedClock(NOW_NS), nobody)


@pytest.mark.parametrize("order", [[BEGUN, ENDED], [ENDED, BEGUN]], ids=["begin first", "end first"])
def test_parts_make_one_span_in_whatever_order(assembler: Assembler, order: list[dict[str, Any]]) -> None:
    for said in order:
        (span,), _ = assembler.assemble("p", [part(**said, attributes={said.get("name", "end"): 1})])
    assert (span.name, span.start_ns, span.end_ns) == ("answer", NOW_NS, NOW_NS + 10**9)
    assert span.attributes == {"answer": 1, "end": 1}


def test_parts_of_one_request_are_one_span(assembler: Assembler) -> None:
    (span,), again = assembler.assemble("p", [part(**BEGUN), part(**ENDED), part(status_code=2, status_message="boom")])
    assert again == set()
    assert (span.end_ns, span.status_code, span.status_message) == (NOW_NS + 10**9, 2, "boom")


def test_what_is_not_said_again_stays(assembler: Assembler) -> None:
    first = part(**BEGUN, attributes={"a": 1, "b": 1}, events=[RawEvent("e", 1, {})])
    assembler.assemble("p", [first])
    (span,), _ = assembler.assemble(
        "p", [part(attributes={"b": 2}, events=[RawEvent("e", 1, {}), RawEvent("f", 2, {})])]
    )
    assert (span.attributes, [event.name for event in span.events]) == ({"a": 1, "b": 2}, ["e", "f"])


def test_what_is_said_of_the_trace_holds_for_its_spans_and_reaches_its_roots_afterwards(assembler: Assembler) -> None:
    child = part("c7ad6b7169203331", name="child", start_ns=NOW_NS, parent_id=SPAN, is_first=True)
    spans, _ = assembler.assemble("p", [part("", attributes={"user.id": "u"}), part(**BEGUN), child])
    assert [span.attributes for span in spans] == [{"user.id": "u"}, {"user.id": "u"}]
    (root,), again = assembler.assemble("p", [part("", attributes={"session.id": "s"})])
    assert again == {(TRACE, SPAN)}
    assert (root.span_id, root.attributes) == (SPAN, {"user.id": "u", "session.id": "s"})
    # Another project's trace of the same id is another trace.
    assert assembler.assemble("q", [part(**BEGUN)])[0][0].attributes == {}


def test_a_span_nobody_remembers_is_read_and_a_new_one_is_not_looked_for() -> None:
    asked: list[Sequence[tuple[str, str]]] = []

    def stored(project: str, keys: Sequence[tuple[str, str]]) -> Iterable[RawSpan]:
        asked.append(keys)
        return [RawSpan(ORIGIN, TRACE, SPAN, "", "kept", 0, NOW_NS, NOW_NS, 0, "", {"a": 1})]

    assembler = Assembler(FixedClock(NOW_NS), stored)
    (span,), _ = assembler.assemble("p", [part(**ENDED)])
    assert (span.name, span.attributes, span.end_ns) == ("kept", {"a": 1}, NOW_NS + 10**9)
    assembler.assemble("p", [part("d7ad6b7169203331", **BEGUN), part("d7ad6b7169203331", **ENDED)])
    assert asked == [[(TRACE, SPAN)]]


def test_a_span_ended_after_a_restart_is_stored_once_and_counted_as_it_is(engine: Moody, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)

    def house() -> tuple[Intake, Pipeline]:
        clock = SystemClock()
        intake = Intake(engine, settings, clock)  # type: ignore[arg-type]
        intake.start()
        media = MediaStore(tmp_path / "media", 1000)
        assembler = Assembler(clock, StoredSpans(engine))  # type: ignore[arg-type]
        return intake, Pipeline(Normaliser(), Pricer(), clock, media, settings, None, assembler)

    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.system": "openai"}
    for request, said in enumerate(
        (
            part(**BEGUN, attributes=call),
            part(**ENDED, attributes={"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 3}),
        ),
        1,
    ):
        # Each with a memory of its own, as before and after a restart.
        intake, pipeline = house()
        for batch in pipeline.process(RawBatch(parts=[said]), "default", "test", request, 100):
            intake.submit(batch).result(20)
        intake.settle()
        intake.stop()
    told = "SELECT count() AS spans, max(duration_ns) AS ns, max(total_tokens) AS tokens FROM spans FINAL"
    assert engine.query(Sql(told)).dicts() == [{"spans": 1, "ns": 10**9, "tokens": 12}]
    sums = "SELECT sum(traces.span_count) AS spans, sum(traces.total_tokens) AS tokens FROM traces"
    assert engine.query(Sql(sums)).dicts() == [{"spans": 1, "tokens": 12}]


def test_a_trace_whose_times_are_told_stands_as_a_span_while_it_has_no_root(assembler: Assembler) -> None:
    stand = stand_in(TRACE)
    told = {"start_ns": NOW_NS, "name": "alone", "attributes": {"k": "v"}}
    (span,), again = assembler.assemble("p", [part("", **told)])
    assert ((span.span_id, span.parent_id, span.name, span.attributes), again) == (
        (stand, "", "alone", {"k": "v"}), set(),
    )  # fmt: skip
    (span,), again = assembler.assemble("p", [part("", end_ns=NOW_NS + 5)])
    assert (span.name, span.end_ns, again) == ("alone", NOW_NS + 5, {(TRACE, stand)})
    # A root that comes later hangs beneath it.
    (root,), _ = assembler.assemble("p", [part(**BEGUN)])
    assert root.parent_id == stand
    # And it is told what is said of the trace afterwards.
    told_again = assembler.assemble("p", [part("", attributes={"session": "s"})])[0]
    assert {span.span_id: span.attributes for span in told_again} == {
        stand: {"k": "v", "session": "s"}, SPAN: {"k": "v", "session": "s"},
    }  # fmt: skip


def test_a_trace_with_a_root_does_not_stand_for_itself(assembler: Assembler) -> None:
    assembler.assemble("p", [part(**BEGUN)])
    (span,), _ = assembler.assemble("p", [part("", start_ns=NOW_NS, attributes={"k": "v"})])
    assert (span.span_id, span.attributes) == (SPAN, {"k": "v"})


def test_a_root_nobody_remembers_is_read_before_a_trace_stands_for_itself() -> None:
    kept = RawSpan(ORIGIN, TRACE, SPAN, "", "kept", 0, NOW_NS, NOW_NS, 0, "", {"a": 1})
    assembler = Assembler(FixedClock(NOW_NS), nobody, lambda project, traces: [kept])
    (span,), again = assembler.assemble("p", [part("", end_ns=NOW_NS, attributes={"k": "v"})])
    assert (span.span_id, span.attributes, again) == (SPAN, {"a": 1, "k": "v"}, {(TRACE, SPAN)})


def test_long_texts_said_of_a_trace_stand_on_its_roots_alone(assembler: Assembler) -> None:
    child = part("c7ad6b7169203331", name="child", start_ns=NOW_NS, parent_id=SPAN, is_first=True)
    said = {"short": "s", "long": "x" * 2000}
    root, below = assembler.assemble("p", [part("", attributes=said), part(**BEGUN), child])[0]
    assert (root.attributes, below.attributes) == (said, {"short": "s"})


def test_a_span_that_ends_before_it_begins_keeps_its_place_when_its_id_told_the_time(assembler: Assembler) -> None:
    about_ns = NOW_NS - NOW_NS % 10**6
    (ended,), _ = assembler.assemble("p", [part(**ENDED, about_ns=about_ns)])
    (begun,), _ = assembler.assemble("p", [part(name="answer", start_ns=about_ns + 700_000, parent_id="")])
    assert (ended.start_ns, begun.start_ns, begun.end_ns) == (about_ns, about_ns, NOW_NS + 10**9)
    (moved,), _ = assembler.assemble("p", [part(start_ns=about_ns - 10**9)])
    assert moved.start_ns == about_ns - 10**9


def test_an_update_without_a_start_before_its_create_makes_one_row_that_is_counted_once(
    engine: Moody, tmp_path: Path
) -> None:
    settings, clock = Settings(data=tmp_path), SystemClock()
    intake = Intake(engine, settings, clock)  # type: ignore[arg-type]
    intake.start()
    assembler = Assembler(clock, StoredSpans(engine))  # type: ignore[arg-type]
    pipeline = Pipeline(Normaliser(), Pricer(), clock, MediaStore(tmp_path / "media", 1000), settings, None, assembler)
    # An hour of duration, so that the start moves to another minute of the roll-ups.
    ended = part(end_ns=NOW_NS + 3600 * 10**9, status_code=1)
    for request, said in enumerate((ended, part(**BEGUN), part(attributes={"late": 1})), 1):
        for batch in pipeline.process(RawBatch(parts=[said]), "default", "test", request, 100):
            intake.submit(batch).result(20)
    intake.settle()
    intake.stop()
    told = "SELECT toUnixTimestamp64Nano(start) AS start, duration_ns, name, status FROM spans FINAL"
    assert engine.query(Sql(told)).dicts() == [
        {"start": NOW_NS, "duration_ns": 3600 * 10**9, "name": "answer", "status": "ok"}
    ]
    assert engine.query(Sql("SELECT sum(traces.span_count) AS spans FROM traces")).dicts() == [{"spans": 1}]
    minutes = "SELECT time, sum(span_count) AS spans FROM minutes GROUP BY time HAVING spans != 0"
    assert [row["spans"] for row in engine.query(Sql(minutes)).dicts()] == [1]


def test_a_part_that_names_no_trace_belongs_where_its_span_or_its_parent_is_known(assembler: Assembler) -> None:
    child = "c7ad6b7169203331"
    assembler.assemble("p", [part(**BEGUN)])
    (span,), _ = assembler.assemble(
        "p", [RawPart(ORIGIN, "", child, parent_id=SPAN, name="child", is_first=True, own_trace="f" * 32)]
    )
    assert (span.trace_id, span.parent_id) == (TRACE, SPAN)
    (span,), again = assembler.assemble("p", [RawPart(ORIGIN, "", child, end_ns=NOW_NS + 5, own_trace="f" * 32)])
    assert (span.trace_id, span.name, again) == (TRACE, "child", {(TRACE, child)})
    (span,), _ = assembler.assemble("q", [RawPart(ORIGIN, "", child, end_ns=NOW_NS + 5, own_trace="f" * 32)])
    assert span.trace_id == "f" * 32


def test_a_span_nobody_remembers_is_looked_for_by_its_id_alone() -> None:
    assembler = Assembler(FixedClock(NOW_NS), nobody, homes=lambda project, spans: [TRACE] if SPAN in spans else [])
    (span,), _ = assembler.assemble("p", [RawPart(ORIGIN, "", SPAN, end_ns=NOW_NS, own_trace="f" * 32)])
    assert span.trace_id == TRACE
