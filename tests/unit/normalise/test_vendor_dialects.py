"""What vendors' dialects say beyond the recorded cases: older forms, rarer types, odd counting."""

import json
from typing import Any

import pytest

from nervure.model.raw import Origin, RawEvent, RawSpan
from nervure.model.span import Document, Span
from nervure.normalise.engine import Normaliser

START = 1_795_189_000_000_000_000
NORMALISER = Normaliser()


def raw(attributes: dict[str, Any], name: str = "span", scope: str = "", version: str = "", **resource: Any) -> RawSpan:
    origin = Origin(resource=resource, scope_name=scope, scope_version=version)
    return RawSpan(origin, "t" * 32, "s" * 16, "", name, 1, START, START + 10**9, 0, "", attributes)


def seen(attributes: dict[str, Any], name: str = "span", scope: str = "", version: str = "", **resource: Any) -> Span:
    span = NORMALISER.span(raw(attributes, name, scope, version, **resource), "p", START + 2 * 10**9)
    assert span is not None
    return span


def fields(span: Span, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(span, name) for name in wanted}


# --- OpenInference


def test_openinference_parts_of_a_message_keep_their_kind_and_order() -> None:
    part = "llm.input_messages.0.message.contents"
    span = seen(
        {
            "openinference.span.kind": "LLM",
            "llm.input_messages.0.message.role": "user",
            f"{part}.10.message_content.type": "text",
            f"{part}.10.message_content.text": "and last?",
            f"{part}.0.message_content.type": "text",
            f"{part}.0.message_content.text": "What is this?",
            f"{part}.1.message_content.type": "image",
            f"{part}.1.message_content.image.image.url": "https://example.com/cat.png",
            f"{part}.2.message_content.type": "reasoning",
            f"{part}.2.message_content.text": "A cat, perhaps.",
        }
    )
    assert span.input == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
                {"type": "reasoning", "content": "A cat, perhaps."},
                {"type": "text", "content": "and last?"},
            ],
        }
    ]


def test_openinference_completions_of_the_old_api_are_messages() -> None:
    span = seen(
        {
            "openinference.span.kind": "LLM",
            "llm.prompts.0.prompt.text": "Once upon",
            "llm.choices.0.completion.text": "a time",
        }
    )
    assert (span.input_text, span.output_text) == ("Once upon", "a time")


def test_openinference_tokens_and_cost_by_class() -> None:
    span = seen(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "claude-sonnet-4-5",
            "llm.provider": "anthropic",
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 50,
            "llm.token_count.prompt_details.cache_read": 800,
            "llm.token_count.prompt_details.cache_write": 20,
            "llm.token_count.completion_details.reasoning": 30,
            "llm.cost.total": 0.0125,
            "llm.cost.prompt": 0.01,
        }
    )
    # Cached tokens outnumber the input: the sender counted them apart, as Anthropic does.
    assert fields(span, wanted := {
        "input_tokens": 920, "output_tokens": 50, "cached_input_tokens": 800, "cache_write_tokens": 20,
        "reasoning_tokens": 30, "reported_cost_total": 0.0125, "reported_cost_input": 0.01, "provider": "anthropic",
    }) == wanted  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('{"args": [], "kwargs": {"city": "Paris"}}', id="a Python call"),
        pytest.param('{"args": [], "sanitize_inputs_outputs": true, "kwargs": {"city": "Paris"}}', id="smolagents"),
        pytest.param('{"city": "Paris"}', id="the arguments alone"),
    ],
)
def test_openinference_arguments_of_a_tool_are_told_from_their_wrapping(value: str) -> None:
    schema = '{"type": "object", "properties": {"city": {"type": "string"}}}'
    span = seen({"openinference.span.kind": "TOOL", "input.value": value, "tool.parameters": schema}, "get_weather")
    assert (span.tool_name, span.tool_arguments) == ("get_weather", {"city": "Paris"})


# --- Langfuse


@pytest.mark.parametrize(
    ("details", "wanted"),
    [
        pytest.param(
            {"input": 40, "input_cached_tokens": 60, "output": 10, "output_reasoning_tokens": 5, "total": 115},
            {"input_tokens": 100, "output_tokens": 15, "cached_input_tokens": 60, "reasoning_tokens": 5},
            id="components exclude each other and sum to the total",
        ),
        pytest.param(
            {"input": 100, "input_cached_tokens": 60, "output": 10, "total": 110},
            {"input_tokens": 100, "output_tokens": 10, "cached_input_tokens": 60},
            id="a total that is input and output alone says the parts are inside",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}},
            {"input_tokens": 100, "output_tokens": 10, "cached_input_tokens": 60},
            id="OpenAI's names keep OpenAI's sense",
        ),
        pytest.param(
            {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 90},
            {"input_tokens": 100, "output_tokens": 5, "cached_input_tokens": 90},
            id="Anthropic's names keep Anthropic's sense",
        ),
        pytest.param({"input": 5}, {"input_tokens": 5, "output_tokens": None}, id="an embedding"),
    ],
)
def test_langfuse_usage_is_read_by_whose_names_it_has(details: dict[str, Any], wanted: dict[str, Any]) -> None:
    usage = {"langfuse.observation.type": "generation", "langfuse.observation.usage_details": json.dumps(details)}
    assert fields(seen(usage), wanted) == wanted


def test_langfuse_metadata_is_decoded_as_its_version_wrote_it() -> None:
    attributes = {"langfuse.trace.metadata.count": "1", "langfuse.observation.metadata.plan": '"gold"'}
    assert seen(attributes, scope="langfuse-sdk", version="5.0.4").metadata == {"count": 1, "plan": "gold"}
    assert seen(attributes, scope="langfuse-sdk", version="3.2.0").metadata == {"count": "1", "plan": "gold"}


def test_langfuse_level_error_is_an_error_even_when_otlp_says_nothing() -> None:
    span = seen({"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "quota"})
    assert (span.status, span.status_message, span.level) == ("error", "quota", "ERROR")


def test_langfuse_keeps_release_and_version_apart() -> None:
    both = seen({"langfuse.release": "2026.11", "langfuse.version": "1.4.0"})
    assert (both.release, both.metadata) == ("2026.11", {"version": "1.4.0"})
    assert seen({"langfuse.version": "1.4.0"}).release == "1.4.0"


# --- MLflow


def test_mlflow_values_are_json_text_or_structures() -> None:
    call = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    usage = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}
    plain = {"mlflow.spanType": "CHAT_MODEL", "mlflow.spanInputs": call, "mlflow.chat.tokenUsage": usage}
    as_text = {key: json.dumps(value) for key, value in plain.items()}
    wanted = {"kind": "llm", "input_text": "hi", "input_tokens": 3, "params": {"temperature": 0.5}}
    assert fields(seen(plain), wanted) == fields(seen(as_text), wanted) == wanted


def test_mlflow_cost_and_linked_prompt() -> None:
    span = seen(
        {
            "mlflow.spanType": '"LLM"',
            "mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}',
            "mlflow.linkedPrompts": '[{"name": "qa", "version": "3"}]',
            "mlflow.llm.provider": '"anthropic"',
        }
    )
    assert fields(span, wanted := {
        "reported_cost_input": 0.1, "reported_cost_output": 0.2, "reported_cost_total": 0.3,
        "prompt_name": "qa", "prompt_version": "3", "provider": "anthropic",
    }) == wanted  # fmt: skip


# --- Logfire and Pydantic AI


def test_logfire_drops_spans_that_only_announce_another() -> None:
    pending = raw({"logfire.span_type": "pending_span", "logfire.pending_parent_id": "0" * 16}, scope="logfire")
    assert NORMALISER.span(pending, "p", START) is None


def test_logfire_reads_its_own_integrations() -> None:
    span = seen(
        {
            "logfire.span_type": "span",
            "request_data": json.dumps(
                {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9, "stream": True}
            ),
            "response_data": json.dumps(
                {
                    "message": {"role": "assistant", "content": "hello"},
                    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
                }
            ),
        },
        scope="logfire.openai",
    )
    assert fields(span, wanted := {
        "kind": "llm", "request_model": "gpt-4o", "input_text": "hi", "output_text": "hello", "input_tokens": 3,
        "output_tokens": 1, "params": {"max_tokens": 9}, "streaming": True,
    }) == wanted  # fmt: skip


def test_pydantic_ai_runs_of_old_versions_are_agents() -> None:
    said = json.dumps(
        [
            {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "hello"}]},
        ]
    )
    span = seen({"agent_name": "greeter", "all_messages_events": said}, "agent run", scope="pydantic-ai")
    assert (span.kind, span.agent, span.input_text, span.output_text) == ("agent", "greeter", "hi", "hello")
    tool = seen({"gen_ai.tool.name": "clock", "tool_arguments": "{}", "tool_response": "noon"}, "running tool",
                scope="pydantic-ai")  # fmt: skip
    assert (tool.kind, tool.tool_name, tool.tool_result) == ("tool", "clock", "noon")


def test_logfire_never_takes_a_scrubbed_word_for_a_session() -> None:
    span = seen({"logfire.span_type": "span", "session_id": "[Scrubbed due to 'session']", "user_id": "u-1"})
    assert (span.session, span.user) == ("", "u-1")


# --- Vercel


def test_vercel_outer_spans_are_workflows_and_inner_ones_calls() -> None:
    usage = {"ai.usage.promptTokens": 24, "ai.usage.completionTokens": 8, "ai.model.provider": "anthropic.messages"}
    outer = seen({"ai.operationId": "ai.generateText", **usage}, "ai.generateText")
    inner = seen({"ai.operationId": "ai.generateText.doGenerate", **usage}, "ai.generateText.doGenerate")
    assert (outer.kind, outer.input_tokens) == ("workflow", 24)
    assert (inner.kind, inner.input_tokens, inner.output_tokens, inner.provider) == ("llm", 24, 8, "anthropic")


def test_vercel_reranking_gives_documents_in_their_new_order() -> None:
    span = seen(
        {
            "ai.operationId": "ai.rerank.doRerank",
            "ai.documents": ['"opening hours"', '"refund policy"'],
            "ai.ranking": ['{"index":1,"relevanceScore":0.9}', '{"index":0,"relevanceScore":0.1}'],
        },
        "ai.rerank.doRerank",
    )
    assert span.kind == "reranker"
    assert span.documents == [
        Document(content="refund policy", score=0.9, rank=0),
        Document(content="opening hours", score=0.1, rank=1),
    ]
    assert [document.content for document in span.input_documents] == ["opening hours", "refund policy"]


def test_vercel_reasoning_comes_before_the_answer() -> None:
    span = seen(
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.response.reasoning": '[{"type":"reasoning","text":"Think."}]',
            "ai.response.text": "Paris.",
            "ai.response.msToFirstChunk": 250.5,
        },
        "ai.streamText.doStream",
    )
    assert [part["type"] for part in span.output[0]["parts"]] == ["reasoning", "text"]
    assert (span.streaming, span.ttft_ns, span.output_text) == (True, 250_500_000, "Paris.")


# --- LangSmith, TruLens, Weave


def test_langsmith_details_printed_by_python_are_read() -> None:
    span = seen(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.input_token_details": "{'audio': 0, 'cache_read': 60}",
            "gen_ai.usage.output_token_details": "{'reasoning': 12}",
            "langsmith.metadata.thread_id": "th-1",
        }
    )
    assert fields(span, wanted := {
        "kind": "llm", "input_tokens": 100, "cached_input_tokens": 60, "reasoning_tokens": 12, "session": "th-1",
    }) == wanted  # fmt: skip


def test_trulens_credits_are_no_money() -> None:
    cost = {"ai.observability.span_type": "generation", "ai.observability.cost.cost": 0.5}
    assert seen({**cost, "ai.observability.cost.cost_currency": "USD"}).reported_cost_total == 0.5
    assert seen({**cost, "ai.observability.cost.cost_currency": "Snowflake credits"}).reported_cost_total is None


def test_weave_adds_threads_to_the_dialect_beneath() -> None:
    span = seen(
        {
            "wandb.thread_id": "th-1",
            "wandb.is_turn": True,
            "wandb.display_name": "answer",
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 3,
        }
    )
    assert (span.session, span.kind, span.request_model, span.input_tokens) == ("th-1", "llm", "gpt-4o", 3)
    assert (span.workflow, span.metadata) == ("answer", {"turn": True})


def test_weave_call_names_its_operation_and_usage() -> None:
    span = seen(
        {
            "weave.op_name": "weave:///team/project/op/ask:abc123",
            "weave.summary": json.dumps({"usage": {"gpt-4o": {"prompt_tokens": 3, "completion_tokens": 1}}}),
            "weave.observation.input": "hi",
        }
    )
    assert (span.operation, span.response_model, span.input_tokens, span.input_text) == ("ask", "gpt-4o", 3, "hi")


def test_first_tokens_told_by_events_make_a_stream() -> None:
    record = raw({"openinference.span.kind": "LLM"})
    record.events = [RawEvent("First Token Stream Event", START + 5_000_000, {})]
    span = NORMALISER.span(record, "p", START)
    assert span is not None
    assert (span.streaming, span.ttft_ns) == (True, 5_000_000)


# --- Agent frameworks with telemetry of their own


def test_google_adk_requests_and_responses_are_messages_and_its_provider_is_the_models_maker() -> None:
    request = {
        "model": "gemini-2.5-flash",
        "config": {
            "system_instruction": "You know weather.",
            "temperature": 0.2,
            "tools": [{"function_declarations": [{"name": "get_weather"}]}],
        },
        "contents": [{"role": "user", "parts": [{"text": "Weather in Paris?"}]}],
    }
    response = {
        "content": {"role": "model", "parts": [{"function_call": {"name": "get_weather", "args": {"city": "Paris"}}}]},
        "usage_metadata": {"prompt_token_count": 82, "candidates_token_count": 17},
        "finish_reason": "STOP",
    }
    span = seen(
        {
            "gen_ai.system": "gcp.vertex.agent",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gcp.vertex.agent.llm_request": json.dumps(request),
            "gcp.vertex.agent.llm_response": json.dumps(response),
            "gcp.vertex.agent.session_id": "sess-1",
        },
        "call_llm",
        "gcp.vertex.agent",
    )
    assert fields(span, wanted := {
        "kind": "llm", "provider": "gcp.gemini", "system_prompt": "You know weather.", "input_text": "Weather in Paris?",
        "input_tokens": 82, "output_tokens": 17, "finish_reasons": ["stop"], "params": {"temperature": 0.2},
        "session": "sess-1", "tool_definitions": [{"name": "get_weather"}],
        "output": [{"role": "assistant", "parts": [
            {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}}]}],
    }) == wanted  # fmt: skip


def test_laminar_types_and_associations() -> None:
    attributes = {
        "lmnr.span.type": "TOOL",
        "lmnr.span.input": '{"city": "Paris"}',
        "lmnr.span.output": '"sunny"',
        "lmnr.association.properties.session_id": "sess-1",
        "lmnr.association.properties.metadata.plan": "gold",
    }
    span = seen(attributes, "get_weather")
    assert fields(span, wanted := {
        "kind": "tool", "tool_name": "get_weather", "tool_arguments": {"city": "Paris"}, "tool_result": "sunny",
        "session": "sess-1", "metadata": {"plan": "gold"},
    }) == wanted  # fmt: skip
    assert seen({"lmnr.span.type": "DEFAULT"}).kind == "workflow"
    assert seen({"lmnr.span.type": "CACHED", "gen_ai.usage.input_tokens": 9}).kind == "other"


def test_livekit_requests_are_calls_and_their_nodes_are_not() -> None:
    context = {"items": [{"type": "message", "role": "user", "content": ["Where is my order?"]}]}
    request = seen(
        {
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.usage.input_tokens": 30,
            "lk.chat_ctx": json.dumps(context),
            "lk.response.text": "Let me look.",
            "lk.response.function_calls": '[{"call_id": "c1", "name": "lookup", "arguments": "{\\"id\\": 1}"}]',
            "lk.response.ttft": 0.25,
        },
        "llm_request",
    )
    assert (request.kind, request.input_text, request.output_text) == ("llm", "Where is my order?", "Let me look.")
    assert (request.ttft_ns, request.output[0]["parts"][1]["arguments"]) == (250_000_000, {"id": 1})
    assert seen({"lk.response.ttft": 0.25}, "llm_node").kind == "workflow"
    failed = seen({"lk.function_tool.name": "lookup", "lk.function_tool.is_error": True}, "function_tool")
    assert (failed.kind, failed.tool_name, failed.status) == ("tool", "lookup", "error")


def test_claude_code_counts_cached_tokens_apart_and_we_put_them_together() -> None:
    span = seen(
        {
            "span.type": "llm_request",
            "model": "claude-opus-4-5",
            "gen_ai.system": "anthropic",
            "input_tokens": 2,
            "output_tokens": 1200,
            "cache_read_tokens": 84_562,
            "cache_creation_tokens": 7_096,
            "stop_reason": "tool_use",
            "success": False,
            "session.id": "sess-1",
        },
        "claude_code.llm_request",
    )
    assert fields(span, wanted := {
        "kind": "llm", "request_model": "claude-opus-4-5", "input_tokens": 91_660, "output_tokens": 1200,
        "cached_input_tokens": 84_562, "cache_write_tokens": 7_096, "finish_reasons": ["tool_call"],
        "status": "error", "session": "sess-1", "provider": "anthropic", "flags": [],
    }) == wanted  # fmt: skip
    assert seen({"tool_name": "Bash"}, "claude_code.tool").kind == "tool"
    assert seen({}, "claude_code.tool.execution").kind == "other"
