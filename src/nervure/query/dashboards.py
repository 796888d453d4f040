"""Whether a dashboard can be shown: every query of it is checked, and a mistake is told by the widget it is in."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nervure.base.errors import BadInput, FilterError, QueryError
from nervure.model.dashboard import COLUMNS, DashboardSpec, Variable, Widget
from nervure.query.fields import SPAN_FIELDS
from nervure.query.query import Query, check, parse_ref
from nervure.query.template import PLACEHOLDER, Values, fill, fill_fields

MAX_WIDGETS, MAX_VARIABLES, MAX_QUERIES, MAX_THRESHOLDS, MAX_ROWS = 60, 20, 8, 8, 2_000
MAX_HEIGHT = 40
LONGEST_TEXT, LONGEST_TITLE, LONGEST_UNIT = 20_000, 200, 24
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
WIDGET_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SAMPLES = {"text": "x", "number": "1", "duration": "1s", "bool": "true"}


def check_dashboard(spec: DashboardSpec, now_ns: int) -> None:
    """Raises BadInput, QueryError or FilterError (with the position in the widget's filter) for what is wrong."""
    _limit(spec.variables, MAX_VARIABLES, "variables")
    _limit(spec.widgets, MAX_WIDGETS, "widgets")
    for variable in spec.variables:
        _check_variable(variable)
    _unique([variable.name for variable in spec.variables], "variables", "name")
    _unique([widget.id for widget in spec.widgets], "widgets", "id")
    for widget in spec.widgets:
        where = f"widget {widget.title or widget.id!r}"
        _check_widget(widget, where)
        for number, asked in enumerate(widget.queries, 1):
            place = where if len(widget.queries) == 1 else f"{where}, query {number}"
            try:
                check_template(asked.query, spec.variables, now_ns)
            except FilterError as error:
                problem = f"{place}: {error.problem}"
                raise FilterError(problem, error.text, error.position, error.expected) from None
            except QueryError as error:
                raise QueryError(f"{place}: {error}") from None


def fill_query(asked: dict[str, Any], variables: Sequence[Variable], values: Values) -> Query:
    """The Query a widget asks when these values are chosen. Raises QueryError and FilterError."""
    query = Query.of(asked)
    return replace(query, where=fill(query.where, variables, values).text, by=tuple(fill_fields(query.by, values)))


def check_template(asked: dict[str, Any], variables: Sequence[Variable], now_ns: int) -> None:
    """Checks a query as if each variable had one of its values. Raises as `query.check`, in places of the template."""
    query = Query.of(asked)
    known = {variable.name: variable for variable in variables}
    samples = {variable.name: [_sample(variable)] for variable in variables}
    for field in query.by:
        found = PLACEHOLDER.fullmatch(field)
        if found and found[1] not in known:
            raise QueryError(f"by names a variable that does not exist: {field}")
        for option in known[found[1]].options if found else ():
            parse_ref(option)
    filled = fill(query.where, variables, samples)
    try:
        check(replace(query, where=filled.text, by=tuple(fill_fields(query.by, samples))), now_ns)
    except FilterError as error:
        position = min(filled.place(error.position), len(query.where))
        raise FilterError(error.problem, query.where, position, error.expected) from None


def _sample(variable: Variable) -> str:
    """A value it may have: conditions with it are checked though nothing is chosen."""
    given = (*variable.default, *variable.options)
    field = SPAN_FIELDS.find(variable.field) if variable.field else None
    closed = field.values if field else ()
    return next(iter((*given, *closed, SAMPLES[variable.type])))


def _check_variable(variable: Variable) -> None:
    place = f"variable {variable.name!r}"
    if not NAME.fullmatch(variable.name):
        raise BadInput(f"{place}: a name is made of letters, digits and _, begins with no digit and has at most 64")
    if not variable.field and not variable.options:
        raise BadInput(f"{place}: give the field its values are of, or options to choose from")
    _limit(variable.options, 1000, f"{place}: options")
    if len(variable.default) > 1 and not variable.multi:
        raise BadInput(f"{place}: several values are its default, but only one may be chosen: set multi")
    try:
        if variable.field:
            parse_ref(variable.field)
        sample = replace(variable, field=variable.field or "name")
        for value in (*variable.default, *variable.options):
            fill(f"name = ${{{variable.name}}}", [sample], {variable.name: [value]})
    except FilterError as error:
        raise BadInput(f"{place}: {error.problem}") from None
    except QueryError as error:
        raise BadInput(f"{place}: {error}") from None


def _check_widget(widget: Widget, where: str) -> None:
    if not WIDGET_ID.fullmatch(widget.id):
        raise BadInput(f"{where}: an id has 1 to 64 letters, digits, _ or -, got {widget.id[:80]!r}")
    for text, most, what in (
        (widget.title, LONGEST_TITLE, "title"),
        (widget.description, LONGEST_TEXT, "description"),
        (widget.text, LONGEST_TEXT, "text"),
        (widget.unit, LONGEST_UNIT, "unit"),
    ):
        if len(text) > most:
            raise BadInput(f"{where}: its {what} has {len(text)} characters, at most {most} are kept")
    _limit(widget.queries, MAX_QUERIES, f"{where}: queries")
    _limit(widget.thresholds, MAX_THRESHOLDS, f"{where}: thresholds")
    if widget.kind == "text" and widget.queries:
        raise BadInput(f"{where}: a text asks nothing; choose another kind or take its queries away")
    if widget.kind != "text" and not widget.queries:
        raise BadInput(f"{where}: it needs a query")
    if widget.kind in ("stat", "heatmap", "bar") and len(widget.queries) > 1:
        raise BadInput(f"{where}: a {widget.kind} shows one query, this has {len(widget.queries)}")
    place = widget.layout
    is_inside = place.x >= 0 and place.w >= 1 and place.x + place.w <= COLUMNS
    if not is_inside or not 0 <= place.y <= MAX_ROWS or not 1 <= place.h <= MAX_HEIGHT:
        raise BadInput(
            f"{where}: its place x={place.x} y={place.y} w={place.w} h={place.h} lies outside the grid:"
            f" {COLUMNS} columns, heights of 1 to {MAX_HEIGHT}"
        )


def _limit(held: Sequence[Any], most: int, what: str) -> None:
    if len(held) > most:
        raise BadInput(f"{what}: at most {most}, got {len(held)}")


def _unique(names: list[str], what: str, member: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"two {what} have the {member} {twice!r}: each needs its own")
