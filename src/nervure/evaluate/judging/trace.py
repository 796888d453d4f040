"""The record of a judgement: a trace in a project of its own, so that it is priced and watched but is nobody's traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import iso
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
    """One answer of one model. cost_usd: None if not known.

    from_memory: nothing was asked and nothing spent now; bought_usd, bought_ns: what the answer cost when it was asked for,
    None if not known, and when. A worker that is killed leaves such answers: paid for, and not yet written down.
    """

    reply: Reply
    endpoint: Endpoint
    seat: Seat
    question: Question
    started_ns: int
    ended_ns: int
    cost_usd: float | None
    from_memory: bool
    tries: int = 1
    bought_usd: float | None = None
    bought_ns: int | None = None


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
    """An evaluator span and below it an llm span for each call; [] when there was none.

    An answer from memory is a span without tokens and cost, because the call was paid for and counted when it was made; its
    attributes say when and for how much. verdict: score, label and explanation, kept as the evaluator's output.
    """
    if not turns:
        return []
    project, trace_id, root_id = project_of(judge, target), ids.token("", 16), ids.token("", 8)
    started_ns, ended_ns = min(turn.started_ns for turn in turns), max(turn.ended_ns for turn in turns)
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
    spent = {f"nervure.judge.{name}": value for name, value in spending(turns).items() if value is not None}
    root = Span(
        trace_id=trace_id, span_id=root_id, name=judge.evaluator, start_ns=started_ns, project=project,
        duration_ns=ended_ns - started_ns, received_ns=ended_ns, kind="evaluator", status="ok", service="nervure-judges",
        output_text=f"{label}: {verdict.get('explanation', '')}", attributes=about | spent, links=links, flags=[FLAG],
    )  # fmt: skip
    return [root, *(_call(turn, project, trace_id, root_id, ids.token("", 8), about) for turn in turns)]


def spending(turns: Sequence[Turn]) -> dict[str, Any]:
    """What a judgement was made of: calls, and answers from memory (from_memory).

    remembered_usd: what the latter cost when they were asked for, None if that is not known; remembered_from: when the
    first of them was.
    """
    kept = [turn for turn in turns if turn.from_memory]
    found: dict[str, Any] = {"calls": len(turns) - len(kept), "from_memory": len(kept)}
    if kept:
        costs = [turn.bought_usd for turn in kept]
        found["remembered_usd"] = None if None in costs else sum(cost or 0.0 for cost in costs)
        since_ns = min((turn.bought_ns for turn in kept if turn.bought_ns is not None), default=None)
        found["remembered_from"] = None if since_ns is None else iso(since_ns)
    return found


def _call(turn: Turn, project: str, trace_id: str, root_id: str, span_id: str, about: Mapping[str, Any]) -> Span:
    reply, seat = turn.reply, turn.seat
    if turn.from_memory:
        spent = {f"nervure.judge.{name}": value for name, value in spending([turn]).items() if value is not None}
        return Span(
            trace_id=trace_id, span_id=span_id, parent_id=root_id, name=f"remembered {seat.model}",
            start_ns=turn.started_ns, project=project, duration_ns=0, received_ns=turn.ended_ns, kind="other", status="ok",
            service="nervure-judges", input_text="\n\n".join(one["content"] for one in turn.question.messages),
            output_text=reply.text, attributes={**about, **spent}, flags=[FLAG],
        )  # fmt: skip
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
