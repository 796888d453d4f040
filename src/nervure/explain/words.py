"""Numbers and scopes in plain words, each number with the Query that answers it again."""

from collections.abc import Mapping
from typing import Any

from nervure.base.clock import NS_PER_S, iso
from nervure.explain.panel import Symptom
from nervure.explain.shifts import Shift, Shifts
from nervure.model.finding import Finding

# Fields whose name in a filter differs from the dimension's.
FIELDS = {"prompt": "prompt_name", "tool": "tool_name"}
NAMES = {"prompt_version": "version", "environment": "environment"}


def scope_words(scope: Mapping[str, str]) -> str:
    """E.g. `model gpt-4o at service chat`; "everything" for the empty scope."""
    return ", ".join(f"{NAMES.get(name, name)} {value}" for name, value in scope.items()) or "everything"


def condition(scope: Mapping[str, str]) -> str:
    """The scope as a filter."""
    return " and ".join(_is(name, value) for name, value in scope.items())


def _is(name: str, value: str) -> str:
    if name == "model":  # failed calls have only the model asked for, others also the version that answered
        return f"(model = {_quoted(value)} or request_model = {_quoted(value)})"
    return f"{FIELDS.get(name, name)} = {_quoted(value)}"


def told(facts: Shifts, shift: Shift) -> tuple[str, dict[str, Any] | None]:
    """`error rate of model calls: 34 % (was 0.4 %; n = 210)` and its Query."""
    where = {"in": "", "out": " elsewhere", "all": " overall"}[shift.part]
    after, before = number(shift.symptom, shift.after), number(shift.symptom, shift.before)
    text = f"{shift.symptom.about}{where}: {after} (before: {before}; n = {shift.n1:.0f})"
    return text, query(facts, shift.symptom, facts.scope if shift.part == "in" else {})


def query(facts: Shifts, symptom: Symptom, scope: Mapping[str, str]) -> dict[str, Any] | None:
    """The Query that shows a symptom in a scope from well before the onset until the end of what was looked at."""
    if not symptom.measure:
        return None
    window = facts.window
    where = " and ".join(part for part in (condition(scope), symptom.where) if part)
    made: dict[str, Any] = {
        "measure": symptom.measure,
        "every": window.every,
        "from": iso(window.from_ns),
        "to": iso(window.to_ns),
    }
    return made | ({"where": where} if where else {})


def number(symptom: Symptom, value: float | None) -> str:
    """A value in its unit."""
    if value is None:
        return "nothing"
    if symptom.form == "share":
        return percent(value)
    if symptom.form == "count":
        return f"{value:,.0f} an hour"
    if symptom.name.endswith(("ms", "ttft")):
        return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"
    if symptom.name.endswith("cost"):
        return f"${value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(share: float) -> str:
    """0.0042 as `0.4 %`."""
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"


def amounts(finding: Finding) -> tuple[float, float, str]:
    """Observed, expected, unit; of a count, which has one observation a step, by the hour, whatever the step is."""
    if finding.unit != "traces" or not finding.n or finding.end_ns <= finding.start_ns:
        return finding.observed, finding.expected, "" if finding.unit in ("", "ratio") else f" {finding.unit}"
    steps = finding.n * 3600 * NS_PER_S / (finding.end_ns - finding.start_ns)
    return finding.observed * steps, finding.expected * steps, " traces an hour"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
