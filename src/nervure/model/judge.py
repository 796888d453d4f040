"""Judges: language models that score by a rubric, where they are reached, and what they may spend."""

from dataclasses import dataclass, field
from typing import Any, Literal

EndpointKind = Literal["openai", "anthropic"]
Structured = Literal["auto", "json_schema", "json_object", "text"]
Vote = Literal["majority", "mean"]
# What a judge says when it cannot tell; no grade may be called so.
ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible or Anthropic server.

    project: whose judges may use it, "" for all. url: base URL; /chat/completions or /v1/messages is added. api_key and
    headers are secrets. provider: by which prices are found, "" for that of the kind. concurrency: calls at the same
    time in one process. retries: further tries after a refusal that may pass (429, 5xx, no connection).
    usd_per_day: most that all its judges together may spend in a day (UTC), None for no limit.
    """

    id: str
    project: str
    name: str
    kind: EndpointKind = "openai"
    url: str = ""
    api_key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    provider: str = ""
    timeout_s: float = 60.0
    concurrency: int = 4
    retries: int = 4
    usd_per_day: float | None = None
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """One member of a judge's panel.

    endpoint: its name. temperature: None leaves it to the endpoint. input_usd, output_usd: price of a million tokens,
    None for the price book's; 0 for a model of one's own. params: further members of the request's body.
    """

    endpoint: str
    model: str
    temperature: float | None = 0.0
    max_output_tokens: int = 1024
    structured: Structured = "auto"
    input_usd: float | None = None
    output_usd: float | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grade:
    """One answer a judge may give. score: 0 (worst) to 1 (best). means: when it is right, in words."""

    label: str
    score: float
    means: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example shown to the judge. fields: of an example, by name, as text."""

    fields: dict[str, str]
    label: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges what by which rubric.

    rubric: the name of a shipped one; `custom` takes its criteria and grades from here, and for the others they replace
    the shipped ones when given. panel: each member judges `repeats` times. vote: the label most votes have, or the mean
    of their scores. both_orders: comparisons are asked in both orders. stop_early: no further votes are bought once they
    could not change the majority. usd_per_day, usd_per_run, usd_in_all: limits, None for none. max_input_chars: longer
    examples are not judged. labels: name of the score by people it is held against, "" for its own. trace_project: where
    its calls are recorded, "" for `<project>-judges`. health_every_s: how often the frozen set is judged again, 0 never.
    version: counts changes that may change a verdict.
    """

    id: str
    project: str
    name: str
    rubric: str = "custom"
    panel: tuple[Seat, ...] = ()
    criteria: str = ""
    grades: tuple[Grade, ...] = ()
    shots: tuple[Shot, ...] = ()
    needs: tuple[str, ...] = ()
    threshold: float | None = None
    repeats: int = 1
    vote: Vote = "majority"
    both_orders: bool = True
    stop_early: bool = True
    usd_per_day: float | None = None
    usd_per_run: float | None = None
    usd_in_all: float | None = None
    max_input_chars: int = 60_000
    labels: str = ""
    trace_project: str = ""
    health_every_s: int = 86_400
    is_paused: bool = False
    version: int = 1
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0

    @property
    def evaluator(self) -> str:
        """Its name among evaluators."""
        return f"judge:{self.name}"


@dataclass(frozen=True, slots=True)
class Account:
    """Money of one purpose, e.g. a judge's day. limit_usd: None for no limit, which only keeps the sum."""

    name: str
    limit_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """spent_usd: settled. reserved_usd: upper estimate of the calls under way. calls: settled ones."""

    name: str
    spent_usd: float = 0.0
    reserved_usd: float = 0.0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """An example of a judge's frozen set, judged again on schedule. label: what people say, 0 to 1, None if unknown."""

    id: str
    judge_id: str
    example: dict[str, Any]
    label: float | None = None
    created_ns: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One round over the frozen set.

    scores: by probe the scores of each repeat, None for an abstention. labels: the same as labels. models: what answered.
    state: done, or failed with the reason in `error`.
    """

    id: str
    judge_id: str
    judge_version: int
    started_ns: int
    ended_ns: int
    scores: dict[str, list[float | None]]
    labels: dict[str, list[str]]
    models: tuple[str, ...] = ()
    cost_usd: float | None = None
    state: str = "done"
    error: str = ""
