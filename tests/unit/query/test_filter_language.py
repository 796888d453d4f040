"""The filter language: what it means, and what it says about mistakes."""

import pytest

from nervure.base.errors import FilterError
from nervure.query.fields import LOG_FIELDS, METRIC_FIELDS
from nervure.query.filter import (
    Among,
    And,
    Compare,
    Duration,
    Exists,
    Filter,
    Not,
    Or,
    Ref,
    Words,
    parse,
)


def test_an_empty_filter_lets_everything_through() -> None:
    assert parse(" \n ") == Filter(None)


def test_the_filter_of_the_specification_is_understood() -> None:
    text = (
        'kind = "llm" and model in ("a","b") and cost > 0.01 and output contains "refund" and attr["k"] exists'
        ' and score["groundedness"] < 0.5 and not (env = "staging")'
    )
    assert parse(text).root == And(
        (
            Compare(Ref("kind"), "=", "llm"),
            Among(Ref("model"), ("a", "b")),
            Compare(Ref("cost"), ">", 0.01),
            Compare(Ref("output"), "contains", "refund"),
            Exists(Ref("attr", "k")),
            Compare(Ref("score", "groundedness"), "<", 0.5),
            Not(Compare(Ref("environment"), "=", "staging")),
        )
    )


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("env=prod", 'environment = "prod"', id="aliases become the canonical name, words are quoted"),
        pytest.param("LATENCY >= 1.5s", "duration >= 1500ms", id="durations take the largest exact unit"),
        pytest.param('"late" or "gone"', '"late" or "gone"', id="quoted words alone are searched"),
        pytest.param("((cost > 1))", "cost > 1", id="needless parentheses go"),
        pytest.param(
            "cost > 1 and (cost < 2 and kind = llm)", 'cost > 1 and cost < 2 and kind = "llm"', id="and is flat"
        ),
        pytest.param(
            "cost > 1 or cost < 0 and not streaming = true",
            "cost > 1 or cost < 0 and not streaming = true",
            id="and binds before or",
        ),
        pytest.param(
            "(cost > 1 or cost < 0) and streaming exists",
            "(cost > 1 or cost < 0) and streaming exists",
            id="parentheses that matter stay",
        ),
        pytest.param("user not in ('x')", 'not user in ("x")', id="not in is not ... in"),
        pytest.param("release = 1.50", 'release = "1.50"', id="a number for a text field stays as written"),
        pytest.param("attr['n'] = 1.50", 'attr["n"] = 1.5', id="attributes compare with numbers as numbers"),
        pytest.param("cost <> 1 and cost == 2", "cost != 1 and cost = 2", id="other spellings of operators"),
        pytest.param(r'user = "a\"bA\n"', r'user = "a\"bA\n"', id="escapes as in JSON"),
        pytest.param("start > -1h", 'start > "-1h"', id="times may be relative"),
    ],
)
def test_a_filter_has_one_canonical_form(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        pytest.param("cots > 1", 0, "did you mean cost", id="an unknown field names the nearest"),
        pytest.param("kind = llm and modle = x", 15, "did you mean model", id="at the field's place"),
        pytest.param("cost >", 6, "expected a quoted text, a number", id="the end says what is missing"),
        pytest.param('cost > "x"', 7, "cost is a number", id="a text is no number"),
        pytest.param("latency > 5", 10, "with a unit", id="durations need a unit"),
        pytest.param("kind = lmm", 7, "one of agent, workflow, llm", id="closed sets are told"),
        pytest.param("(cost > 1", 9, "expected )", id="an open parenthesis"),
        pytest.param('output contains "x', 16, "not closed", id="an open quotation mark"),
        pytest.param("attr = 1", 4, "needs a key", id="maps need a key"),
        pytest.param('model["x"] = 1', 6, "takes no key", id="others take none"),
        pytest.param("model < 5", 6, "cannot be asked with <", id="operators suit types"),
        pytest.param("streaming = 5", 12, "true or false", id="booleans"),
        pytest.param("start > yesterday", 8, "is not a time", id="times"),
        pytest.param(r'user = "\q"', 7, "not an escape", id="escapes"),
        pytest.param('user = "\\ud83d"', 7, "surrogate", id="half a character"),
        pytest.param("cost > 1e999", 7, "too large", id="infinity"),
        pytest.param('output contains ""', 16, "not empty", id="nothing is contained everywhere"),
        pytest.param("not " * 60 + "cost > 1", 204, "deeper than 50", id="depth is bounded"),
        pytest.param("model OR kind", 6, "expected = !=", id="a name alone is no condition"),
        pytest.param("cost > 1 cost > 2", 9, "expected and, or", id="conditions need and or or"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, position: int, words: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert raised.value.position == position
    assert words in str(raised.value)


def test_a_filter_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(FilterError, match="at most 20000 characters"):
        parse("(" * 100_000)


def test_every_field_a_filter_looks_at_is_known() -> None:
    found = parse('"word" or not (cost > 1 and attr["k"] in (1, 2))').refs()
    assert found == {Ref("input"), Ref("output"), Ref("cost"), Ref("attr", "k")}


def test_logs_have_fields_of_their_own() -> None:
    assert parse("severity >= 17 and body contains x", LOG_FIELDS).root == And(
        (Compare(Ref("severity"), ">=", 17), Compare(Ref("body"), "contains", "x"))
    )
    with pytest.raises(FilterError, match="there is no field cost"):
        parse("cost > 1", LOG_FIELDS)
    assert parse('"words" and level = warn', LOG_FIELDS).root == And(
        (Words("words"), Compare(Ref("level"), "=", "warn"))
    )
    with pytest.raises(FilterError, match="metrics have no text"):
        parse('"words"', METRIC_FIELDS)


def test_structures_print_what_they_are() -> None:
    node = Or((Words("a"), And((Compare(Ref("duration"), ">", Duration(0)), Not(Exists(Ref("tag")))))))
    assert str(Filter(node)) == '"a" or duration > 0s and not tag exists'
