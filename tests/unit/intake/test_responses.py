"""Judgements that name a response find its span, whichever comes first."""

from pathlib import Path

import pytest

from nervure.base.clock import FixedClock
from nervure.base.settings import Settings
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline
from nervure.model.raw import Origin, RawBatch, RawLog, RawSpan
from nervure.model.score import Score
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer
from tests.unit.intake.conftest import NOW_NS

TRACE, SPAN, JUDGE_TRACE = "1" * 32, "2" * 16, "3" * 32


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_NS)


@pytest.fixture
def pipeline(clock: FixedClock, tmp_path: Path) -> Pipeline:
    media = MediaStore(tmp_path, 1000)
    return Pipeline(Normaliser(), Pricer(), clock, media, Settings(data=tmp_path))


def scores(pipeline: Pipeline, raw: RawBatch, project: str = "p") -> list[Score]:
    (batch,) = pipeline.process(raw, project, "otlp", 1, 1)
    return batch.scores


def call(response: str = "resp-1") -> RawBatch:
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.response.id": response}
    return RawBatch(spans=[RawSpan(Origin(), TRACE, SPAN, "", "chat", 3, NOW_NS, NOW_NS + 5, 0, "", said)])


def judged(response: str = "resp-1", trace: str = "", span: str = "", value: float = 0.5) -> RawBatch:
    said = {
        "gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": value, "gen_ai.response.id": response,
    }  # fmt: skip
    log = RawLog(Origin(), NOW_NS, NOW_NS, trace, span, 9, "", "gen_ai.evaluation.result", None, said)
    return RawBatch(logs=[log])


def target(score: Score) -> tuple[str, str, str, int]:
    return score.target_type, score.target_id, score.trace_id, score.revision


@pytest.mark.parametrize("trace", ["", TRACE, JUDGE_TRACE], ids=["no trace", "its trace", "the judge's own trace"])
def test_a_judgement_after_the_call_is_one_of_its_span(pipeline: Pipeline, trace: str) -> None:
    assert scores(pipeline, call()) == []
    (score,) = scores(pipeline, judged(trace=trace))
    assert target(score) == ("span", SPAN, TRACE, 0)


def test_a_judgement_before_the_call_is_one_of_the_trace_until_the_call_comes(pipeline: Pipeline) -> None:
    (early,) = scores(pipeline, judged(trace=TRACE))
    assert target(early) == ("trace", TRACE, TRACE, 0)
    assert scores(pipeline, judged(trace=TRACE))[0].id == early.id
    for _ in range(2):  # a request that failed comes again
        (aimed,) = scores(pipeline, call())
        assert (aimed.id, aimed.value, target(aimed)) == (early.id, 0.5, ("span", SPAN, TRACE, 1))


def test_judgements_of_two_responses_at_one_moment_are_two(pipeline: Pipeline) -> None:
    (first,), (second,) = scores(pipeline, judged("a", TRACE)), scores(pipeline, judged("b", TRACE))
    assert first.id != second.id
    assert scores(pipeline, call("c")) == []


def test_a_judgement_that_names_its_span_needs_no_response(pipeline: Pipeline) -> None:
    scores(pipeline, call())
    (score,) = scores(pipeline, judged(trace=JUDGE_TRACE, span="9" * 16))
    assert target(score) == ("span", "9" * 16, JUDGE_TRACE, 0)


def test_another_project_and_another_hour_are_not_joined(pipeline: Pipeline, clock: FixedClock) -> None:
    scores(pipeline, call())
    assert scores(pipeline, judged(), "other")[0].trace_id == ""
    clock.advance_s(2000)
    scores(pipeline, judged("x"))
    clock.advance_s(2000)
    (late,) = scores(pipeline, judged(trace=TRACE))
    assert target(late) == ("trace", TRACE, TRACE, 0)
