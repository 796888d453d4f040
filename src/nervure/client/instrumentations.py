"""Which instrumentations of AI libraries are installed, and turning on one for each library."""

import logging
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

GROUP = "opentelemetry_instrumentor"
# When several families instrument one library, the call would be reported by each: the first in this list is taken.
FAMILIES = (
    "opentelemetry.instrumentation.genai.",
    "opentelemetry.instrumentation.openai_v2",
    "openinference.instrumentation.",
)
# Libraries that an instrumentation outside those families is turned on for (OpenLLMetry and OpenTelemetry's own).
LIBRARIES = frozenset({
    "agno", "alephalpha", "anthropic", "autogen", "bedrock", "chromadb", "claude_agent_sdk", "cohere", "crewai",
    "dspy", "fireworks", "google_adk", "google_genai", "google_generativeai", "groq", "guardrails", "haystack",
    "instructor", "lancedb", "langchain", "langgraph", "litellm", "llama_index", "llamaindex", "marqo", "mcp",
    "milvus", "mistralai", "ollama", "openai", "openai_agents", "pinecone", "portkey", "promptflow",
    "pydantic_ai", "qdrant", "replicate", "sagemaker", "smolagents", "strands_agents", "together",
    "transformers", "vertexai", "voyageai", "watsonx", "weaviate", "writer",
})  # fmt: skip

log = logging.getLogger("nervure")


def installed() -> dict[str, EntryPoint]:
    """Library to the instrumentation chosen for it."""
    chosen: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        name = _library(point)
        if name is None:
            continue
        if name not in chosen or _rank(point) < _rank(chosen[name]):
            chosen[name] = point
    return chosen


def turn_on(wanted: str | bool | Iterable[str], **providers: Any) -> list[str]:
    """Turns instrumentations on; returns the libraries now instrumented.

    wanted: "auto" (all that are installed), a list of library names, or "none". One that fails is told in the log
    and left out: observing must not keep an application from starting.
    """
    if wanted in ("none", False) or not wanted:
        return []
    available = installed()
    names = list(available) if wanted in ("auto", True) or isinstance(wanted, bool) else _names(wanted)
    turned_on = []
    for name in names:
        if name not in available:
            log.warning(
                "nervure: no instrumentation for %r is installed; installed: %s", name, ", ".join(available) or "none"
            )
            continue
        try:
            instrumentor = available[name].load()()
            if not getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
                instrumentor.instrument(**providers)
            if getattr(instrumentor, "is_instrumented_by_opentelemetry", True):
                turned_on.append(name)
        except Exception as error:  # noqa: BLE001 - code of third parties, see the docstring
            log.warning("nervure: the instrumentation of %s could not be turned on: %s", name, error)
    return sorted(turned_on)


def _names(wanted: str | bool | Iterable[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted if not isinstance(wanted, bool) else ())


def _library(point: EntryPoint) -> str | None:
    """The library an entry point instruments, if it is an AI library."""
    name = point.name.removesuffix("_v2").replace("-", "_").lower()
    if any(point.value.startswith(family) for family in FAMILIES):
        return name
    return name if name in LIBRARIES else None


def _rank(point: EntryPoint) -> tuple[int, str]:
    for rank, family in enumerate(FAMILIES):
        if point.value.startswith(family):
            return rank, point.value
    return len(FAMILIES), point.value
