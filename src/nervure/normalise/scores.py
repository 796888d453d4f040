"""Judgements that travel with telemetry: evaluation events and annotations on spans."""

from collections.abc import Iterable, Mapping
from typing import Any

from nervure.base.ids import digest
from nervure.model.raw import RawLog, RawSpan
from nervure.model.score import Score, Source, TargetType
from nervure.normalise.indexed import entries_of
from nervure.normalise.values import dict_from, flag_from, number_from, text_from

EVALUATION = "gen_ai.evaluation.result"
_KINDS: dict[str, Source] = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}
_SCOPES: tuple[tuple[str, TargetType], ...] = (("", "span"), ("trace.", "trace"), ("session.", "session"))


def scores_of(raw: RawSpan | RawLog, project: str) -> list[Score]:
    """Scores a span or a log record carries; ids are stable, so the same telemetry again makes the same scores."""
    if isinstance(raw, RawLog):
        name = raw.event_name or raw.attributes.get("event.name")
        if name != EVALUATION:
            return []
        body = raw.body if isinstance(raw.body, Mapping) else {}
        score = _evaluation({**body, **raw.attributes}, raw.trace_id, raw.span_id, raw.time_ns, project)
        return [score] if score else []
    scores = []
    for event in raw.events:
        if event.name == EVALUATION:
            score = _evaluation(event.attributes, raw.trace_id, raw.span_id, event.time_ns, project)
            scores.extend([score] if score else [])
    if carries_annotations(raw.attributes):
        scores.extend(_annotations(raw, project))
    return scores


def carries_annotations(keys: Iterable[str]) -> bool:
    """Whether these attribute keys hold judgements."""
    return any(key.startswith(_STARTS) for key in keys)


_STARTS = tuple(
    f"{scope}{word}." for scope, _ in _SCOPES for word in ("annotations", "evaluations")
)  # fmt: skip


def _evaluation(said: Mapping[str, Any], trace: str, span: str, time_ns: int, project: str) -> Score | None:
    name = text_from(said.get("gen_ai.evaluation.name"))
    if name is None:
        return None
    target: TargetType = "span" if span or not trace else "trace"
    value, label = said.get("gen_ai.evaluation.score.value"), said.get("gen_ai.evaluation.score.label")
    # Without a span id the evaluated call is found by its response id.
    response = "" if span else text_from(said.get("gen_ai.response.id")) or ""
    score = _score(project, name, target, span or trace or response, trace, value, label, time_ns, response)
    score.explanation = text_from(said.get("gen_ai.evaluation.explanation")) or ""
    for key in ("gen_ai.response.id", "error.type"):
        if text := text_from(said.get(key)):
            score.metadata[key] = text
    return score


def _annotations(raw: RawSpan, project: str) -> list[Score]:
    """OpenInference: annotations.N.annotation.* and evaluations.N.evaluation.*, of a span, trace or session."""
    scores = []
    session = text_from(raw.attributes.get("session.id")) or ""
    targets = {"span": raw.span_id, "trace": raw.trace_id, "session": session}
    for scope, target in _SCOPES:
        for plural, word in (("annotations", "annotation"), ("evaluations", "evaluation")):
            for entry in entries_of(raw.attributes, f"{scope}{plural}"):
                said = entry.get(word)
                if not isinstance(said, dict) or not targets[target]:
                    continue
                name = text_from(said.get("name"))
                if name is None:
                    continue
                score = _score(project, name, target, targets[target], raw.trace_id, said.get("score"),
                               said.get("label"), raw.end_ns)  # fmt: skip
                score.explanation = text_from(said.get("explanation")) or ""
                score.source = _KINDS.get(str(said.get("annotator_kind")).upper(), "code")
                score.author = text_from(said.get("identifier")) or ""
                score.metadata = dict_from(said.get("metadata")) or {}
                scores.append(score)
    return scores


def _score(
    project: str, name: str, target: TargetType, target_id: str, trace: str, value: Any, label: Any, time_ns: int,
    response: str = "",
) -> Score:  # fmt: skip
    number = number_from(value)
    if number is None and (said := flag_from(value)) is not None:
        number = float(said)
    text = text_from(label) or (text_from(value) if number is None else None) or ""
    identity = "\n".join((project, target, target_id, trace, name, str(time_ns), *([response] if response else ())))
    return Score(
        id=f"score_{digest(identity.encode('utf-8', 'replace'))[:32]}",
        name=name,
        target_type=target,
        target_id=target_id,
        project=project,
        trace_id=trace,
        data_type="boolean" if isinstance(value, bool) else "numeric" if number is not None else "categorical",
        value=number,
        label=text,
        time_ns=time_ns,
    )
