"""Monitors that compare what a field holds: reads the two samples of each window, for each group, as of its end."""

from collections.abc import Callable, Collection
from dataclasses import replace
from urllib.parse import urlencode

from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import BadInput, QueryError
from nervure.detect.monitor import Compared, MonitorType, Samples, Verdict, Window, checked_settings
from nervure.model.monitor import Alert, Monitor
from nervure.model.reference_window import ReferenceWindow, Stretch
from nervure.query.asker import Asker
from nervure.query.drifted import read_field
from nervure.query.fields import SIGNALS
from nervure.query.filter import parse, quote
from nervure.query.query import Query, parse_ref
from nervure.query.times import parse_span

# A comparison costs some tenths of a second, one of texts some seconds.
MOST_COMPARED, MOST_GROUPS = 400, 20
MONTH_S = 30 * 86_400
SIGNAL_OF = {"count": "spans", "log.count": "logs", "prediction.count": "predictions"}
Key = tuple[tuple[str, str], ...]
Find = Callable[[str], ReferenceWindow | None]


def check(wanted: Samples, query: Query, find: Find) -> None:
    """Raises BadInput, QueryError or FilterError for what could never be compared."""
    fields = SIGNALS[signal_of(query)]
    ref = parse_ref(wanted.field, fields)
    known = fields.find(ref.field)
    if known is None or known.type in ("time", "score"):
        raise QueryError(f"{wanted.field} cannot be compared: name a number, a word, a list, a text or an attribute")
    if query.where:
        parse(query.where, fields)
    reference_of(wanted.reference, find)


def signal_of(query: Query) -> str:
    """What is compared is told by what the query counts."""
    found = SIGNAL_OF.get(query.measure[0])
    if found is None:
        raise BadInput(
            f"this monitor compares the values of settings.field; its query only says which rows: measure is one of"
            f" {', '.join(SIGNAL_OF)}, got {query.measure[0]!r}"
        )
    return found


def reference_of(text: str, find: Find) -> ReferenceWindow:
    """A kept window of that name, else the length just before the current window."""
    kept = find(text)
    if kept is not None:
        return kept
    try:
        length_ns = parse_span(text)
    except QueryError:
        length_ns = 0
    if length_ns <= 0:
        raise BadInput(
            f"there is no reference window {text!r}: name one of GET /api/v1/reference-windows (absolute, rolling or pinned"
            " to a release), or write a length such as 7d"
        )
    return ReferenceWindow("", "", text, "rolling", length_ns=length_ns)


def judge_samples(
    kind: MonitorType, monitor: Monitor, wanted: Samples, asker: Asker, find: Find, windows: range,
    lasting: Collection[Key] = (), most: int | None = None,
) -> dict[Key, tuple[list[Window], list[Verdict]]]:  # fmt: skip
    """Each window with its verdict, by group. windows: their beginnings in ns. lasting: groups that are judged in any case.

    Raises BadInput when there are more than `most` to judge.
    """
    step = windows.step
    query = Query.of(monitor.query)
    first_ns, last_ns = windows.start + step - wanted.current_ns, windows.stop
    groups = list(dict.fromkeys((*_groups(monitor, query, asker, first_ns, last_ns), *lasting)))
    if most is not None and len(windows) * len(groups) > most:
        raise BadInput(
            f"{len(windows)} windows of {len(groups)} groups are too many comparisons, at most {most}: ask for a shorter"
            " time, a longer every, or fewer groups"
        )
    settings = checked_settings(kind, monitor.settings)
    reference, signal = reference_of(wanted.reference, find), signal_of(query)
    looks = MONTH_S * NS_PER_S / step * max(1, len(groups))
    made: dict[Key, tuple[list[Window], list[Verdict]]] = {}
    for key in groups:
        where = " and ".join(
            one
            for one in (f"({query.where})" if query.where and key else query.where, *(_equal(*pair) for pair in key))
            if one
        )
        judged = []
        for start_ns in windows:
            current = Stretch(start_ns + step - wanted.current_ns, start_ns + step)
            past = reference.stretch(current)
            held = read_field(asker.runner(monitor.project), wanted.field, past, current, where, signal)
            window = Window(start_ns, None, held.sides[1].rows, compared=Compared(held, past, current, looks))
            (verdict,) = kind.judge([window], settings)
            about = {
                "field": wanted.field,
                "signal": signal,
                "where": where,
                "reference": _shown(past),
                "current": _shown(current),
            }
            # The samples are let go: of a long preview they would fill the memory.
            judged.append((replace(window, compared=None), replace(verdict, details={**verdict.details, **about})))
        made[key] = [one for one, _ in judged], [one for _, one in judged]
    return made


def _groups(monitor: Monitor, query: Query, asker: Asker, from_ns: int, to_ns: int) -> list[Key]:
    if not query.by:
        return [()]
    asked = Query.of({**query.json(), "limit": MOST_GROUPS, "from": iso(from_ns), "to": iso(to_ns)})
    found = asker.ask(asked, monitor.project)["series"]
    return [tuple((name, str(value)) for name, value in one["by"].items()) for one in found if not one.get("other")]


def _equal(name: str, value: str) -> str:
    return f"{name} = {quote(value)}" if value else f"not {name} exists"


def _shown(stretch: Stretch) -> dict[str, str]:
    return {"from": iso(stretch.from_ns), "to": iso(stretch.to_ns), "where": stretch.where}


def link_of(alert: Alert) -> str:
    """Page of the application that shows the comparison; "" for alerts of other types."""
    if "reference" not in alert.details:
        return ""
    held, past = alert.details, alert.details["reference"]
    asked = {
        "from": held["current"]["from"], "to": held["current"]["to"], "against": f"at:{past['from']}/{past['to']}",
        "within": past["where"], "fields": held["field"], "field": held["field"], "where": held["where"], "signal": held["signal"],
    }  # fmt: skip
    return f"/app/drift?{urlencode({name: value for name, value in asked.items() if value})}"
