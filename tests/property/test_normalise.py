"""Whatever a sender writes, normalising answers; and it answers the same for the same."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervure.model.raw import RawEvent, RawSpan
from nervure.model.span import KINDS
from nervure.normalise.explain import FieldOrigin
from nervure.normalise.indexed import entries_of
from nervure.normalise.messages import documents_of, messages_of, system_of, text_of
from nervure.normalise.restore import raw_of
from nervure.normalise.values import encode_json
from tests.unit.normalise.raws import NORMALISER, RECEIVED_NS, START_NS, raw_log, raw_span

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["", "__REDACTED__", "[{", '"x"', "{}", "[]", "chat", "LLM", "user", "tool", "-1", "NaN"])
)  # fmt: skip
# Words that readers look for, so that random values reach deep into them.
WORDS = st.sampled_from([
    "role", "content", "parts", "type", "text", "messages", "message", "choices", "candidates", "contents", "system",
    "tool_calls", "function", "name", "arguments", "id", "kwargs", "lc", "generations", "output", "input", "prompt",
    "documents", "page_content", "metadata", "score", "image_url", "source", "data", "url", "finish_reason", "kind",
    "toolUse", "toolResult", "functionCall", "response", "result", "thinking", "usage", "model", "stopReason", "0",
])  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
JSON = VALUES.map(encode_json)
KEYS = st.sampled_from(sorted({key for c in NORMALISER.conventions for rule in c.rules for key in rule.keys})) | st.sampled_from(
    [
        "llm.input_messages.0.message.role", "llm.input_messages.0.message.content", "gen_ai.prompt.0.content",
        "gen_ai.completion.0.tool_calls.0.name", "retrieval.documents.0.document.content", "input.value", "output.value",
        "openinference.span.kind", "langfuse.observation.type", "mlflow.spanType", "logfire.span_type", "ai.operationId",
        "langsmith.span.kind", "traceloop.span.kind", "annotations.0.annotation.name", "weave.op", "guard.name",
    ]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(KEYS, VALUES | JSON, max_size=8)
EVENTS = st.lists(
    st.builds(
        RawEvent,
        st.sampled_from(["gen_ai.user.message", "gen_ai.choice", "gen_ai.tool.message", "exception", "db.query.result",
                         "gen_ai.content.prompt", "gen_ai.content.completion", "gen_ai.evaluation.result"]),
        st.integers(0, 2**63 - 1),
        st.dictionaries(st.sampled_from(["content", "message", "tool_calls", "id", "gen_ai.prompt", "gen_ai.completion",
                                         "exception.type", "gen_ai.evaluation.name", "db.query.result.id"]),
                        VALUES | JSON, max_size=4),
    ),
    max_size=3,
)  # fmt: skip
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)


def is_schema(messages: list[Any]) -> bool:
    return all(
        isinstance(message["role"], str) and all(isinstance(part["type"], str) for part in message["parts"])
        for message in messages
    )


@RELAXED
@given(value=VALUES | JSON)
def test_any_value_becomes_messages_of_the_schema(value: Any) -> None:
    messages = messages_of(value)
    assert is_schema(messages)
    assert isinstance(text_of(messages), str)
    assert isinstance(system_of(messages), str)
    assert all(isinstance(document.content, str) for document in documents_of(value))


@RELAXED
@given(
    attributes=ATTRIBUTES, events=EVENTS, start_ns=st.integers(-(2**63), 2**64), end_ns=st.integers(-(2**63), 2**64),
    code=st.integers(0, 2),
)  # fmt: skip
def test_any_span_is_normalised_within_the_model_s_bounds(
    attributes: dict[str, Any], events: list[RawEvent], start_ns: int, end_ns: int, code: int
) -> None:
    raw = raw_span(attributes, events=events, start_ns=start_ns, end_ns=end_ns, status=(code, ""))
    span = NORMALISER.span(raw, "default", RECEIVED_NS)
    assert all(isinstance(row, FieldOrigin) for row in NORMALISER.explain(raw))
    NORMALISER.scores(raw, "default")
    if span is None:
        return
    assert span.kind in KINDS
    assert span.status in ("ok", "error", "unset")
    assert span.duration_ns >= 0
    assert 0 < span.start_ns <= RECEIVED_NS + 86_400 * 10**9
    assert is_schema(span.input)
    assert is_schema(span.output)
    for name in ("user", "session", "input_text", "tool_name", "provider", "system_prompt", "query", "error_type"):
        assert isinstance(getattr(span, name), str), name
    for name in ("input_tokens", "output_tokens", "cached_input_tokens"):
        assert getattr(span, name) is None or getattr(span, name) >= 0, name
    assert all(isinstance(tag, str) for tag in span.tags)
    assert all(isinstance(tool, dict) for tool in span.tool_definitions)


@RELAXED
@given(attributes=ATTRIBUTES, events=EVENTS)
def test_the_same_span_twice_is_the_same_and_its_attributes_stay(
    attributes: dict[str, Any], events: list[RawEvent]
) -> None:
    before = encode_json(attributes)
    first, second = (NORMALISER.span(raw_span(attributes, events=events), "p", RECEIVED_NS) for _ in range(2))
    assert repr(first) == repr(second)
    assert encode_json(attributes) == before


@RELAXED
@given(attributes=ATTRIBUTES, events=EVENTS, code=st.integers(0, 2))
def test_a_stored_span_normalised_again_is_the_same(
    attributes: dict[str, Any], events: list[RawEvent], code: int
) -> None:
    raw: RawSpan = raw_span(attributes, events=events, status=(code, ""))
    span = NORMALISER.span(raw, "default", RECEIVED_NS)
    if span is not None:
        assert repr(NORMALISER.span(raw_of(span), "default", RECEIVED_NS)) == repr(span)


@RELAXED
@given(
    bodies=st.lists(
        st.tuples(st.sampled_from(["gen_ai.user.message", "gen_ai.choice", "gen_ai.tool.message",
                                   "gen_ai.client.inference.operation.details"]),
                  VALUES, st.integers(START_NS, START_NS + 5)),
        max_size=6,
    )
)  # fmt: skip
def test_completing_twice_is_completing_once(bodies: list[tuple[str, Any, int]]) -> None:
    logs = [raw_log(name, body, at_ns=at_ns) for name, body, at_ns in bodies]
    contents = [fields for log in logs if (fields := NORMALISER.content(log)) is not None]
    span = NORMALISER.span(raw_span({"gen_ai.operation.name": "chat"}), "default", RECEIVED_NS)
    assert span is not None
    once = NORMALISER.complete(span, contents)
    assert NORMALISER.complete(once, contents) is once


@RELAXED
@given(keys=st.dictionaries(st.from_regex(r"p(\.[0-9a-c]{1,2}){0,5}", fullmatch=True), st.integers(), max_size=8))
def test_any_indexed_keys_make_a_list(keys: dict[str, int]) -> None:
    assert all(isinstance(entry, dict) for entry in entries_of(keys, "p"))
