"""What holds for every evaluator, whoever wrote it."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from nervure.base.errors import BadInput
from nervure.evaluate import Document, Evaluator, Example, Message, Result, Step, ToolCall, evaluators
from nervure.evaluate.registry import get_evaluator, plain_name

ALL = sorted(evaluators())
ORDINARY = Example(
    input="When was the old bridge opened, and who built it?",
    output="The old bridge was opened in 1932 [1]. It was built by Mary Hill. You can write to info@example.com.\n",
    documents=(
        Document("The old bridge was opened in 1932 and built by Mary Hill.", "a", 0.9, 1.0),
        Document("Cats sleep a lot.", "b", 0.2, 0.0),
    ),
    expected="The old bridge was opened in 1932 by Mary Hill.",
    tools=(
        {
            "name": "search",
            "parameters": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
        },
    ),
    tool_calls=(ToolCall("search", {"q": "bridge"}), ToolCall("search", '{"q": 1}')),
    expected_tool_calls=(ToolCall("search", {"q": "bridge"}),),
    steps=(Step("search", "tool", {"q": "bridge"}, "x"), Step("search", "tool", {"q": "bridge"}, "x", "error")),
    messages=(Message("user", "hello"), Message("assistant", "hi")),
    latency_ms=1200.0,
    cost_usd=0.002,
    finish_reason="stop",
)
EMPTY = replace(
    ORDINARY,
    input="",
    output="",
    documents=(),
    expected="",
    tool_calls=(),
    expected_tool_calls=(),
    steps=(),
    messages=(),
    tools=(),
)
STRANGE = "Ünïcödé 𝔘𝔫𝔦 \x00 \u202e\u200b 漢字かな交じり文。مرحبا 👩‍👩‍👧 \ud7ff ﷽ \t\r\n{[<\\\"'`|| 1٣٤ " * 3
HUGE = "The committee met on 3 May 2021 and paid $1,200 to John Smith. " * 1500
SHAPES = {
    "ordinary": ORDINARY,
    "empty": EMPTY,
    "blank": replace(ORDINARY, input=" \n\t", output="  \n ", documents=(Document(" "),), expected=" "),
    "one letter": replace(ORDINARY, input="a", output="b", documents=(Document("c"),), expected="d"),
    "strange": replace(ORDINARY, input=STRANGE, output=STRANGE, documents=(Document(STRANGE),), expected=STRANGE),
    "only marks": replace(ORDINARY, input="?!...", output="--- *** ...", documents=(Document("!!!"),), expected="..."),
    "one long word": replace(ORDINARY, input="x" * 30_000, output="y" * 30_000, documents=(Document("z" * 30_000),)),
    "digits": replace(ORDINARY, input="1" * 500, output="4 " * 2000, documents=(Document("7" * 500),)),
    "huge": replace(ORDINARY, input=HUGE[:5000], output=HUGE, documents=(Document(HUGE),) * 3, expected=HUGE[:2000]),
}


def judge(evaluator: Evaluator, example: Example) -> Result | None:
    """The result, or None where the evaluator rightly asks for something else."""
    try:
        return evaluator.evaluate(example, {"pattern": "bridge"} if evaluator.name == "regex" else {})
    except BadInput:
        return None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ALL)
def test_any_text_gets_a_score_within_bounds_an_explanation_and_spans_inside_the_text(name: str, shape: str) -> None:
    evaluator, example = evaluators()[name], SHAPES[shape]
    began = time.perf_counter()
    result = judge(evaluator, example)
    assert time.perf_counter() - began < 20, "no text may hold a worker for long"
    if result is None:
        return
    assert result.score is None or evaluator.low <= result.score <= evaluator.high
    assert result.passed is (None if result.score is None else result.score >= evaluator.threshold)
    assert result.label
    assert result.explanation.strip()
    texts: dict[str, Any] = {"output": example.output or "", "input": example.input or ""}
    for mark in result.spans:
        text = (example.documents or ())[mark.document or 0].content if mark.field == "documents" else texts[mark.field]
        assert 0 <= mark.start < mark.end <= len(text), mark
        assert mark.label
        assert mark.document is None or 0 <= mark.document < len(example.documents or ())
    json.dumps(dict(result.details))


@pytest.mark.parametrize("name", ALL)
def test_the_same_example_gets_the_same_result(name: str) -> None:
    evaluator = evaluators()[name]
    assert judge(evaluator, ORDINARY) == judge(evaluator, ORDINARY)


@pytest.mark.parametrize("name", ALL)
def test_a_row_without_what_is_needed_gets_an_error_that_names_it(name: str) -> None:
    evaluator = evaluators()[name]
    with pytest.raises(BadInput) as caught:
        evaluator.evaluate(Example())
    wanted = evaluator.needs or evaluator.optional
    assert any(field in str(caught.value) for field in wanted)


@pytest.mark.parametrize("name", ALL)
def test_an_evaluator_says_what_it_is(name: str) -> None:
    evaluator = evaluators()[name]
    assert evaluator.name == plain_name(name) or "_" in name
    assert evaluator.aliases
    assert len(evaluator.summary) > 15
    assert len(evaluator.blind) > 15, "every evaluator is blind to something"
    assert len(evaluator.threshold_why) > 10
    assert evaluator.low <= evaluator.threshold <= evaluator.high
    assert evaluator.needs or evaluator.optional
    assert all(setting.help for setting in evaluator.settings)


def test_names_and_aliases_are_unique_and_all_lead_back() -> None:
    keys: dict[str, str] = {}
    for evaluator in evaluators().values():
        for name in {plain_name(one) for one in (evaluator.name, *evaluator.aliases)}:
            assert keys.setdefault(name, evaluator.name) == evaluator.name
            assert get_evaluator(name) is evaluator


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Faithfulness",
            "ResponseRelevancy",
            "ContextPrecision",
            "ContextRecall",
            "ContextEntityRecall",
            "FactualCorrectness",
        ),
        *(
            "ToolCallAccuracy",
            "TopicAdherence",
            "Hallucination",
            "Toxicity",
            "PIILeakage",
            "ToolCorrectness",
            "StepEfficiency",
        ),
        *(
            "DocumentRelevance",
            "Correctness",
            "Refusal",
            "UserFriction",
            "ToolSelection",
            "ToolInvocation",
            "RetrievalGroundedness",
        ),
        *(
            "RetrievalRelevance",
            "RetrievalSufficiency",
            "RelevanceToQuery",
            "Safety",
            "ToolCallEfficiency",
            "groundedness",
        ),
        *(
            "context_relevance",
            "answer relevance",
            "TextLength",
            "Sentiment",
            "RegExp",
            "IsValidJSON",
            "SemanticSimilarity",
        ),
    ],
)
def test_names_of_other_packages_are_found(name: str) -> None:
    assert get_evaluator(name).name in evaluators()


def test_the_default_set_keeps_its_speed() -> None:
    chosen = [one for one in evaluators().values() if one.default]
    examples = [
        replace(ORDINARY, input=f"{ORDINARY.input} {n}", output=f"{ORDINARY.output} It cost {n} dollars.")
        for n in range(60)
    ]
    for one in chosen:
        judge(one, ORDINARY)
    began = time.process_time()
    for example in examples:
        for one in chosen:
            judge(one, example)
    # About 250 a second of processor time on a quiet machine; crowded caches cost more than half of it.
    assert len(examples) / (time.process_time() - began) > 50
