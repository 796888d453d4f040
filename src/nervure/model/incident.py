"""An incident: findings that belong together, what explains them, and what people did about it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.model.alert import RuleAlert
from nervure.model.alert import Severity as Severity
from nervure.model.change import Change

Cause = Literal[
    "provider_outage", "rate_limited", "latency_degradation", "capacity_saturation", "routing_change", "model_change",
    "prompt_regression", "retrieval_degradation", "embedding_mismatch", "input_drift", "output_quality_regression",
    "runaway_cost", "tool_failure", "truncation", "abuse", "data_quality", "instrumentation_gap", "unknown",
]  # fmt: skip
Nature = Literal["transient", "systematic", "unknown"]
Status = Literal["open", "acknowledged", "mitigated", "closed"]
TimelineKind = Literal["finding", "change", "diagnosis", "note", "notification", "status", "merge", "split"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation for or against a cause.

    text: in plain words, its numbers included. supports: True speaks for the cause. weight: log10 of how many times
    likelier the observation is under the cause than otherwise (>= 0). query: the Query (as JSON) that answers the
    number again; None where no query does.
    """

    text: str
    supports: bool
    weight: float
    query: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A cause with what speaks for and against it. confidence: 0 to 1, over all hypotheses at most 1 together."""

    cause: Cause
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What explains findings that begin together.

    scope: the smallest scopes that carry the change, canonical field to value; one empty dict is the whole project.
    rivals: the other hypotheses, likeliest first. changes: near the onset, likeliest first. before, after: trace ids of
    exemplars. ruled_out: said when the cause is unknown, and otherwise what was looked at without finding anything.
    """

    cause: Cause
    nature: Nature
    confidence: float
    severity: Severity
    scope: tuple[dict[str, str], ...]
    title: str
    narrative: str
    evidence: tuple[Evidence, ...] = ()
    rivals: tuple[Hypothesis, ...] = ()
    changes: tuple[Change, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an incident's timeline. author: "" for the system."""

    time_ns: int
    kind: TimelineKind
    text: str
    author: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that belong together, from the first to the moment all is as expected again.

    onset_ns: when the change is estimated to have begun; opened_ns: when it was found; closed_ns: 0 while it lasts.
    measures: Query measures of its findings. findings: their ids. roles: role to person, e.g. {"lead": "mia"}.
    alerts: those of SLOs, budgets and monitors that are part of it.
    """

    id: str
    project: str
    onset_ns: int
    opened_ns: int
    updated_ns: int
    closed_ns: int
    status: Status
    diagnosis: Diagnosis
    measures: tuple[str, ...]
    findings: tuple[str, ...]
    timeline: tuple[Happening, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    alerts: tuple[RuleAlert, ...] = ()
