"""The record of a judgement: a trace in a project of its own, so that it is priced and watched but is nobody's traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.ids import IdSource
from nervure.evaluate.judging.client import Reply, get_client
from nervure.evaluate.judging.question import Question
from nervure.model.judge import Endpoint, Judge, Seat
from nervure.model.span import Message, Span, SpanLink

# Flag of every span a judge makes.
FLAG = "judge"
SUFFIX = "-judges"


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of one model. cost_usd: None if not known. from_memory: nothing was asked and nothing spent."""

    reply: Reply
    endpoint: Endpoint
    seat: Seat
    question: Question
    started_ns: int
    ended_ns: int
    cost_usd: float | None
    from_memory: bool
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    """What is judged: project, trace and span id; any may be ""."""

    project: str = ""
    trace_id: str = ""
    span_id: str = ""


def project_of(judge: Judge, target: Target) -> str:
    """Where the judge's own calls are recorded."""
    return judge.trace_project or f"{target.project or judge.project or 'default'}{SUFFIX}"


def spans_of(
    judge: Judge, target: Target, turns: Sequence[Turn], verdict: Mapping[str, Any], ids: IdSource
) -> list[Span]:
    """An evaluator span and below it an llm span for each call; [] when everything came from memory.

    verdict: score, label and explanation, kept as the evaluator's output.
    """
    asked = [turn for turn in turns if not turn.from_memory]
    if not asked:
        return []
    project, trace_id, root_id = project_of(judge, target), ids.token("", 16), ids.token("", 8)
    started_ns, ended_ns = min(turn.started_ns for turn in asked), max(turn.ended_ns for turn in asked)
    links = [SpanLink(target.trace_id, target.span_id)] if target.trace_id else []
    about = {
        "nervure.judge": judge.name,
        "nervure.judge.version": str(judge.version),
        "nervure.judge.rubric": judge.rubric,
    }
    if target.trace_id:
        about |= {"nervure.judged.project": target.project, "nervure.judged.trace_id": target.trace_id}
        about |= {"nervure.judged.span_id": target.span_id}
    label = str(verdict.get("label", ""))
    root = Span(
        trace_id=trace_id, span_id=root_id, name=judge.evaluator, start_ns=started_ns, project=project,
        duration_ns=ended_ns - started_ns, received_ns=ended_ns, kind="evaluator", status="ok", service="nervure-judges",
        output_text=f"{label}: {verdict.get('explanation', '')}", attributes=about, links=links, flags=[FLAG],
    )  # fmt: skip
    return [root, *(_call(turn, project, trace_id, root_id, ids.token("", 8), about) for turn in asked)]


def _call(turn: Turn, project: str, trace_id: str, root_id: str, span_id: str, about: Mapping[str, Any]) -> Span:
    reply, seat = turn.reply, turn.seat
    system = "\n\n".join(one["content"] for one in turn.question.messages if one["role"] == "system")
    asked = [_message(one["role"], one["content"]) for one in turn.question.messages if one["role"] != "system"]
    return Span(
        trace_id=trace_id, span_id=span_id, parent_id=root_id, name=f"chat {seat.model}", start_ns=turn.started_ns,
        project=project, duration_ns=turn.ended_ns - turn.started_ns, received_ns=turn.ended_ns, kind="llm", status="ok",
        service="nervure-judges", provider=turn.endpoint.provider or get_client(turn.endpoint.kind).provider,
        request_model=seat.model, response_model=reply.model, response_id=reply.id, operation="chat",
        input_tokens=reply.input_tokens, output_tokens=reply.output_tokens,
        cached_input_tokens=reply.cached_tokens or None,
        total_tokens=None if reply.input_tokens is None else reply.input_tokens + (reply.output_tokens or 0),
        cost_total=turn.cost_usd, cost_source="judge" if turn.cost_usd is not None else "unpriced",
        finish_reasons=["length"] if reply.is_cut else ["stop"],
        params={"temperature": seat.temperature, "max_tokens": seat.max_output_tokens},
        input=asked, output=[_message("assistant", reply.text)], system_prompt=system,
        input_text="\n\n".join(one["content"] for one in turn.question.messages if one["role"] != "system"),
        output_text=reply.text, attributes={**about, "nervure.judge.tries": turn.tries}, flags=[FLAG],
    )  # fmt: skip


def _message(role: str, text: str) -> Message:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
