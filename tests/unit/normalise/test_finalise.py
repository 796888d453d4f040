"""What all dialects have in common: times, status, kinds, tools, retrievers, tokens, context."""

from typing import Any

import pytest

from nervure.model.span import Document
from tests.unit.normalise.raws import RECEIVED_NS, SECOND_NS, START_NS, event, raw_span, span_of, text

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
YEAR_NS = 365 * 86_400 * SECOND_NS


def test_a_span_keeps_its_times_and_its_attributes() -> None:
    attributes = {"http.request.method": "GET"}
    span = span_of(attributes)
    assert (span.start_ns, span.duration_ns, span.flags, span.kind) == (START_NS, SECOND_NS, [], "other")
    assert span.attributes is attributes


def test_a_negative_duration_becomes_zero_and_is_flagged() -> None:
    span = span_of({}, end_ns=START_NS - 5)
    assert (span.duration_ns, span.flags) == (0, ["negative_duration"])


@pytest.mark.parametrize("start_ns", [0, -5, 1, START_NS - 40 * YEAR_NS, RECEIVED_NS + 2 * 86_400 * SECOND_NS])
def test_a_start_that_cannot_be_true_becomes_the_time_of_arrival(start_ns: int) -> None:
    span = span_of({"a": 1}, start_ns=start_ns, end_ns=start_ns + 7)
    assert (span.start_ns, span.duration_ns, span.flags) == (RECEIVED_NS, 7, ["clock"])
    assert span.attributes == {"a": 1, "nervure.original_start_ns": start_ns}


def test_a_span_of_the_wrong_century_has_no_duration_of_decades() -> None:
    assert span_of({}, start_ns=0, end_ns=START_NS).duration_ns == 0


@pytest.mark.parametrize(
    ("status", "attributes", "expected"),
    [
        pytest.param((0, ""), {}, ("unset", "", ""), id="nothing said"),
        pytest.param((1, ""), {}, ("ok", "", ""), id="ok only if said"),
        pytest.param((2, "boom"), {}, ("error", "", "boom"), id="error"),
        pytest.param((0, ""), {"error.type": "Timeout"}, ("error", "Timeout", ""), id="an error type is an error"),
        pytest.param((2, ""), {"error.message": "boom"}, ("error", "", "boom"), id="message as attribute"),
    ],
)
def test_status_is_what_was_said(
    status: tuple[int, str], attributes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    span = span_of(attributes, status=status)
    assert (span.status, span.error_type, span.status_message) == expected


def test_the_exception_of_a_failed_span_gives_type_and_message() -> None:
    events = [event("exception", {"exception.type": "openai.RateLimitError", "exception.message": "slow down"})]
    span = span_of({}, status=(2, ""), events=events)
    assert (span.error_type, span.status_message) == ("openai.RateLimitError", "slow down")


def test_an_exception_that_was_handled_does_not_fail_the_span() -> None:
    span = span_of({}, events=[event("exception", {"exception.type": "KeyError"})])
    assert (span.status, span.error_type) == ("unset", "")


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("chat", "llm"), ("text_completion", "llm"), ("generate_content", "llm"), ("embeddings", "embedding"),
        ("retrieval", "retriever"), ("rerank", "reranker"), ("execute_tool", "tool"), ("invoke_agent", "agent"),
        ("create_agent", "other"), ("invoke_workflow", "workflow"), ("plan", "workflow"), ("search_memory", "other"),
    ],
)  # fmt: skip
def test_the_operation_tells_the_kind(operation: str, kind: str) -> None:
    assert span_of({"gen_ai.operation.name": operation}).kind == kind


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 3}, "llm"),
        ({"gen_ai.request.model": "text-embedding-3-small", "gen_ai.usage.input_tokens": 3}, "embedding"),
        ({"gen_ai.tool.name": "search"}, "tool"),
        ({"gen_ai.retrieval.documents": '[{"id": "d1"}]'}, "retriever"),
        ({"gen_ai.request.model": "gpt-4o"}, "other"),
        ({"db.system.name": "postgresql", "db.query.text": "SELECT 1"}, "other"),
    ],
)
def test_without_an_operation_the_content_tells_the_kind(attributes: dict[str, Any], kind: str) -> None:
    assert span_of(attributes).kind == kind


def test_the_system_prompt_leaves_the_messages() -> None:
    messages = '[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]'
    span = span_of({**CHAT, "gen_ai.input.messages": messages})
    assert (span.system_prompt, span.input, span.input_text) == ("Be kind.", [text("user", "Hi")], "Hi")


def test_a_tool_span_takes_arguments_and_result_from_its_input_and_output() -> None:
    span = span_of({
        "traceloop.span.kind": "tool", "traceloop.entity.name": "get_weather",
        "traceloop.entity.input": '{"args": [], "kwargs": {"city": "Paris"}}', "traceloop.entity.output": '"sunny"',
    })  # fmt: skip
    assert (span.kind, span.tool_name, span.tool_arguments, span.tool_result) == (
        "tool", "get_weather", {"city": "Paris"}, "sunny",
    )  # fmt: skip


def test_a_retriever_takes_query_and_documents_from_its_input_and_output() -> None:
    span = span_of({"nervure.kind": "retriever", "input": '{"query": "refunds"}',
                    "output": '[{"page_content": "Thirty days.", "metadata": {"source": "faq"}}]'})  # fmt: skip
    assert span.query == "refunds"
    assert span.documents == [Document(content="Thirty days.", metadata={"source": "faq"})]


@pytest.mark.parametrize(
    ("attributes", "expected", "flags"),
    [
        pytest.param({"input_tokens": 100, "cache_read.input_tokens": 60, "output_tokens": 5}, (100, 60, 105), [],
                     id="inclusive stays"),
        pytest.param({"input_tokens": 10, "cache_read.input_tokens": 60, "output_tokens": 5}, (70, 60, 75), [],
                     id="a part larger than the whole was left out of it"),
        pytest.param({"input_tokens": 100, "cache_read.input_tokens": 60, "output_tokens": 5, "total_tokens": 165},
                     (160, 60, 165), [], id="the total says that the part was left out"),
        pytest.param({"input_tokens": 10, "audio.input_tokens": 11}, (10, None, 10), ["token_breakdown"],
                     id="an impossible breakdown is flagged"),
        pytest.param({"output_tokens": 5, "reasoning.output_tokens": 9}, (None, None, 5), ["token_breakdown"],
                     id="impossible reasoning is flagged"),
        pytest.param({"total_tokens": 9}, (None, None, 9), [], id="only a total"),
        pytest.param({"input_tokens": -1, "output_tokens": "7"}, (None, None, 7), [],
                     id="-1 is not known, text is a number"),
        pytest.param({"input_tokens": 2**40}, (None, None, None), [], id="an absurd count is none"),
    ],
)  # fmt: skip
def test_input_tokens_include_cached_ones(
    attributes: dict[str, Any], expected: tuple[int | None, ...], flags: list[str]
) -> None:
    said = {f"gen_ai.usage.{name}": value for name, value in attributes.items()}
    span = span_of({"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", **said})
    assert (span.input_tokens, span.cached_input_tokens, span.total_tokens) == expected
    assert span.flags == flags


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("end_turn", "stop"), ("STOP", "stop"), ("FinishReason.STOP", "stop"), ("max_tokens", "length"),
        ("tool_use", "tool_call"), ("tool-calls", "tool_call"), ("SAFETY", "content_filter"), ("ERROR", "error"),
        ("banana", "banana"),
    ],
)  # fmt: skip
def test_finish_reasons_have_one_word_each_and_unknown_ones_stay(said: str, reason: str) -> None:
    assert span_of({**CHAT, "gen_ai.response.finish_reasons": [said]}).finish_reasons == [reason]


@pytest.mark.parametrize(
    ("said", "provider"),
    [
        ("openai", "openai"), ("OpenAI", "openai"), ("az.ai.openai", "azure.ai.openai"), ("bedrock", "aws.bedrock"),
        ("gemini", "gcp.gemini"), ("vertex_ai", "gcp.vertex_ai"), ("openai.chat", "openai"), ("xai", "x_ai"),
        ("gcp.vertex_ai", "gcp.vertex_ai"), ("my-cluster", "my-cluster"),
    ],
)  # fmt: skip
def test_providers_have_one_name_each(said: str, provider: str) -> None:
    assert span_of({**CHAT, "gen_ai.provider.name": said}).provider == provider


@pytest.mark.parametrize(
    ("model", "provider"),
    [("gpt-4o", "openai"), ("claude-sonnet-4-5", "anthropic"), ("mistral/small", "mistral_ai"), ("llama-3", "")],
)
def test_without_a_provider_the_model_may_tell_it(model: str, provider: str) -> None:
    assert span_of({"gen_ai.operation.name": "chat", "gen_ai.request.model": model}).provider == provider


def test_the_first_chunk_of_a_stream_tells_the_time_to_first_token() -> None:
    chunks = [event("gen_ai.content.completion.chunk", after_ns=at) for at in (300, 400)]
    span = span_of(CHAT, events=chunks)
    assert (span.ttft_ns, span.streaming) == (300, True)


def test_a_time_to_first_token_beyond_the_end_was_meant_in_milliseconds() -> None:
    assert span_of({**CHAT, "gen_ai.server.time_to_first_token": 250}).ttft_ns == 250_000_000
    assert span_of({**CHAT, "gen_ai.server.time_to_first_token": 0.25}).ttft_ns == 250_000_000


def test_metadata_and_tags_say_who_and_what_for_where_nothing_better_does() -> None:
    span = span_of(
        {"metadata": '{"team": "search", "user_id": "u1"}', "tags": ["tenant:acme", "beta"], "user.id": "u2"}
    )
    assert (span.team, span.tenant, span.user, span.tags) == ("search", "acme", "u2", ["tenant:acme", "beta"])


def test_an_attribute_of_the_span_says_more_than_the_resource() -> None:
    resource = {"service.name": "shop", "deployment.environment.name": "production", "service.version": "1.2"}
    span = span_of({"environment": "staging"}, resource=resource)
    assert (span.service, span.environment, span.release) == ("shop", "staging", "1.2")
    assert span_of({}, resource=resource).environment == "production"


def test_redaction_marks_are_absent_values() -> None:
    span = span_of({**CHAT, "user.id": "[REDACTED]", "gen_ai.input.messages": "__REDACTED__"})
    assert (span.user, span.input) == ("", [])


def test_flags_of_the_decoder_stay() -> None:
    from tests.unit.normalise.raws import NORMALISER

    raw = raw_span({}, end_ns=START_NS - 1)
    raw.flags.append("truncated")
    span = NORMALISER.span(raw, "default", RECEIVED_NS)
    assert span is not None
    assert span.flags == ["truncated", "negative_duration"]
    assert raw.flags == ["truncated"]
