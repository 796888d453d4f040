"""Verdicts and scores: what is counted, what is stored, and that doing it again is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nervure.base.errors import BadInput, Busy
from nervure.evaluate.embeddings import use
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result
from nervure.evaluate.online.scoring import Counted, judge_targets, score_of, whose
from nervure.evaluate.registry import get_evaluator
from nervure.model.evaluation import Choice, Rule, Target
from nervure.model.span import Span


def evaluator(name: str, run: Any, **more: Any) -> Evaluator:
    return Evaluator(
        name=name, summary="", run=run, needs=("output",), blind="", threshold=0.5, threshold_why="", **more
    )


def of_length(example: Example, _settings: Mapping[str, Any]) -> Result:
    if example.output == "boom":
        raise ZeroDivisionError("of no use")
    if example.output == "none":
        return Result(None, "not_applicable", "nothing to judge here")
    size = len(example.output or "") / 10
    return Result(size, "long", "by its length", (Mark(0, 2, "start"),), {"cost_usd": 0.5})


LENGTH = evaluator("length", of_length, version="3")
CHOICE = Choice("length")
RULE = Rule("rule_1", "shop", "answers", (CHOICE,), version=2)
OUTPUTS = {"t1": "five5", "t2": "boom", "t3": "none", "t4": "", "t5": "nine99999"}


def trace(trace_id: str, output: str) -> list[Span]:
    return [Span(trace_id, f"s{trace_id}", "chat", 5, kind="llm", output_text=output)]


SPANS = {trace_id: trace(trace_id, output) for trace_id, output in OUTPUTS.items()}
TARGETS = [Target(trace_id, trace_id) for trace_id in (*OUTPUTS, "gone")]


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("judge/j1/2026-11-21", "the judge for the day"),
        ("judge/j1", "the judge in all"),
        ("endpoint/e1/2026-11-21", "the endpoint for the day"),
        ("run/rule-r1-2026-11-21", "the rule for the day"),
        ("run/rule-r1-2026-11-21/judge/j1", "the judge for this rule's day"),
    ],
)
def test_whose_limit_is_told_in_words(account: str, told: str) -> None:
    assert whose(account) == told


def test_each_target_is_scored_skipped_or_failed_with_the_reason() -> None:
    verdicts = judge_targets(RULE, [(CHOICE, LENGTH)], TARGETS, SPANS)
    told = [(one.target.id, one.result.score if one.result else None, one.has_failed, one.reason) for one in verdicts]
    assert told == [
        ("t1", 0.5, False, ""),
        ("t2", None, True, "ZeroDivisionError: of no use"),
        ("t3", None, False, "nothing to judge here"),
        ("t4", None, False, "nothing to judge: the target has no output"),
        ("t5", 0.9, False, ""),
        ("gone", None, True, "its spans are gone: retention has taken them, or they were erased"),
    ]
    counted = Counted()
    for verdict in verdicts:
        counted.add(verdict)
    tally = counted.outcome(1.5).tallies["length"]
    assert (tally.scored, tally.passed, tally.skipped, tally.failed, tally.cost_usd) == (2, 2, 2, 2, 1.0)
    assert counted.outcome(1.5).reasons["length: ZeroDivisionError: of no use"] == 1


def test_a_score_belongs_to_what_is_judged_by_what_under_which_name() -> None:
    def stored(rule: Rule, choice: Choice, planned_ns: int) -> Any:
        verdict = judge_targets(rule, [(choice, LENGTH)], TARGETS[:1], SPANS)[0]
        return score_of(rule, verdict, planned_ns)

    planned_ns = 1_800_000_000 * 10**9
    one = stored(RULE, CHOICE, planned_ns)
    assert one == stored(RULE, CHOICE, planned_ns), "a worker's repetition is the very same"
    later = stored(replace(RULE, id="rule_2", version=1), CHOICE, planned_ns + 10**9)
    assert (later.id, later.revision > one.revision) == (one.id, True), "a later plan takes its place"
    assert stored(RULE, Choice("length", "size"), planned_ns).id != one.id
    assert (one.target_type, one.target_id, one.trace_id, one.value, one.source) == ("trace", "t1", "t1", 0.5, "code")
    assert (one.evaluator, one.evaluator_version, one.cost_usd, one.time_ns) == ("length", "3", 0.5, planned_ns)
    assert one.metadata["marks"] == [{"field": "output", "start": 0, "end": 2, "label": "start"}]
    assert (one.metadata["rule"], one.metadata["rule_version"], one.metadata["output_span"]) == ("rule_1", 2, "st1")


def test_a_score_says_whose_embeddings_it_is_made_of() -> None:
    class Far:
        """As an API is: several may wait for it at once."""

        name, at_once = "far", 4

        def embed(self, texts: Sequence[str]) -> Any:
            return np.ones((len(texts), 1), np.float32)

    def stored() -> list[tuple[str, str]]:
        choice = Choice("off_topic", settings={"topics": "bridges"})
        verdicts = judge_targets(RULE, [(choice, get_evaluator("off_topic"))], [TARGETS[0], TARGETS[4]], SPANS)
        found = [score_of(RULE, verdict, 10**18) for verdict in verdicts]
        return [(one.evaluator_version, one.metadata["embedder"]) for one in found if one is not None]

    assert stored() == [("1", "wordllama-l2-256")] * 2
    use(Far())
    try:
        assert stored() == [("1+far", "far")] * 2
    finally:
        use(None)


def test_a_model_that_cannot_be_had_stops_the_task_instead_of_failing_its_targets() -> None:
    asked = 0

    def down(*_: Any) -> Result:
        nonlocal asked
        asked += 1
        raise Busy("the endpoint is down", 5)

    choice = Choice("judge:tone")
    with pytest.raises(Busy, match="the endpoint is down"):
        judge_targets(RULE, [(choice, evaluator("judge:tone", down))], TARGETS[:1] * 2000, SPANS)
    assert 0 < asked < 2000, "those that still waited were not asked"


def test_a_wrong_setting_of_one_evaluator_leaves_the_others_alone() -> None:
    def refuse(*_: Any) -> Result:
        raise BadInput("write a pattern")

    chosen = [(Choice("regex"), evaluator("regex", refuse)), (CHOICE, LENGTH)]
    found = judge_targets(RULE, chosen, TARGETS[:1], SPANS)
    assert [(one.evaluator.name, one.has_failed, one.reason) for one in found] == [
        ("regex", True, "write a pattern"),
        ("length", False, ""),
    ]
