"""How a query is answered: families of measures, each over its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervure.query.calibrated import JUDGED, corrected_measure, corrected_parts, is_corrected
from nervure.query.conditions import Binder, condition, expression
from nervure.query.fields import SPAN_FIELDS
from nervure.query.filter import Ref
from nervure.query.logged import MEASURES as OF_LOGS
from nervure.query.logged import log_parts, log_source
from nervure.query.measures import MEASURES, PARTS, Figure, Measure, Parts
from nervure.query.metered import metric_measure, metric_parts, metric_source
from nervure.query.predicted import MEASURES as OF_PREDICTIONS
from nervure.query.predicted import class_measure, prediction_parts, prediction_source
from nervure.query.query import Checked, check_measure, parse_ref
from nervure.query.rollup import Source, choose
from nervure.query.scored import score_measure, score_parts, score_source
from nervure.store.sql import Sql

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One family of measures over one source. parts: name to aggregate; where: bound conditions of the source."""

    checked: Checked
    source: Source
    measures: tuple[Measure, ...]
    parts: Mapping[str, Sql]
    dimensions: tuple[Sql, ...]

    def order(self) -> str:
        """By which groups are ranked, as SQL over the parts' names."""
        first = self.measures[0]
        if not self.checked.query.order:
            return f"{first.volume} DESC"
        value = first.rolled_value if self.source.is_rolled and first.rolled_value else first.value
        return f"{value} {self.checked.query.order.upper()} NULLS LAST"


def plans_of(checked: Checked, project: str, now_ns: int, table: str = "spans") -> list[Plan]:
    """A plan for what the roll-ups know, one for what only spans know, one for each score; in the order asked for.

    table: where spans are read from (`revisions.spans_table`).
    """
    where = condition(checked.where, project, now_ns, checked.fields)
    dimensions = dimensions_of(checked)
    refs = checked.where.refs() | {dimension.ref for dimension in checked.by}
    can_roll = all(_is_rolled(ref) for ref in refs)
    families: dict[str, list[str]] = {}
    for name in checked.measures:
        families.setdefault(_family(name, can_roll), []).append(name)
    plans = []
    for family, names in families.items():
        if family.startswith("corrected:"):
            plans.append(_corrected(checked, names[0], project, where, dimensions, table))
        elif family.startswith("score:"):
            score = family.removeprefix("score:")
            measures = [score_measure(name) for name in names]
            source = score_source(score, checked, project, where, table)
            plans.append(Plan(checked, source, tuple(measures), score_parts(measures), dimensions))
        elif family.startswith("metric:"):
            metric = family.removeprefix("metric:")
            metered = [metric_measure(name) for name in names]
            source = metric_source(metric, checked, project, where)
            plans.append(Plan(checked, source, tuple(metered), metric_parts(metered), dimensions))
        elif family == "logs":
            logged = [OF_LOGS[name] for name in names]
            source = log_source(checked, project, where)
            plans.append(Plan(checked, source, tuple(logged), log_parts(logged), dimensions))
        elif family == "predictions":
            plans.append(_predicted(checked, names, prediction_source(checked, project, where), dimensions))
        else:
            source = choose(checked, project, now_ns, where, can_roll=family == "rolled", table=table)
            plans.append(_plan(checked, names, source, dimensions))
    return plans


def _family(name: str, can_roll: bool) -> str:
    if is_corrected(name):
        return f"corrected:{name}"
    if name.startswith(("score:", "metric:")):
        return name.rpartition(".")[0]
    if name.startswith("distinct:"):
        return "spans"
    if name in OF_LOGS:
        return "logs"
    if name.startswith("prediction:") or name in OF_PREDICTIONS:
        return "predictions"
    return "rolled" if can_roll and all(PARTS[part].rolled for part in MEASURES[name].parts) else "spans"


def _corrected(
    checked: Checked, name: str, project: str, where: Sql | None, dimensions: tuple[Sql, ...], table: str
) -> Plan:
    score = name.removeprefix("score:").rpartition(".")[0]
    source = score_source(score, checked, project, where, table, JUDGED)
    return Plan(checked, source, (corrected_measure(name),), corrected_parts(), dimensions)


def _plan(checked: Checked, names: Sequence[str], source: Source, dimensions: tuple[Sql, ...]) -> Plan:
    measures: list[Measure] = []
    parts: dict[str, Sql] = {}
    for name in names:
        if name.startswith("distinct:"):
            measure, part = distinct_measure(name, f"distinct_{len(parts)}")
            parts[measure.parts[0]] = part
        else:
            measure = MEASURES[name]
            parts |= {
                part: Sql(PARTS[part].rolled if source.is_rolled else PARTS[part].spans) for part in measure.parts
            }
        measures.append(measure)
    return Plan(checked, source, tuple(measures), parts, dimensions)


def _predicted(checked: Checked, names: Sequence[str], source: Source, dimensions: tuple[Sql, ...]) -> Plan:
    measures: list[Measure] = []
    parts: dict[str, Sql] = {}
    for at, name in enumerate(names):
        if name in OF_PREDICTIONS:
            measures.append(OF_PREDICTIONS[name])
            parts |= prediction_parts([OF_PREDICTIONS[name]])
        else:
            measure, of_class = class_measure(name, at)
            measures.append(measure)
            parts |= of_class
    return Plan(checked, source, tuple(measures), parts, dimensions)


def distinct_measure(name: str, part: str) -> tuple[Measure, Sql]:
    """distinct:<field>: how many different values, exact to about 50,000 and within 0.2 % beyond."""
    ref = parse_ref(name.removeprefix("distinct:"))
    binder = Binder(f"{part}_")
    field = SPAN_FIELDS.find(ref.field)
    is_list = field is not None and field.type == "list"
    sql = expression(ref, binder)
    counted = f"uniqCombined64Array(20)({sql})" if is_list else f"uniqCombined64If(20)({sql}, toString({sql}) != '')"

    def figure(parts: Parts, seconds: float) -> Figure:
        return Figure(int(parts[part]), int(parts[part]))

    return Measure(name, "values", f"different values of {ref.field}", (part,), figure, part, part), Sql(
        counted, binder.values
    )


def unit_of(name: str) -> str:
    """The unit of a measure's values; "" where only telemetry tells it. Raises QueryError for a measure there is not."""
    check_measure(name)
    if is_corrected(name):
        return corrected_measure(name).unit
    match name.partition(":"):
        case "score", ":", _:
            return score_measure(name).unit
        case "metric", ":", _:
            return metric_measure(name).unit
        case "distinct", ":", _:
            return distinct_measure(name, "distinct")[0].unit
        case "prediction", ":", _:
            return class_measure(name, 0)[0].unit
    return {**MEASURES, **OF_LOGS, **OF_PREDICTIONS}[name].unit


def dimensions_of(checked: Checked) -> tuple[Sql, ...]:
    """Each dimension as text."""
    made = []
    for index, dimension in enumerate(checked.by):
        binder = Binder(f"d{index}_")
        field = checked.fields.find(dimension.ref.field)
        sql = expression(dimension.ref, binder, checked.fields)
        if field is not None and field.type == "list":
            sql = f"arrayJoin({sql})"
        made.append(Sql(f"ifNull(toString({sql}), '')", binder.values))
    return tuple(made)


def _is_rolled(ref: Ref) -> bool:
    field = SPAN_FIELDS.find(ref.field)
    return field is not None and field.is_rolled
