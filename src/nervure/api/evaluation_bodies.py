"""Rules of online evaluation as the API takes them: checked here, so that what is kept can be run."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nervure.api.auth import Access
from nervure.evaluate.evaluator import Example
from nervure.evaluate.online.paths import check as check_path
from nervure.evaluate.resolver import Resolver
from nervure.model.batch import Batch
from nervure.model.evaluation import Choice, Rule, Sampling, TailBy, TargetLevel
from nervure.model.span import Span
from nervure.query.fields import SPAN_FIELDS
from nervure.query.filter import parse

MOST_CHOICES = 50
# Conversations pause: a session is complete when nothing has come for so long.
SESSION_SETTLE_S = 600.0


class ChoiceBody(BaseModel):
    """One evaluator of a rule."""

    model_config = ConfigDict(extra="forbid")
    evaluator: str = Field(min_length=1, max_length=300, examples=["groundedness", "judge:tone", "custom:short"])
    score: str = Field("", max_length=200, description="Name of its scores; empty: the evaluator's own.")
    settings: dict[str, Any] = {}
    fields: dict[str, str] = Field(
        {}, description='Field of an example to where it stands in the spans, e.g. {"output": "root.metadata.answer"}.'
    )

    @model_validator(mode="after")
    def _known_fields(self) -> "ChoiceBody":
        for name, path in self.fields.items():
            if name not in Example.__dataclass_fields__:
                raise ValueError(
                    f"{name} is no field of an example; there are: {', '.join(Example.__dataclass_fields__)}"
                )
            check_path(path)
        return self

    def choice(self) -> Choice:
        """The noun."""
        return Choice(self.evaluator, self.score, self.settings, self.fields)


class SamplingBody(BaseModel):
    """How many of the targets that pass the filter are scored; a target is taken when any of these takes it."""

    model_config = ConfigDict(extra="forbid")
    rate: float = Field(1.0, ge=0, le=1, description="Random share of all.")
    stratify_by: str = Field("", description="A field of spans, e.g. model: of each of its values per_hour targets.")
    per_hour: int = Field(0, ge=0, le=1_000_000, description="Of each value of stratify_by about so many an hour.")
    errors: bool = Field(False, description="All targets with a failed span.")
    tail_by: TailBy = Field("", description="The dearest, the slowest, or those a score is least certain about.")
    tail_share: float = Field(0.0, ge=0, le=1, description="Size of the tail, e.g. 0.05.")
    tail_score: str = Field("", description="With uncertainty: the score.")
    tail_threshold: float = Field(0.5, ge=0, le=1, description="With uncertainty: nearest to this value.")
    rows_per_day: int | None = Field(None, ge=0, description="Most targets of a UTC day; null: any number.")
    usd_per_day: float | None = Field(
        None, ge=0, description="Most that judges may spend on a UTC day; null: no limit here."
    )

    @model_validator(mode="after")
    def _complete(self) -> "SamplingBody":
        field = SPAN_FIELDS.find(self.stratify_by) if self.stratify_by else None
        if self.stratify_by and (field is None or field.takes_key or field.type not in ("text", "bool")):
            near = SPAN_FIELDS.nearest(self.stratify_by)
            raise ValueError(
                f"stratify_by = {self.stratify_by!r} is no text field of spans"
                + (f": did you mean {near}?" if near else "")
            )
        if bool(self.stratify_by) != bool(self.per_hour):
            raise ValueError("stratify_by and per_hour go together: name a field and how many of each value an hour")
        if bool(self.tail_by) != bool(self.tail_share):
            raise ValueError("tail_by and tail_share go together: e.g. latency and 0.05")
        if (self.tail_by == "uncertainty") != bool(self.tail_score):
            raise ValueError("tail_by uncertainty needs tail_score, the score it is about, and only that does")
        if not (self.rate or self.per_hour or self.errors or self.tail_by):
            raise ValueError("nothing would be scored: give a rate, a stratum, errors or a tail")
        return self

    def sampling(self) -> Sampling:
        """The noun."""
        return Sampling(**self.model_dump())


class EvaluationRuleBody(BaseModel):
    """What is scored, by what, and how much of it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("", max_length=200)
    level: Literal["trace", "span", "session"] = Field("trace", description="What gets the scores.")
    where: str = Field("", description="A filter over spans: a trace is a target when one of its spans passes.")
    evaluators: list[ChoiceBody] = Field(min_length=1, max_length=MOST_CHOICES)
    sampling: SamplingBody = Field(default_factory=lambda: SamplingBody.model_validate({}))
    settle_s: float | None = Field(
        None, ge=1, le=86_400, description="Complete when nothing came for so long; by default 10 s, sessions 600 s."
    )
    enabled: bool = True

    @model_validator(mode="after")
    def _names_differ(self) -> "EvaluationRuleBody":
        names = [one.choice().name for one in self.evaluators]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two evaluators would write the score {', '.join(twice)}: give one another `score` name")
        return self

    def rule(self, project: str, rule_id: str = "") -> Rule:
        """The noun. Raises FilterError for a wrong filter."""
        parse(self.where)
        level: TargetLevel = self.level
        settle_s = self.settle_s if self.settle_s is not None else SESSION_SETTLE_S if level == "session" else 10.0
        return Rule(
            id=rule_id, project=project, name=self.name.strip(), choices=tuple(one.choice() for one in self.evaluators),
            level=level, where=self.where.strip(), sampling=self.sampling.sampling(), settle_s=settle_s, enabled=self.enabled,
        )  # fmt: skip


def resolver_of(access: Access, run: str = "") -> Resolver:
    """Evaluators as the request's project knows them; close it. Traces of judges are stored by this server itself."""
    house = access.house

    def record(spans: list[Span]) -> None:
        house.intake.submit(Batch(spans=spans, wire="judge", bytes=1))

    return Resolver(house.catalog, house.settings, house.clock, house.pricer, access.project, run, None, record)
