"""A span survives the store: what span_of reads is what span_row was given."""

import json
import math
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nervure.model.span import KINDS, Document, Span, SpanEvent, SpanLink
from nervure.store.rows import line, span_of, span_row
from nervure.store.rows.values import INT64_MAX, dump, load

CHARACTERS = st.characters(exclude_categories=("Cs",))
TEXT = st.text(CHARACTERS, max_size=400)
WORD = st.text(CHARACTERS, max_size=12)
# Long texts with everything JSON escapes, likely to contain one another.
SENTENCE = st.sampled_from(["", "short", "a" * 70, "é" * 70, 'say "it" \\ now\n' * 8, "{}[]$0\x00\u2028" * 12]) | TEXT
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary(max_size=300) | TEXT
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3), max_leaves=5
)
OBJECT = st.dictionaries(WORD, VALUE, max_size=3)
PART = (
    st.fixed_dictionaries({"type": st.just("text"), "content": SENTENCE})
    | st.fixed_dictionaries({"type": st.just("tool_call_response"), "id": WORD, "response": SENTENCE | OBJECT})
    | st.fixed_dictionaries({"type": WORD, "content": OBJECT | st.just({"$": [0, 3]}) | st.just({"$": {"$": "x"}})})
    | st.fixed_dictionaries({"type": st.just("tool_call"), "name": WORD, "arguments": VALUE})
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": WORD, "parts": st.lists(PART, max_size=3)}, optional={"name": WORD, "finish_reason": WORD}
    ),
    max_size=3,
)
DOCUMENTS = st.lists(
    st.builds(Document, id=WORD, content=SENTENCE, score=st.none() | st.floats(-1, 1), metadata=OBJECT, rank=st.integers(0, 99)),
    max_size=3,
)  # fmt: skip
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "start_ns": st.integers(0, 2**62),
    "duration_ns": st.integers(0, 2**62 - 1),
    "received_ns": st.integers(0, 2**62),
    "kind": st.sampled_from(KINDS),
    "status": st.sampled_from(["ok", "error", "unset"]),
    "input": MESSAGES,
    "output": MESSAGES,
    "documents": DOCUMENTS,
    "input_documents": DOCUMENTS,
    "tool_definitions": st.lists(OBJECT, max_size=2),
    "tool_arguments": VALUE,
    "tool_result": VALUE,
    "events": st.lists(st.builds(SpanEvent, WORD, st.integers(0, 2**64), OBJECT), max_size=2),
    "links": st.lists(st.builds(SpanLink, WORD, WORD, OBJECT), max_size=2),
    "attributes": st.dictionaries(WORD, VALUE, max_size=5),
    "revision": st.integers(0, 2**32 - 1),
}
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: WORD,
    int | None: st.none() | st.integers(0, 2**32 - 1),
    float | None: st.none() | st.floats(0, 1e6),
    bool | None: st.none() | st.booleans(),
    list[str]: st.lists(WORD, max_size=3),
    dict[str, Any]: OBJECT,
}
SPANS = st.builds(Span, **{field.name: BY_NAME.get(field.name, BY_TYPE.get(field.type)) for field in fields(Span)})


def text_of(messages: list[Any], gap: str = "\n") -> str:
    parts = [part.get("content", part.get("response")) for message in messages for part in message["parts"]]
    return gap.join(part for part in parts if isinstance(part, str))


def as_stored(span: Span) -> dict[str, Any]:
    """The row as the engine hands it back: containers as text."""
    row = orjson.loads(line(span_row(span, 7)))
    texts = {"input", "output", "params", "tool_definitions", "documents", "input_documents", "prompt_variables", "events",
             "links", "resource", "scope"}  # fmt: skip
    return {name: orjson.dumps(value).decode() if name in texts else value for name, value in row.items()}


# A span has eighty fields: shrinking one takes minutes and the first example shows as much.
@settings(
    max_examples=80, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(span=SPANS, gap=st.sampled_from(["", "\n", "\n\n", " | "]))
def test_a_span_comes_back_as_it_was(span: Span, gap: str) -> None:
    span.input_text, span.output_text = text_of(span.input, gap), text_of(span.output, gap)
    if not span.output_text:
        span.output_text = gap.join(document.content for document in span.documents)
    # What instrumentations do: the same texts again, alone and inside JSON of every spelling.
    span.attributes |= {
        "text": span.input_text,
        "json": json.dumps([span.input_text, {"a": span.output_text}]),
        "unicode": json.dumps([span.output_text, span.system_prompt], ensure_ascii=False),
        "documents": json.dumps([document.content for document in span.documents]),
        "open": "[" + span.output_text * 2,
    }
    assert span_of(as_stored(span)) == span


@given(value=VALUE)
def test_dump_and_load_keep_any_value(value: Any) -> None:
    assert load(dump(value)) == value


def test_not_a_number_and_bytes_survive_in_nested_values() -> None:
    kept = load(dump({"list": [math.nan, math.inf], "raw": b"\xff", "big": 2**70, "$exact": 1}))
    assert math.isnan(kept["list"][0])
    assert (kept["list"][1], kept["raw"], kept["big"], kept["$exact"]) == (math.inf, b"\xff", 2**70, 1)


def test_a_text_of_the_messages_is_stored_once_however_often_it_is_sent() -> None:
    question = "What is the refund policy for orders shipped abroad? " * 20
    messages: Any = [{"role": "user", "parts": [{"type": "text", "content": question}]}]
    span = Span(
        trace_id="t", span_id="s", name="chat", start_ns=1, input=messages, input_text=question,
        attributes={"input.value": question, "gen_ai.input.messages": json.dumps(messages), "other": "x" * 300},
    )  # fmt: skip
    written = line(span_row(span, 0))
    assert written.count(question.encode()) == 1
    assert span_of(as_stored(span)) == span


def test_a_tool_call_decoded_from_its_attribute_is_stored_once() -> None:
    arguments = {"query": "y" * 300, "n": 1.5}
    span = Span(
        trace_id="t", span_id="s", name="tool", start_ns=1, tool_arguments=arguments,
        attributes={"gen_ai.tool.call.arguments": json.dumps(arguments)},
    )  # fmt: skip
    assert line(span_row(span, 0)).count(b"y" * 300) == 1
    assert span_of(as_stored(span)) == span


@pytest.mark.parametrize(
    ("field", "given_value", "stored"),
    [
        ("input_tokens", 2**40, 2**32 - 1),
        ("input_tokens", -5, 0),
        ("start_ns", -1, 0),
        ("start_ns", 2**64 - 1, INT64_MAX),
        ("duration_ns", 2**64 - 1, INT64_MAX - 1),
        ("duration_ns", -7, 0),
    ],
)
def test_a_number_beyond_its_column_becomes_the_nearest_that_fits(field: str, given_value: int, stored: int) -> None:
    span = Span(trace_id="t", span_id="s", name="n", start_ns=1)
    setattr(span, field, given_value)
    assert getattr(span_of(span_row(span, 0)), field) == stored


def test_text_that_utf8_cannot_hold_is_mended_not_refused() -> None:
    span = Span(trace_id="t", span_id="s", name="a\ud800b", start_ns=1, attributes={"k\udfff": ["\ud800"]})
    row = orjson.loads(line(span_row(span, 0)))
    assert row["name"] == "a\ufffdb"
    assert list(row["attributes"]) == ["k\ufffd"]


def test_a_time_read_as_a_datetime_is_refused_because_it_has_lost_its_nanoseconds() -> None:
    with pytest.raises(ValueError, match="SPAN_COLUMNS"):
        span_of({"start": datetime(2026, 1, 1, tzinfo=UTC), "received_ns": 1})


def test_a_span_whose_payloads_were_shed_is_read_with_what_is_left() -> None:
    text, document = "a question " * 30, "a document " * 30
    span = Span(
        "a" * 32, "b" * 16, "chat", 1, input_text=text, documents=[Document(content=document)],
        attributes={"prompt": text, "found": document, "n": 5, "long": "x" * 500, "list": [1, 2]},
    )  # fmt: skip
    row = span_row(span, 0)
    assert span_of(dict(row)).attributes.keys() == span.attributes.keys()
    for name in ("input_text", "documents", "attributes_long"):
        row.pop(name)
    assert span_of(row).attributes == {"n": 5, "list": [1, 2]}
