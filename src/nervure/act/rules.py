"""Alerts of rules that people made (SLOs, budgets, monitors) as detection takes them into incidents."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from nervure.act.alerting import MonitorAlerts
from nervure.act.monitoring import types
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.catalog.catalog import Catalog
from nervure.detect.groups import Group
from nervure.detect.slo.alerts import Alerts, ObjectiveAlert
from nervure.explain.words import FIELDS, scope_words
from nervure.model.alert import Raised, RuleAlert, RuleKind
from nervure.model.finding import Direction, Finding
from nervure.model.incident import Diagnosis, Severity
from nervure.model.monitor import Alert, Monitor
from nervure.model.notification import Urgency
from nervure.model.objective import Budget, Slo
from nervure.query.filter import And, Compare, parse
from nervure.query.plans import unit_of
from nervure.query.query import Query
from nervure.query.slices import DIMENSIONS

SEVERITY: dict[Urgency, Severity] = {"page": "high", "ticket": "medium", "info": "low"}
# So long an alert waits for an incident before it is told by itself: detection looks every minute at what ended a minute
# ago, and what has to be heard does not wait for detection that is behind or cannot read.
PATIENCE_S = 300
ORDER: Sequence[Severity] = ("low", "medium", "high", "critical")
# What is bad of an SLO's events, by its kind; a custom one's events may be anything.
MEASURES = {"availability": "error_rate", "latency": "latency.slow", "ttft": "ttft.slow", "custom": "bad_events"}
DIMENSION = {field: dimension for dimension, field in FIELDS.items()}


def standing(catalog: Catalog, project: str, since_ns: int, firing: Collection[str] = ()) -> list[Raised]:
    """Alerts of the project's rules that last, or have ended since.

    firing: keys of those that are taken to last still. They come whenever they ended: that an alert has ended is seen
    some time after it did, when detection has got further.
    """
    return [
        one for one in _all(catalog, project)
        if not one.alert.end_ns or one.alert.end_ns > since_ns or one.key in firing
    ]  # fmt: skip


def _all(catalog: Catalog, project: str) -> Iterator[Raised]:
    kept = Alerts(catalog.notes)
    for slo in catalog.slos.list():
        if slo.project == project:
            yield from (of_slo_alert(slo, one) for one in kept.of(slo.id) if one.opens)
    for budget in catalog.budgets.list():
        if budget.project == project:
            yield from (of_budget_alert(budget, one) for one in kept.of(budget.id) if one.opens)
    said = MonitorAlerts(catalog.notes)
    for monitor in catalog.monitors.list():
        if monitor.project == project and not monitor.is_paused:
            yield from (of_monitor_alert(monitor, one) for one in said.of(monitor.id))


def of_slo_alert(slo: Slo, alert: ObjectiveAlert) -> Raised:
    """A burn rate alert of an SLO."""
    measure = f"score:{slo.score}.low" if slo.kind == "quality" else MEASURES[slo.kind]
    return _of_objective("slo", slo, alert, measure, scope_within(slo.where), slo.where, "ratio")


def of_budget_alert(budget: Budget, alert: ObjectiveAlert) -> Raised:
    """A budget that is spent."""
    scope = {DIMENSION.get(name, name): value for name, value in alert.scope.items()}
    return _of_objective("budget", budget, alert, "cost.sum", scope, "", "USD")


def of_monitor_alert(monitor: Monitor, alert: Alert) -> Raised:
    """An alert of a monitor, of one of its groups."""
    asked = Query.of(monitor.query)
    measure = f"drift.{monitor.settings.get('field', '')}" if types()[monitor.type].samples else asked.measure[0]
    where = str(monitor.query.get("where", ""))
    scope = scope_within(where) | {DIMENSION.get(name, name): value for name, value in alert.by.items()}
    limit = alert.expected if alert.expected is not None else alert.value or 0.0
    observed = alert.value if alert.value is not None else limit
    text = f"{monitor.name}: {alert.text}"
    finding = rule_finding(
        monitor_finding_id(alert), monitor.project, measure, scope, alert.start_ns, observed, limit, 0,
        {"where": where, "text": text, "unit": _unit(monitor, alert)},
    )  # fmt: skip
    told = RuleAlert(
        "monitor", monitor.id, monitor.name, finding.id, _severity(monitor.severity), text, alert.start_ns, alert.end_ns,
        dict(alert.by),
    )  # fmt: skip
    return Raised(told, replace(finding, monitor=monitor.id, found_ns=max(alert.told_ns, alert.start_ns)))


def _unit(monitor: Monitor, alert: Alert) -> str:
    """Of what was observed: of the measure, or of the effect where the type measures one itself."""
    kind = types()[monitor.type]
    if kind.samples:
        return str((alert.effect or {}).get("unit", ""))
    # Of two values that are compared with each other the limit is a number of its own.
    if any(option.kind == "query" for option in kind.options.values()):
        return ""
    return unit_of(Query.of(monitor.query).measure[0])


def monitor_finding_id(alert: Alert) -> str:
    """The id of the finding a monitor's alert becomes."""
    return finding_id(alert.monitor, repr(sorted(alert.by.items())), alert.start_ns)


def finding_id(rule: str, key: str, start_ns: int) -> str:
    """The id of the finding an alert of a rule becomes: the way from the rule to its incident."""
    return digest(f"{rule}/{key}/{start_ns}".encode())[:16]


def _of_objective(
    kind: RuleKind,
    rule: Slo | Budget,
    alert: ObjectiveAlert,
    measure: str,
    scope: dict[str, str],
    where: str,
    unit: str,
) -> Raised:
    finding = rule_finding(
        finding_id(rule.id, alert.key, alert.start_ns), rule.project, measure, scope, alert.start_ns, alert.observed,
        alert.limit, alert.n, {"where": where, "text": alert.text, "unit": unit},
    )  # fmt: skip
    labels = {"team": rule.team, "objective": rule.name}
    told = RuleAlert(
        kind, rule.id, rule.name, finding.id, SEVERITY[alert.urgency], alert.text, alert.start_ns, alert.end_ns,
        {name: value for name, value in labels.items() if value},
    )  # fmt: skip
    return Raised(told, replace(finding, objective=rule.id))


def rule_finding(
    id: str, project: str, measure: str, scope: dict[str, str], start_ns: int, observed: float, limit: float, n: int,
    said: dict[str, str],
) -> Finding:  # fmt: skip
    """The finding of an alert of a rule. said: where and text; unit. It names no rule yet."""
    direction: Direction = "up" if observed >= limit else "down"
    return Finding(
        id, project, measure, scope, start_ns, start_ns, start_ns, start_ns, observed, limit, limit, limit, 0.0, direction,
        n, float(n), unit=said.get("unit", ""), details={"where": said["where"], "text": said["text"]},
    )  # fmt: skip


def scope_within(where: str) -> dict[str, str]:
    """The dimensions a filter pins down, e.g. service of `service = "chat" and duration > 1s`; what else it says narrows
    them further."""
    try:
        root = parse(where).root
    except BadInput:
        return {}
    scope: dict[str, str] = {}
    for node in root.nodes if isinstance(root, And) else (root,):
        if isinstance(node, Compare) and node.operator == "=":
            name = DIMENSION.get(node.ref.field, node.ref.field)
            if name in DIMENSIONS and not node.ref.key:
                scope[name] = str(node.value)
    return scope


def ruled(found: Diagnosis, group: Group) -> Diagnosis:
    """The diagnosis of a group as its rules have it: as bad as the worst of them says, and named after them where
    nothing is known of the cause."""
    alerts = sorted((one.alert for one in group.raised.values()), key=lambda one: (-_rank(one.severity), one.start_ns))
    if not alerts:
        return found
    found = replace(found, severity=ORDER[max(_rank(found.severity), _rank(alerts[0].severity))])
    if found.cause != "unknown" or group.alarms:
        return found
    first = alerts[0]
    return replace(found, title=first.text.rstrip("."), narrative=f"{first.text}\n\n{found.narrative}")


def located(found: Diagnosis, findings: Sequence[Finding]) -> Diagnosis:
    """The diagnosis of what only metrics of machines tell: spans do not say where it is, so what was found does."""
    if found.cause != "unknown" or not all(one.measure.startswith("metric:") for one in findings):
        return found
    scope = dict(set.intersection(*(set(one.scope.items()) for one in findings)))
    names = ", ".join(sorted({one.measure for one in findings})[:2])
    return replace(found, scope=(scope,), title=f"Unexplained change of {names}: {scope_words(scope)}")


def _severity(said: str) -> Severity:
    return next(one for one in ORDER if one == said)


def _rank(severity: str) -> int:
    return ORDER.index(severity)
