"""Weave's queries over calls."""

from typing import Any

import pytest

from nervure.api.weave.expressions import equal_to, field_of, is_met
from nervure.api.weave.speech import table_digest, value_digest
from nervure.api.weave.store import classes_of
from nervure.base.errors import BadInput

CALL = {"op_name": "ask", "inputs": {"x": 5, "a.b": 1}, "summary": {"usage": {"tokens": 30}}, "output": "Paris, France"}


def of(field: str) -> Any:
    return {"$getField": field}


def literal(value: Any) -> Any:
    return {"$literal": value}


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ({"$eq": [of("op_name"), literal("ask")]}, True),
        ({"$gt": [of("inputs.x"), literal(4)]}, True),
        ({"$lt": [of("inputs.x"), literal(4)]}, False),
        ({"$gt": [of("nothing"), literal(4)]}, False),
        ({"$eq": [of("inputs.a.b"), literal(1)]}, True),
        (
            {"$and": [{"$eq": [of("op_name"), literal("ask")]}, {"$not": [{"$eq": [of("inputs.x"), literal(5)]}]}]},
            False,
        ),
        ({"$or": [{"$eq": [of("op_name"), literal("no")]}, {"$gte": [of("summary.usage.tokens"), literal(30)]}]}, True),
        ({"$in": [of("op_name"), [literal("x"), literal("ask")]]}, True),
        ({"$contains": {"input": of("output"), "substr": literal("france"), "case_insensitive": True}}, True),
        ({"$contains": {"input": of("output"), "substr": literal("france")}}, False),
        ({"$gt": [{"$convert": {"input": literal("7"), "to": "double"}}, literal(6)]}, True),
    ],
)
def test_an_expression_is_met_by_what_it_says(expression: Any, met: bool) -> None:
    assert is_met(CALL, {"$expr": expression}) is met


def test_no_query_is_met_by_everything() -> None:
    assert is_met(CALL, None)


@pytest.mark.parametrize("wrong", [3, {}, {"$expr": 3}, {"$expr": {"$what": []}}, {"$expr": {"$eq": [3, 4]}}])
def test_what_is_no_expression_is_refused(wrong: Any) -> None:
    if wrong:
        with pytest.raises(BadInput):
            is_met(CALL, wrong)


def test_an_expression_nested_too_deep_is_refused() -> None:
    deep: Any = {"$literal": True}
    for _ in range(50):
        deep = {"$not": [deep]}
    with pytest.raises(BadInput, match="nested"):
        is_met(CALL, {"$expr": deep})


def test_texts_a_field_must_equal_are_plain_to_see() -> None:
    one = {"$eq": [of("weave_ref"), literal("r")]}
    assert equal_to({"$expr": {"$and": [{"$eq": [of("id"), literal("i")]}, one]}}, "weave_ref") == ["r"]
    assert equal_to({"$expr": {"$or": [one]}}, "weave_ref") == []
    assert field_of(CALL, "inputs.none.more") is None


def test_digests_are_those_of_the_client() -> None:
    # As weave 0.54.0 computes them.
    assert value_digest({"b": 1, "a": [2]}) == value_digest({"a": [2], "b": 1})
    assert value_digest({"a": 1}) == "XdhgKMbg1k4iUYb5astpM4ssWXZN95FiEH9cS7NNExA"
    assert table_digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_object_says_its_classes() -> None:
    op = {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {}}
    assert classes_of(op, None)["kind"] == "op"
    model = {"_type": "Times", "_class_name": "Times", "_bases": ["Model", "Object", "BaseModel"]}
    assert classes_of(model, None) == {"kind": "object", "base": "Model", "leaf": "Times"}
