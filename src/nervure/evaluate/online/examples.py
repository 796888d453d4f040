"""A trace, a span or a session as the example evaluators read: what was asked, answered, retrieved and done."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.evaluate.evaluator import Document, Example, Message, Step, ToolCall
from nervure.evaluate.online.paths import find
from nervure.evaluate.rows import read_row
from nervure.model.evaluation import TargetLevel
from nervure.model.span import BILLABLE_KINDS, Span

SPEAKING = frozenset({"agent", "workflow", "llm", "other"})
STEPS = frozenset({"agent", "llm", "tool", "retriever", "reranker", "guardrail"})
MOST_STEPS = 400


@dataclass(frozen=True, slots=True)
class Made:
    """An example and where its texts stand: span ids, so that marks can be shown in them; "" when there is none.

    offsets: where the output begins in its span's `output_text`, -1 when it is not a piece of it.
    """

    example: Example
    input_span: str = ""
    output_span: str = ""
    output_at: int = -1
    trace_id: str = ""


def example_of(
    level: TargetLevel, target_id: str, spans: Sequence[Span], fields: Mapping[str, str] | None = None
) -> Made:
    """The example of a target. spans: of its trace (for a span, too) or session, by start.

    fields: a field of an example to a path, see `paths.find`; what is found there takes the place of what is made here.
    Raises BadInput for a value that the field cannot hold.
    """
    if level == "span":
        made = _of_span(target_id, spans)
    elif level == "session":
        made = _of_session(spans)
    else:
        made = _of_trace(spans)
    if not fields:
        return made
    own = next((span for span in spans if span.span_id == target_id), None) if level == "span" else None
    found = {name: find(path, spans, own) for name, path in fields.items()}
    replaced = read_row({name: value for name, value in found.items() if value is not None})
    values = {name: getattr(made.example, name) for name in Example.__dataclass_fields__}
    values |= {name: getattr(replaced, name) for name in found}
    return Made(
        Example(**values),
        made.input_span,
        "" if "output" in found else made.output_span,
        -1 if "output" in found else made.output_at,
        made.trace_id,
    )


def _of_trace(spans: Sequence[Span]) -> Made:
    asking = next((span for span in spans if span.kind in SPEAKING and _asked(span)), None)
    answering = max(
        (span for span in spans if span.kind in SPEAKING and span.output_text.strip()),
        key=lambda span: (span.end_ns, -span.start_ns),
        default=None,
    )
    calls = [span for span in spans if span.kind == "llm"]
    output = _answered(answering) if answering else None
    begin = min((span.start_ns for span in spans), default=0)
    latency = (max((span.end_ns for span in spans), default=0) - begin) / 1e6
    example = Example(
        input=_asked(asking) if asking else None,
        output=output,
        documents=_documents(spans),
        tools=_tools(calls),
        tool_calls=_tool_calls(spans, calls),
        steps=tuple(_step(span) for span in spans if span.kind in STEPS)[:MOST_STEPS],
        messages=_messages(max(calls, key=lambda span: span.end_ns)) if calls else None,
        latency_ms=latency if spans else None,
        cost_usd=_cost(spans),
        finish_reason=_finish(calls),
    )
    return _placed(example, asking, answering)


def _of_span(target_id: str, spans: Sequence[Span]) -> Made:
    span = next((one for one in spans if one.span_id == target_id), None)
    if span is None:
        return Made(Example())
    before = [one for one in spans if one.kind in ("retriever", "reranker") and one.end_ns <= span.start_ns]
    own = _listed(span.documents) or _listed(span.input_documents)
    output = _answered(span) or (_text(span.tool_result) if span.tool_result is not None else None)
    example = Example(
        input=_asked(span) or (_text(span.tool_arguments) if span.tool_arguments is not None else None),
        output=output,
        documents=own or _documents(before),
        tools=_tools([span]),
        tool_calls=_tool_calls([span], [span]),
        messages=_messages(span) if span.input or span.output else None,
        latency_ms=span.duration_ns / 1e6,
        cost_usd=span.cost_total,
        finish_reason=_finish([span]),
    )
    return _placed(example, span, span)


def _of_session(spans: Sequence[Span]) -> Made:
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    turns = [_of_trace(part) for part in traces.values()]
    said = [
        Message(role, text)
        for turn in turns
        for role, text in (("user", turn.example.input), ("assistant", turn.example.output))
        if text
    ]
    costs = [turn.example.cost_usd for turn in turns if turn.example.cost_usd is not None]
    example = Example(
        input=next((message.content for message in said if message.role == "user"), None),
        output=next((message.content for message in reversed(said) if message.role == "assistant"), None),
        messages=tuple(said) or None,
        steps=tuple(step for turn in turns for step in turn.example.steps or ())[:MOST_STEPS],
        latency_ms=sum(turn.example.latency_ms or 0 for turn in turns) if turns else None,
        cost_usd=sum(costs) if costs else None,
    )
    return Made(example)


def _placed(example: Example, asking: Span | None, answering: Span | None) -> Made:
    at = answering.output_text.rfind(example.output) if answering and example.output else -1
    trace_id = (answering or asking).trace_id if answering or asking else ""  # type: ignore[union-attr]
    return Made(example, asking.span_id if asking else "", answering.span_id if answering else "", at, trace_id)


# Texts


def _asked(span: Span) -> str | None:
    """The last thing a user said, else what went in; None for nothing."""
    for message in reversed(span.input):
        if message.get("role") == "user" and (text := _said(message)):
            return text
    return span.query or _unwrapped(span.input_text, ("input", "question", "query", "prompt", "message"))


def _answered(span: Span) -> str | None:
    """The last thing the model said, else what came out; None for nothing."""
    for message in reversed(span.output):
        if message.get("role", "assistant") in ("assistant", "", "model") and (text := _said(message)):
            return text
    return _unwrapped(span.output_text, ("output", "answer", "response", "result", "text", "content"))


def _said(message: Mapping[str, Any]) -> str:
    parts = [
        part.get("content")
        for part in message.get("parts") or ()
        if isinstance(part, dict) and part.get("type", "text") == "text"
    ]
    return "\n".join(part for part in parts if isinstance(part, str)).strip()


def _unwrapped(text: str, keys: tuple[str, ...]) -> str | None:
    """A text; of an object that functions were given or returned, the one member that is the text."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        try:
            value = json.loads(stripped)
        except ValueError:
            return stripped
        if isinstance(value, dict):
            found = [value[key] for key in keys if isinstance(value.get(key), str)]
            return found[0] if len(found) == 1 else stripped
    return stripped or None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _messages(span: Span) -> tuple[Message, ...] | None:
    said = [Message(str(one.get("role", "")), _said(one)) for one in (*span.input, *span.output)]
    return tuple(message for message in said if message.content) or None


# What was retrieved and done


def _documents(spans: Sequence[Span]) -> tuple[Document, ...] | None:
    """What the answer was given to stand on: what rerankers kept, else what retrievers found; None: nothing looked."""
    kept = [span for span in spans if span.kind == "reranker" and span.documents]
    found = kept or [span for span in spans if span.kind == "retriever"]
    if not found:
        found = [span for span in spans if span.kind == "llm" and (span.documents or span.input_documents)]
    if not found:
        return None
    unique: dict[str, Document] = {}
    for span in found:
        for one in _listed(span.documents or span.input_documents) or ():
            unique.setdefault(one.content, one)
    return tuple(unique.values())


def _listed(documents: Sequence[Any]) -> tuple[Document, ...] | None:
    return tuple(Document(one.content, one.id, one.score) for one in documents if one.content) or None


def _tools(calls: Sequence[Span]) -> tuple[Mapping[str, Any], ...] | None:
    found: dict[str, Mapping[str, Any]] = {}
    for span in calls:
        for tool in span.tool_definitions:
            inner = tool.get("function") if isinstance(tool.get("function"), dict) else tool
            if isinstance(inner, dict) and isinstance(inner.get("name"), str):
                schema: Any = next(
                    (inner[key] for key in ("parameters", "input_schema", "inputSchema") if inner.get(key)), {}
                )
                found[inner["name"]] = {
                    "name": inner["name"],
                    "description": str(inner.get("description") or ""),
                    "parameters": schema,
                }
    return tuple(found.values()) or None


def _tool_calls(spans: Sequence[Span], calls: Sequence[Span]) -> tuple[ToolCall, ...] | None:
    """Calls the models asked for; where their messages do not tell, those that were carried out. None: no tool at all."""
    asked = [
        ToolCall(str(part.get("name", "")), part.get("arguments"))
        for span in calls
        for message in span.output
        for part in message.get("parts") or ()
        if isinstance(part, dict) and part.get("type") == "tool_call"
    ]
    if asked:
        return tuple(asked)
    done = [
        ToolCall(
            span.tool_name or span.name, span.tool_arguments, span.status_message if span.status == "error" else ""
        )
        for span in spans
        if span.kind == "tool"
    ]
    if done:
        return tuple(done)
    return () if any(span.tool_definitions for span in calls) else None


def _step(span: Span) -> Step:
    given = span.tool_arguments if span.tool_arguments is not None else (span.query or span.input_text)
    made = span.tool_result if span.tool_result is not None else span.output_text
    return Step(span.tool_name or span.name, span.kind, given, made, "error" if span.status == "error" else "ok")


def _cost(spans: Sequence[Span]) -> float | None:
    known = [
        span.cost_total
        for span in spans
        if span.kind in BILLABLE_KINDS and span.cost_total is not None and "repeats_child" not in span.flags
    ]
    return sum(known) if known else None


def _finish(calls: Sequence[Span]) -> str:
    last = max((span for span in calls if span.finish_reasons), key=lambda span: span.end_ns, default=None)
    return last.finish_reasons[-1] if last else ""
