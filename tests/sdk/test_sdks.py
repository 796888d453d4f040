"""What users of each SDK see in Nervure without any setting but an address."""

from typing import Any

import pytest

from tests.sdk.conftest import Run, Seen

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]

OTLP = {"OTEL_EXPORTER_OTLP_ENDPOINT": "SERVER"}
QUESTION = "What is the capital of France?"


def calls(seen: Seen) -> list[dict[str, Any]]:
    """Model calls that succeeded."""
    return [span for span in seen.of("llm") if span["status"] != "error"]


def asserts_question(seen: Seen, model: str = "gpt-4o-mini-2024-07-18") -> None:
    """A question is a call of the dated model with text, tokens and a price."""
    span = seen.asking(QUESTION)
    assert span["model"] == model
    assert "Paris" in span["output_text"]
    assert (span["input_tokens"] or 0) > 10
    assert (span["output_tokens"] or 0) > 3
    assert span["cost_total"] > 0
    assert span["cost_source"].startswith("book:")
    assert "You know geography." in span["system_prompt"] + span["input_text"]


def asserts_stream(seen: Seen) -> None:
    """A streamed answer is put together again."""
    span = seen.asking("Count from one to five.")
    assert span["output_text"] == "one, two, three, four, five"
    assert span["output_tokens"]


def asserts_tools(seen: Seen) -> None:
    """The model's wish for a tool is a tool call of its answer."""
    wishes = [
        part
        for span in calls(seen)
        for message in span["output"]
        for part in message["parts"]
        if part["type"] == "tool_call"
    ]
    assert [(part["name"], part["arguments"]) for part in wishes] == [("get_weather", {"city": "Paris"})]


def asserts_failure(seen: Seen) -> None:
    """A refused call is an error with its class, or at least its message (Langfuse sends no class)."""
    failed = [span for span in seen.of("llm") if span["status"] == "error"]
    assert len(failed) == 1
    told = failed[0]["error_type"] + failed[0]["status_message"]
    assert "RateLimit" in told or "429" in told


def asserts_embedding(seen: Seen) -> None:
    """Embeddings have their model, tokens and a price."""
    span = seen.one("embedding")
    assert span["model"] == "text-embedding-3-small"
    assert span["input_tokens"]
    assert span["cost_total"] > 0


def asserts_person(seen: Seen, spans: list[dict[str, Any]]) -> None:
    assert {(span["session"], span["user"]) for span in spans} == {("sess-42", "user-7")}


def asserts_totals(seen: Seen) -> None:
    """Tokens and money of a query are those of the leaves, counted once."""
    leaves = [span for span in seen.spans if span["kind"] in ("llm", "embedding")]
    tokens = sum((span["input_tokens"] or 0) + (span["output_tokens"] or 0) for span in leaves)
    assert seen.client.query("tokens.total").value == tokens
    assert seen.client.query("cost.sum").value == pytest.approx(sum(span["cost_total"] or 0 for span in leaves))


def asserts_everything(seen: Seen) -> None:
    assert len(calls(seen)) == 4
    asserts_question(seen)
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_embedding(seen)
    asserts_failure(seen)
    asserts_totals(seen)


@pytest.mark.supports("opentelemetry", "real SDK: openai-v2, texts as log events")
def test_opentelemetry_openai_v2_by_default_sends_text_as_log_events(run: Run) -> None:
    instrumentor = "opentelemetry.instrumentation.openai_v2"
    seen = run(
        "openai-v2",
        "otel.py",
        7,
        **OTLP,
        INSTRUMENTOR=instrumentor,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    asserts_everything(seen)
    asserts_person(seen, seen.of("other"))


@pytest.mark.supports("opentelemetry", "real SDK: GenAI conventions of today")
@pytest.mark.parametrize(
    ("environment", "instrumentor"),
    [
        pytest.param("openai-v2", "opentelemetry.instrumentation.openai_v2", id="openai-v2"),
        pytest.param("genai", "opentelemetry.instrumentation.genai.openai", id="genai-openai"),
    ],
)
def test_opentelemetry_latest_experimental_sends_text_on_spans(run: Run, environment: str, instrumentor: str) -> None:
    seen = run(
        environment, "otel.py", 7, **OTLP, INSTRUMENTOR=instrumentor,
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="span_and_event",
        OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true",
    )  # fmt: skip
    asserts_everything(seen)
    assert {span["convention"] for span in seen.of("llm")} == {"otel_genai"}


@pytest.mark.supports("phoenix", "real SDK: OpenInference of OpenAI, sessions, users, prompts")
def test_openinference(run: Run) -> None:
    seen = run("genai", "openinference_app.py", 8, **OTLP)
    asserts_everything(seen)
    asserts_person(seen, seen.spans)
    question = seen.asking(QUESTION)
    assert (question["prompt_version"], question["prompt_variables"]) == ("v2", {"country": "France"})
    assert (question["tags"], question["metadata"]["tier"]) == (["blue"], "gold")
    assert seen.one("agent")["name"] == "weather-agent"
    tool = seen.one("tool")
    assert (tool["tool_name"], tool["tool_arguments"]) == ("get_weather", {"city": "Paris"})
    assert tool["tool_result"] == {"temp_c": 18, "sky": "sunny"}


@pytest.mark.supports("traceloop", "real SDK: decorators, associations, calls")
def test_openllmetry_by_traceloop(run: Run) -> None:
    seen = run(
        "traceloop",
        "traceloop_app.py",
        9,
        TRACELOOP_BASE_URL="SERVER",
        TRACELOOP_API_KEY="none",
        TRACELOOP_TELEMETRY="false",
    )
    asserts_everything(seen)
    asserts_person(seen, [span for span in seen.spans if span["kind"] != "workflow"])
    assert seen.one("agent")["name"].startswith("weather-agent")
    assert seen.one("tool")["tool_name"] == "get_weather"


@pytest.mark.supports("langfuse", "real SDK: observe, generations, tools, retrieval, sessions, users")
def test_langfuse(run: Run) -> None:
    seen = run(
        "langfuse", "langfuse_app.py", 10,
        LANGFUSE_BASE_URL="SERVER", LANGFUSE_PUBLIC_KEY="pk-lf-none", LANGFUSE_SECRET_KEY="sk-lf-none",
    )  # fmt: skip
    asserts_everything(seen)
    asserts_person(seen, seen.of("llm"))
    assert seen.one("agent")["name"] == "weather-agent"
    assert seen.one("tool")["tool_arguments"] == {"city": "Paris"}
    assert seen.one("retriever")["documents"][0]["content"] == "Refunds are accepted within 30 days."
    assert seen.asking(QUESTION)["metadata"]["plan"] == "gold"


@pytest.mark.supports("mlflow", "real SDK: traces over OTLP")
@pytest.mark.parametrize("genai", ["true", "false"], ids=["translated to GenAI", "its own attributes"])
def test_mlflow(run: Run, genai: str) -> None:
    seen = run(
        "mlflow", "mlflow_app.py", 10, MLFLOW_ENABLE_OTEL_GENAI_SEMCONV=genai,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="SERVER/v1/traces", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf",
    )  # fmt: skip
    assert len(calls(seen)) == 4
    asserts_question(seen)
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_totals(seen)
    assert seen.one("agent")["name"].endswith("weather-agent")
    assert seen.one("tool")["tool_arguments"] == {"city": "Paris"}


@pytest.mark.supports("logfire", "real SDK: agents, tools, structured outputs")
def test_pydantic_ai_by_logfire(run: Run) -> None:
    seen = run("logfire", "logfire_app.py", 10, **OTLP)
    answers = calls(seen)
    assert [span["model"] for span in answers] == ["gpt-4o-2024-08-06"] * 2 + ["gpt-4o-mini-2024-07-18"]
    assert all(span["input_tokens"] and span["cost_total"] for span in answers)
    assert {span["agent"] for span in seen.of("agent")} == {"weather_agent", "extract_agent", "broken_agent"}
    assert seen.one("tool", tool_name="get_weather")["tool_arguments"] == {"city": "Paris"}
    assert "18 degrees" in answers[1]["output_text"]
    failed = [span for span in seen.of("llm") if span["status"] == "error"]
    assert len(failed) == 1
    asserts_totals(seen)
    assert not any("pending" in str(span["attributes"].get("logfire.span_type")) for span in seen.spans)


@pytest.mark.supports("nervure", "init, observe, context, score")
def test_nervure_init_finds_what_is_installed(run: Run) -> None:
    seen = run("genai", "nervure_app.py", 10, NERVURE_URL="SERVER")
    asserts_everything(seen)
    asserts_person(seen, seen.spans)
    assert {(span["tenant"], tuple(span["tags"]), span["metadata"]["plan"]) for span in seen.spans} == {
        ("acme", ("beta",), "gold")
    }
    assert {span["environment"] for span in seen.spans} == {"staging"}
    root = seen.one("workflow")
    assert (root["input_text"], "Paris" in root["output_text"]) == (QUESTION, True)
    assert seen.one("retriever")["documents"][0]["id"] == "doc-1"
    tool = seen.one("tool")
    assert (tool["tool_name"], tool["tool_arguments"]) == ("get_weather", {"city": "Paris"})
    assert tool["tool_result"] == {"temp_c": 18, "sky": "sunny"}
    (score,) = seen.client.scores()
    assert (score["name"], score["value"], score["source"], score["target_id"]) == (
        "helpful",
        1.0,
        "user",
        root["span_id"],
    )
