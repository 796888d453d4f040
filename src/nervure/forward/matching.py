"""The filter language on records in memory: what `query.conditions` says in SQL, said in Python.

Two-valued like there: a comparison with what is not said is false. Scores are given after a span was stored, so they
cannot be asked about here.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from nervure.base.errors import FilterError, QueryError
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.span import Span
from nervure.query import times
from nervure.query.fields import LOG_FIELDS, METRIC_FIELDS, SPAN_FIELDS, Fields
from nervure.query.filter import Among, And, Compare, Duration, Exists, Node, Not, Or, Ref, Value, Words, parse

Test = Callable[[Any], bool]

TABLES: Mapping[str, Fields] = {"spans": SPAN_FIELDS, "logs": LOG_FIELDS, "metrics": METRIC_FIELDS}
LEVELS = ((21, "fatal"), (17, "error"), (13, "warn"), (9, "info"), (5, "debug"), (1, "trace"))
LEVEL_WORDS = {
    "fatal": "fatal", "critical": "fatal", "emergency": "fatal", "alert": "fatal", "panic": "fatal", "error": "error",
    "err": "error", "severe": "error", "warn": "warn", "warning": "warn", "info": "info", "information": "info",
    "notice": "info", "debug": "debug", "fine": "debug", "trace": "trace", "verbose": "trace", "finest": "trace",
}  # fmt: skip
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
TOKEN = re.compile(r"[a-z0-9]+")


def build_test(text: str, signal: str, now_ns: int) -> Test | None:
    """The test of a filter, None for one that lets everything through. Raises FilterError, QueryError."""
    fields = TABLES[signal]
    root = parse(text, fields).root
    return None if root is None else _node(root, fields, text, now_ns)


def _node(node: Node, fields: Fields, text: str, now_ns: int) -> Test:
    def made(inner: Node) -> Test:
        return _node(inner, fields, text, now_ns)

    match node:
        case And(nodes):
            all_of = [made(one) for one in nodes]
            return lambda record: all(test(record) for test in all_of)
        case Or(nodes):
            any_of = [made(one) for one in nodes]
            return lambda record: any(test(record) for test in any_of)
        case Not(inner):
            negated = made(inner)
            return lambda record: not negated(record)
        case Words(words):
            return _words(words, fields)
        case Compare(ref, "!=", value):
            equal = made(Compare(ref, "=", value))
            return lambda record: not equal(record)
        case Compare(ref, how, value):
            return _compare(_read(ref, fields, text), fields, ref, how, value, now_ns)
        case Among(ref, values):
            read = _read(ref, fields, text)
            tests = [_compare(read, fields, ref, "=", value, now_ns) for value in values]
            return lambda record: any(test(record) for test in tests)
        case Exists(ref):
            read = _read(ref, fields, text)
            return lambda record: read(record) not in (None, "", [])


def _read(ref: Ref, fields: Fields, text: str) -> Callable[[Any], Any]:
    """Reads the field of a record; None when it is not said."""
    field = fields.find(ref.field)
    if field is None or field.type == "score":
        raise FilterError(f"{ref.field} cannot be asked about when forwarding: it is not known yet then", text, 0)
    if field.type == "map":
        name = {"attr": "attributes", "param": "params"}.get(field.name, field.name)
        return lambda record: getattr(record, name).get(ref.key)
    own = OWN.get((fields.table, field.name))
    if own is not None:
        return own
    column = NAMES.get(field.name, field.name)
    return lambda record: getattr(record, column)


def _compare(
    read: Callable[[Any], Any], fields: Fields, ref: Ref, how: str, value: Value, now_ns: int
) -> Test:  # fmt: skip
    field = fields.find(ref.field)
    kind = field.type if field else "text"
    if kind == "time":
        at = times.parse_time(str(value), now_ns)
        return lambda record: COMPARED[how](read(record), at)
    if kind == "list":
        if how == "contains":
            part = str(value).lower()
            return lambda record: any(part in str(item).lower() for item in read(record))
        return lambda record: value in read(record)
    if isinstance(value, Duration):
        return _number(read, how, value.ns)
    if isinstance(value, bool):
        return lambda record: _truth(read(record)) is value
    if isinstance(value, int | float):
        return _number(read, how, value)
    return _text(read, how, value, is_map=kind == "map")


def _number(read: Callable[[Any], Any], how: str, value: float) -> Test:
    test = COMPARED[how]

    def check(record: Any) -> bool:
        found = read(record)
        if found is None or isinstance(found, bool):
            return False
        try:
            return test(float(found), value)
        except (TypeError, ValueError):
            return False

    return check


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)


def _text(read: Callable[[Any], Any], how: str, value: str, is_map: bool) -> Test:
    low = value.lower()
    pattern = None
    if how == "like":
        pattern = re.compile(_like(value), re.IGNORECASE | re.DOTALL)
    elif how == "matches":
        try:
            pattern = re.compile(value, re.DOTALL)
        except re.error as error:
            raise QueryError(f"matches {value!r}: {error}") from error

    def check(record: Any) -> bool:
        found = read(record)
        if found is None:
            return value == "" and not is_map and how == "="
        said = found if isinstance(found, str) else str(found)
        match how:
            case "contains":
                return low in said.lower()
            case "starts with":
                return said.lower().startswith(low)
            case "like":
                return pattern is not None and pattern.fullmatch(said) is not None
            case "matches":
                return pattern is not None and pattern.search(said) is not None
            case _:
                return COMPARED[how](said, value)

    return check


def _like(pattern: str) -> str:
    """The regular expression of an SQL pattern."""
    made, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\" and at + 1 < len(pattern):
            at += 1
            made.append(re.escape(pattern[at]))
        else:
            made.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
        at += 1
    return "".join(made)


def _words(text: str, fields: Fields) -> Test:
    wanted = set(TOKEN.findall(text.lower()))
    low = text.strip().lower()

    def in_text(said: Any) -> bool:
        if not isinstance(said, str) or not said:
            return False
        return wanted <= set(TOKEN.findall(said.lower())) if wanted else low in said.lower()

    return lambda record: any(in_text(getattr(record, column)) for column in fields.texts)


def _level(log: LogRecord) -> str:
    for least, name in LEVELS:
        if log.severity >= least:
            return name
    return LEVEL_WORDS.get(log.severity_text.lower(), "unset")


def _document_score(span: Span) -> float | None:
    scores = [document.score for document in span.documents if document.score is not None]
    return sum(scores) / len(scores) if scores else None


def _point_time(record: LogRecord | MetricPoint) -> int:
    return record.time_ns


# Fields that are more than a member of the record.
OWN: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("spans", "model"): lambda span: span.response_model or span.request_model,
    ("spans", "retriever"): lambda span: span.name if span.kind == "retriever" else "",
    ("spans", "duration_ms"): lambda span: span.duration_ns / 1e6,
    ("spans", "ttft_ms"): lambda span: None if span.ttft_ns is None else span.ttft_ns / 1e6,
    ("spans", "documents"): lambda span: len(span.documents),
    ("spans", "document_score"): _document_score,
    ("spans", "has_content"): lambda span: bool(span.input or span.output or span.input_text or span.output_text),
    ("spans", "is_root"): lambda span: not span.parent_id,
    ("logs", "level"): _level,
    ("logs", "time"): _point_time,
    ("metrics", "time"): _point_time,
}
NAMES = {
    "input": "input_text", "output": "output_text", "tag": "tags", "flag": "flags", "finish_reason": "finish_reasons",
    "duration": "duration_ns", "ttft": "ttft_ns", "cost": "cost_total", "reported_cost": "reported_cost_total",
    "tokens": "total_tokens", "cached_tokens": "cached_input_tokens", "start": "start_ns", "received": "received_ns",
}  # fmt: skip
