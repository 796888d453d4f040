"""What a product shows of a case, in the form of its public API: plain JSON."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Shown:
    """spans: whole spans. traces: summaries, as in the list of traces. logs, metrics, scores: whole records.

    prompts: each with its versions.
    """

    spans: list[Json] = field(default_factory=list)
    traces: list[Json] = field(default_factory=list)
    logs: list[Json] = field(default_factory=list)
    metrics: list[Json] = field(default_factory=list)
    scores: list[Json] = field(default_factory=list)
    prompts: list[Json] = field(default_factory=list)

    def parent(self, span: Json) -> Json | None:
        """The span above another one, None for a root or an orphan."""
        wanted = span.get("parent_id")
        if not wanted:
            return None
        same = (other for other in self.spans if other["trace_id"] == span["trace_id"])
        return next((other for other in same if other["span_id"] == wanted), None)

    def ancestors(self, span: Json) -> Iterator[Json]:
        """The spans above another one, nearest first."""
        seen = {span["span_id"]}
        above = self.parent(span)
        while above is not None and above["span_id"] not in seen:
            seen.add(above["span_id"])
            yield above
            above = self.parent(above)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, depth first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_in(inner)
    elif value is not None:
        yield str(value)


def input_of(span: Json) -> str:
    """Everything shown as the input of a span."""
    places = (span.get(name) for name in ("input_text", "input", "query", "tool_arguments", "system_prompt"))
    return "\n".join(text for place in places for text in texts_in(place))


def output_of(span: Json) -> str:
    """Everything shown as the output of a span."""
    places = (span.get(name) for name in ("output_text", "output", "tool_result", "documents"))
    return "\n".join(text for place in places for text in texts_in(place))


def system_of(span: Json) -> str:
    """The shown system prompt."""
    said = [message for message in span.get("input") or () if message.get("role") == "system"]
    return "\n".join([span.get("system_prompt") or "", *texts_in(said)])


def tool_calls_of(span: Json) -> Iterable[Json]:
    """Tools the model asked for: the tool_call parts of the output."""
    for message in span.get("output") or ():
        for part in message.get("parts") or ():
            if part.get("type") == "tool_call":
                yield part
