"""The engine: raw records of any dialect to canonical ones.

A convention's table and function say what a span means; `plan` chooses what can fire and `memory` remembers it;
`finalise` settles what all dialects have in common (kinds, tokens, times, errors). A sender's odd value costs its
field, never the span.
"""

from collections.abc import Iterable, Sequence

from nervure.base.errors import SettingsError
from nervure.base.plugins import discover
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.raw import RawLog, RawMetricPoint, RawSpan
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.normalise import conventions as folder
from nervure.normalise.apply import Plan, apply_phase, settled
from nervure.normalise.content import complete, contents_of
from nervure.normalise.convention import Convention, Fields
from nervure.normalise.explain import FieldOrigin, explain, preview
from nervure.normalise.fields import FIELDS, known
from nervure.normalise.finalise import finalise
from nervure.normalise.memory import Memory
from nervure.normalise.records import log_record, metric_point
from nervure.normalise.restore import raw_of
from nervure.normalise.scores import scores_of
from nervure.normalise.values import SENDER_FAULTS


class Normaliser:
    """Makes canonical records. Safe to share between threads, also while `use` changes the mappings.

    conventions: dialects to know; None: those of the folder and of entry points. mappings: dialects made of the
    user's mapping files (`mappings.load_mappings`); one with the name of a built-in dialect takes its place.
    Raises SettingsError for a rule that names an unknown field.
    """

    def __init__(self, conventions: Iterable[Convention] | None = None, mappings: Iterable[Convention] = ()) -> None:
        self._built_in = list(discover(folder, "CONVENTION").values() if conventions is None else conventions)
        self.use(mappings)

    def use(self, mappings: Iterable[Convention]) -> None:
        """Read telemetry with these mappings from now on, in place of those before. Raises SettingsError as above."""
        by_name = {convention.name: convention for convention in (*self._built_in, *mappings)}
        conventions = sorted(by_name.values(), key=lambda convention: (convention.order, convention.name))
        for convention in conventions:
            for rule in convention.rules:
                if not known(rule.field):
                    raise SettingsError(f"convention {convention.name}: {rule.field!r} is not a field of a span")
        # One assignment: a span is read by the old conventions or by the new ones, never by some of each.
        self._memory = Memory(conventions)

    @property
    def conventions(self) -> Sequence[Convention]:
        """The dialects in force, in order of precedence."""
        return self._memory.conventions

    def span(self, raw: RawSpan, project: str, received_ns: int) -> Span | None:
        """The canonical span, or None for a placeholder that another span will replace. Never raises for odd values."""
        memory = self._memory
        source = memory.source(raw.origin)
        plan = memory.plan(raw, source)
        fields: Fields = {}
        for phase, fixed in plan.phases:
            apply_phase(phase, fixed, raw, fields)
        if "placeholder" in fields and fields.pop("placeholder"):
            return None
        return finalise(raw, fields, plan.convention, project, received_ns, source.scope)

    def again(self, span: Span) -> Span:
        """A stored span, whole, read by the conventions in force now: equal to the old one when they say the same.

        Content that log records brought stays, as do the marks of other steps and the revision. Prices are left out:
        price it again.
        """
        made = self.span(raw_of(span), span.project, span.received_ns)
        if made is None:
            return span
        contents = contents_of(span)
        made = self.complete(made, contents) if contents else made
        made.revision = span.revision
        return made

    def log(self, raw: RawLog, project: str, received_ns: int) -> LogRecord:
        """The canonical log record."""
        return log_record(raw, project, received_ns, self._memory.source(raw.origin).scope)

    def metric(self, raw: RawMetricPoint, project: str, received_ns: int) -> MetricPoint:
        """The canonical metric point."""
        return metric_point(raw, project, received_ns, self._memory.source(raw.origin).scope)

    def content(self, raw: RawLog) -> Fields | None:
        """What a log record adds to the span it belongs to (by trace and span id), for `complete`; None: nothing."""
        if not raw.span_id:
            return None
        for convention in self._memory.conventions:
            if convention.read_log is None:
                continue
            try:
                fields = convention.read_log(raw)
            except SENDER_FAULTS:
                continue
            if fields:
                read = {name: settled(name, value) for name, value in fields.items() if name in FIELDS}
                return {name: value for name, value in read.items() if value is not None}
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

    def explain_stored(self, span: Span) -> list[FieldOrigin]:
        """The same of a stored span, whole, by the rules now in force; key "log": log records brought it."""
        rows = self.explain(raw_of(span))
        told = {row.field for row in rows}
        brought = {name: value for content in contents_of(span) for name, value in content.items() if name not in told}
        return rows + [FieldOrigin(name, preview(value), "", (), "log") for name, value in brought.items()]

    def plan(self, raw: RawSpan) -> Plan:
        """The plan for spans that look like this one."""
        memory = self._memory
        return memory.plan(raw, memory.source(raw.origin))
