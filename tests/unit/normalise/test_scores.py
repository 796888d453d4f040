"""Judgements that travel with telemetry."""

from nervure.model.score import Score
from tests.unit.normalise.raws import NORMALISER, SPAN, START_NS, TRACE, event, raw_log, raw_span

RESULT = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.75,
    "gen_ai.evaluation.score.label": "good",
    "gen_ai.evaluation.explanation": "on topic",
    "gen_ai.response.id": "r1",
}


def test_an_evaluation_event_is_a_score_of_its_span() -> None:
    (score,) = NORMALISER.scores(raw_log("gen_ai.evaluation.result", None, RESULT), "default")
    assert score == Score(
        id=score.id, name="relevance", target_type="span", target_id=SPAN, trace_id=TRACE, value=0.75, label="good",
        explanation="on topic", time_ns=START_NS, metadata={"gen_ai.response.id": "r1"},
    )  # fmt: skip
    (again,) = NORMALISER.scores(raw_span({}, events=[event("gen_ai.evaluation.result", RESULT)]), "default")
    assert again == score


def test_annotations_on_a_span_are_scores_of_span_trace_or_session() -> None:
    raw = raw_span({
        "session.id": "s1",
        "annotations.0.annotation.name": "tone", "annotations.0.annotation.label": "polite",
        "annotations.0.annotation.annotator_kind": "HUMAN", "annotations.0.annotation.identifier": "ann",
        "trace.evaluations.0.evaluation.name": "solved", "trace.evaluations.0.evaluation.score": True,
        "trace.evaluations.0.evaluation.annotator_kind": "LLM",
        "session.annotations.3.annotation.name": "mood", "session.annotations.3.annotation.score": 4,
    })  # fmt: skip
    scores = NORMALISER.scores(raw, "default")
    assert [(s.name, s.target_type, s.target_id, s.data_type, s.value, s.label, s.source) for s in scores] == [
        ("tone", "span", SPAN, "categorical", None, "polite", "human"),
        ("solved", "trace", TRACE, "boolean", 1.0, "", "judge"),
        ("mood", "session", "s1", "numeric", 4.0, "", "code"),
    ]
    assert [score.id for score in NORMALISER.scores(raw, "default")] == [score.id for score in scores]


def test_other_telemetry_carries_no_scores() -> None:
    assert NORMALISER.scores(raw_span({"user.id": "u"}, events=[event("exception")]), "default") == []
    assert NORMALISER.scores(raw_log("", "text"), "default") == []
    assert NORMALISER.scores(raw_log("gen_ai.evaluation.result", None, {}), "default") == []
