"""The engine: raw records of any dialect to canonical ones.

A convention's table and function say what a span means; `plan` chooses what can fire; `finalise` settles what all
dialects have in common (kinds, tokens, times, errors). A sender's odd value costs its field, never the span.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.base.errors import SettingsError
from nervure.base.plugins import discover
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.raw import Origin, RawLog, RawMetricPoint, RawSpan
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.normalise import conventions as folder
from nervure.normalise.apply import Plan, apply_phase, settled
from nervure.normalise.content import complete
from nervure.normalise.convention import Convention, Fields
from nervure.normalise.explain import FieldOrigin, explain
from nervure.normalise.fields import FIELDS, known
from nervure.normalise.finalise import finalise
from nervure.normalise.plan import SENDER_FAULTS, Fixed, Phase, compile_phase, fixed_of, speakers
from nervure.normalise.records import log_record, metric_point, scope_of
from nervure.normalise.scores import carries_annotations, scores_of

# Plans are remembered for so many kinds of spans; a sender of ever new keys makes us forget all and begin again.
MOST_PLANS = 20_000
# Spans with more attributes are rare, alike to none, and would fill the memory of plans.
MOST_KEYS_REMEMBERED = 256
# The same of a resource and scope, as JSON text.
MOST_SOURCE_CHARACTERS = 16_384


@dataclass(slots=True)
class _Source:
    """What is remembered about one resource and scope."""

    scope: dict[str, Any]
    plans: dict[tuple[str, tuple[str, ...]], Plan] = field(default_factory=dict)
    fixed: dict[int, tuple[Fixed, ...]] = field(default_factory=dict)


class Normaliser:
    """Makes canonical records. Holds only caches: safe to share between threads.

    conventions: dialects to know; None: those of the folder and of entry points. mappings: dialects made of the
    user's mapping files (`mappings.load_mappings`); one with the name of a built-in dialect takes its place.
    Raises SettingsError for a rule that names an unknown field.
    """

    def __init__(self, conventions: Iterable[Convention] | None = None, mappings: Iterable[Convention] = ()) -> None:
        chosen = discover(folder, "CONVENTION").values() if conventions is None else conventions
        by_name = {convention.name: convention for convention in (*chosen, *mappings)}
        self.conventions: Sequence[Convention] = sorted(by_name.values(), key=lambda c: (c.order, c.name))
        for convention in self.conventions:
            for rule in convention.rules:
                if not known(rule.field):
                    raise SettingsError(f"convention {convention.name}: {rule.field!r} is not a field of a span")
        self._log_readers = [c.read_log for c in self.conventions if c.read_log is not None]
        self._sources: dict[tuple[str, str, str, str], _Source] = {}
        self._phases: dict[tuple[int, tuple[str, ...]], Phase] = {}
        self._last: tuple[Origin | None, _Source | None] = (None, None)
        self._remembered = 0

    def span(self, raw: RawSpan, project: str, received_ns: int) -> Span | None:
        """The canonical span, or None for a placeholder that another span will replace. Never raises for odd values."""
        source = self._source(raw.origin)
        plan = self.plan(raw, source)
        fields: Fields = {}
        for phase, fixed in plan.phases:
            apply_phase(phase, fixed, raw, fields)
        if "placeholder" in fields and fields.pop("placeholder"):
            return None
        return finalise(raw, fields, plan.convention, project, received_ns, source.scope)

    def log(self, raw: RawLog, project: str, received_ns: int) -> LogRecord:
        """The canonical log record."""
        return log_record(raw, project, received_ns, self._source(raw.origin).scope)

    def metric(self, raw: RawMetricPoint, project: str, received_ns: int) -> MetricPoint:
        """The canonical metric point."""
        return metric_point(raw, project, received_ns, self._source(raw.origin).scope)

    def content(self, raw: RawLog) -> Fields | None:
        """What a log record adds to the span it belongs to (by trace and span id), for `complete`; None: nothing."""
        if not raw.span_id:
            return None
        for read in self._log_readers:
            try:
                fields = read(raw)
            except SENDER_FAULTS:
                continue
            if fields:
                return _read_fields(fields)
        return None

    def complete(self, span: Span, contents: list[Fields]) -> Span:
        """The span with contents of log records added, in order of time; the span itself when they say nothing new.

        The revision stays: whoever stores a span again says which it is.
        """
        return complete(span, contents)

    def scores(self, raw: RawSpan | RawLog, project: str) -> list[Score]:
        """Judgements carried by a span or log record."""
        if isinstance(raw, RawSpan) and not raw.events and not self.plan(raw).is_judged:
            return []
        return scores_of(raw, project)

    def explain(self, raw: RawSpan) -> list[FieldOrigin]:
        """Which rule of which dialect gave which field of this span."""
        return explain(self.plan(raw), raw, self.span(raw, "default", max(raw.start_ns, raw.end_ns)))

    def plan(self, raw: RawSpan, source: _Source | None = None) -> Plan:
        """The plan for spans that look like this one."""
        source = source or self._source(raw.origin)
        keys = tuple(raw.attributes)
        plan = source.plans.get((raw.name, keys))
        if plan is None:
            plan = self._compile(raw, keys, source)
        return plan

    def _compile(self, raw: RawSpan, keys: tuple[str, ...], source: _Source) -> Plan:
        spoken = speakers(self.conventions, raw)
        is_kept = len(keys) <= MOST_KEYS_REMEMBERED
        phases: list[tuple[Phase, tuple[Fixed, ...]]] = []
        name = "plain"
        for position in spoken:
            convention = self.conventions[position]
            if name == "plain":
                name = convention.name
            phase = self._phases.get((position, keys))
            if phase is None:
                phase = compile_phase(convention, keys)
                if is_kept:
                    self._phases[(position, keys)] = phase
            fixed = source.fixed.get(position)
            if fixed is None:
                fixed = source.fixed[position] = fixed_of(convention, raw.origin)
            if phase.steps or phase.gathers or phase.read or fixed:
                phases.append((phase, fixed))
        plan = Plan(name, tuple(phases), carries_annotations(keys))
        if is_kept:
            self._remembered += 1
            if self._remembered > MOST_PLANS:
                self._forget()
            source.plans[(raw.name, keys)] = plan
        return plan

    def _source(self, origin: Origin) -> _Source:
        last_origin, last_source = self._last
        if last_origin is origin and last_source is not None:
            return last_source
        scope = scope_of(origin)
        identity = (
            origin.resource_json if origin.resource_json != "{}" else repr(origin.resource),
            origin.scope_json, origin.scope_name, origin.scope_version,
        )  # fmt: skip
        source = self._sources.get(identity)
        if source is None:
            source = _Source(scope)
            if len(identity[0]) + len(identity[1]) <= MOST_SOURCE_CHARACTERS:
                if len(self._sources) >= MOST_PLANS:
                    self._forget()
                self._sources[identity] = source
        self._last = (origin, source)
        return source

    def _forget(self) -> None:
        # Whole dicts are replaced, not cleared: another thread may be reading the old ones.
        self._sources, self._phases, self._last, self._remembered = {}, {}, (None, None), 0


def _read_fields(fields: Fields) -> Fields:
    """Fields a log record gave, each as the span's field wants it."""
    read = {name: settled(name, value) for name, value in fields.items() if name in FIELDS}
    return {name: value for name, value in read.items() if value is not None}
