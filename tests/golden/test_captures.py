"""Every OTLP request of every recorded case, through decode and normalise: what a person should see of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from nervure.normalise.engine import Normaliser
from tests.conformance.capture import Case, load_cases
from tests.conformance.facts import judge
from tests.conformance.known import known_misses, reason_of
from tests.conformance.offline import shown_offline

FOLDERS = (Path(__file__).parents[1] / "captures", Path(__file__).parent / "captures")
CASES = [case for folder in FOLDERS for case in load_cases(folder) if case.otlp]
NORMALISER = Normaliser()
# What a recorded case shows of which client: beginning of the case's name, client, feature.
SHOWS = (
    ("otel-genai", "opentelemetry", "GenAI instrumentations: spans, events, tokens, tools"),
    ("otel-openai", "opentelemetry", "OpenAI instrumentations, old and new conventions"),
    ("otel-gpu", "opentelemetry", "metrics of GPUs"),
    ("otel-python-logs", "opentelemetry", "log records joined to their spans"),
    ("openinference-", "phoenix", "OpenInference: LangChain, OpenAI, RAG by hand"),
    ("agno-oi", "phoenix", "OpenInference: Agno"),
    ("crewai-oi", "phoenix", "OpenInference: CrewAI"),
    ("dspy-oi", "phoenix", "OpenInference: DSPy"),
    ("smolagents-oi", "phoenix", "OpenInference: smolagents"),
    ("google-genai-oi", "phoenix", "OpenInference: Google GenAI"),
    ("llamaindex", "phoenix", "OpenInference: LlamaIndex"),
    ("openai-agents-openinference", "openai-agents", "OpenInference's instrumentation"),
    ("langfuse-v3", "langfuse", "traces over OTLP, Python"),
    ("langfuse-js", "langfuse", "traces over OTLP, JavaScript"),
    ("langsmith-otel", "langsmith", "OpenTelemetry mode"),
    ("litellm-otel", "litellm", "the otel callback"),
    ("logfire-", "logfire", "Pydantic AI by Logfire: agents, tools, calls"),
    ("mlflow-otlp", "mlflow", "spans over OTLP"),
    ("mlflow-tracking", "mlflow", "spans of the tracking client"),
    ("openlit-", "openlit", "calls, tools and retrieval, old and new conventions"),
    ("traceloop-js", "traceloop", "JavaScript SDK"),
    ("traceloop-", "traceloop", "workflows, tools, calls, old and new conventions"),
    ("trulens", "trulens", "records as spans, with feedback"),
    ("vercel-ai-sdk", "vercel", "generateText, streamText, tools, embeddings"),
    ("weave-", "weave", "calls over OTLP"),
)


def _marked(case: Case) -> Any:
    shows = [(client, feature) for name, client, feature in SHOWS if case.name.startswith(name)][:1]
    return pytest.param(case, marks=[pytest.mark.supports(*each) for each in shows], id=case.name)


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_a_recorded_case_shows_what_its_client_sent(case: Case) -> None:
    verdict = judge(case, shown_offline(case, NORMALISER), case.others)
    known = known_misses(with_server=False)
    misses = [o for o in verdict.outcomes if not o.is_met and reason_of(known, case.name, o) is None]
    assert verdict.outcomes, "a case without fields tests nothing"
    assert not misses, "\n".join(map(str, misses))


# Its program makes up a call of 9 and 2 tokens that no provider answered.
MADE_UP = {"langfuse-v3": (9, 2)}


@pytest.mark.parametrize(
    "case", [case for case in CASES if (FOLDERS[0] / case.name / "model_calls.json").is_file()], ids=lambda c: c.name
)
def test_no_case_counts_more_tokens_than_the_providers_did(case: Case) -> None:
    calls = json.loads((FOLDERS[0] / case.name / "model_calls.json").read_text())
    more_in, more_out = MADE_UP.get(case.name, (0, 0))
    traces = shown_offline(case, NORMALISER).traces
    assert sum(trace["input_tokens"] for trace in traces) <= more_in + sum(
        call.get("input_tokens") or 0 for call in calls
    )
    assert sum(trace["output_tokens"] for trace in traces) <= more_out + sum(
        call.get("output_tokens") or 0 for call in calls
    )


def test_every_known_miss_is_still_one() -> None:
    by_name = {case.name: case for case in CASES}
    for (name, where, field), reason in known_misses(with_server=False).items():
        case = by_name[name]
        outcomes = judge(case, shown_offline(case, NORMALISER), case.others).outcomes
        missed = {(outcome.where, outcome.field) for outcome in outcomes if not outcome.is_met}
        assert (where, field) in missed, f"{name}: {where}: {field} is met now; take it off the list ({reason})"
