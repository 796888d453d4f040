"""Filters as SQL: every value bound, every name from the table of fields.

Two-valued: a comparison with what is not said is false, so `not` of it is true; nobody has to think of NULL.
"""

import re
from typing import Any

from nervure.base.errors import QueryError
from nervure.query import times
from nervure.query.fields import SPAN_FIELDS, Field, Fields
from nervure.query.filter import Among, And, Compare, Duration, Exists, Filter, Node, Not, Or, Ref, Value, Words
from nervure.store.sql import Sql

SHORT_ATTRIBUTE = 256  # longer values lie in attributes_long (store.rows.attributes)
TOKEN = re.compile(r"[A-Za-z0-9]+")
MIN_INDEXED = 4  # the engine looks shorter parts up by scanning


class Binder:
    """Gives values names: bind(5, "UInt8") is "{f0:UInt8}". prefix: keeps the names of two binders apart."""

    def __init__(self, prefix: str = "f") -> None:
        self.prefix = prefix
        self.values: dict[str, Any] = {}

    def bind(self, value: Any, type_: str) -> str:
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{type_}}}"

    def time(self, ns: int) -> str:
        """A moment, comparable with a DateTime64(9) column."""
        return f"fromUnixTimestamp64Nano({self.bind(ns, 'Int64')}, 'UTC')"


def condition(where: Filter, project: str, now_ns: int, fields: Fields = SPAN_FIELDS, prefix: str = "f") -> Sql | None:
    """The filter as a boolean expression, None when it lets everything through. project: where scores are looked up."""
    if where.root is None:
        return None
    compiler = _Compiler(Binder(prefix), project, now_ns, fields)
    text = compiler.node(where.root)
    return Sql(text, compiler.binder.values)


def expression(ref: Ref, binder: Binder, fields: Fields = SPAN_FIELDS) -> str:
    """What a field is as text or number, for grouping: attributes as text, durations in ns."""
    field = _field(fields, ref)
    if field.type == "score":
        raise QueryError(f"scores cannot group spans: ask for the measure score:{ref.key}.mean instead")
    return _keyed(field, ref.key, binder) if field.type == "map" else field.sql


class _Compiler:
    def __init__(self, binder: Binder, project: str, now_ns: int, fields: Fields) -> None:
        self.binder, self.project, self.now_ns, self.fields = binder, project, now_ns, fields

    def node(self, node: Node) -> str:
        match node:
            case And(nodes):
                return "(" + " AND ".join(map(self.node, nodes)) + ")"
            case Or(nodes):
                return "(" + " OR ".join(map(self.node, nodes)) + ")"
            case Not(inner):
                return f"NOT ({self.node(inner)})"
            case Words(text):
                return "(" + " OR ".join(self.words(column, text) for column in self.fields.texts) + ")"
            case Compare(ref, "!=", value):
                return f"NOT ({self.node(Compare(ref, '=', value))})"
            case Compare(ref, operator, value):
                return self.compare(_field(self.fields, ref), ref, operator, value)
            case Among(ref, values):
                return self.among(_field(self.fields, ref), ref, values)
            case Exists(ref):
                return self.exists(_field(self.fields, ref), ref)

    # One condition

    def compare(self, field: Field, ref: Ref, operator: str, value: Value) -> str:
        if field.type == "score":
            return self.score(ref.key, self.score_value(operator, value))
        if field.type == "list":
            if operator == "contains":
                part = self.binder.bind(str(value), "String")
                return f"arrayExists(x -> positionCaseInsensitiveUTF8(x, {part}) > 0, {field.sql})"
            return f"has({field.sql}, {self.binder.bind(str(value), 'String')})"
        if field.type == "time":
            return f"{field.sql} {operator} {self.binder.time(times.parse_time(str(value), self.now_ns))}"
        if field.type == "map":
            return self.attribute(field, ref.key, operator, value)
        if field.is_long and operator == "contains":
            return self.contains(field.sql, str(value))
        if field.type == "text":
            return self.text(field.sql, operator, str(value))
        test = f"{field.sql} {operator} {self.literal(value)}"
        return f"ifNull({test}, 0)" if field.is_optional else test

    def among(self, field: Field, ref: Ref, values: tuple[Value, ...]) -> str:
        texts = [str(value) for value in values]
        if field.type == "text":
            return f"{field.sql} IN {self.binder.bind(texts, 'Array(String)')}"
        if field.type == "list":
            return f"hasAny({field.sql}, {self.binder.bind(texts, 'Array(String)')})"
        return "(" + " OR ".join(self.compare(field, ref, "=", value) for value in values) + ")"

    def exists(self, field: Field, ref: Ref) -> str:
        if field.type == "score":
            return self.score(ref.key, "1")
        if field.type == "list":
            return f"notEmpty({field.sql})"
        if field.type == "map":
            return self.has_key(field, ref.key)
        if field.type == "text":
            return f"{field.sql} != ''"
        return f"{field.sql} IS NOT NULL" if field.is_optional else "1"

    def literal(self, value: Value) -> str:
        if isinstance(value, Duration):
            return self.binder.bind(value.ns, "UInt64")
        if isinstance(value, bool):
            return self.binder.bind(int(value), "UInt8")
        return self.binder.bind(float(value), "Float64")

    # Texts

    def text(self, sql: str, operator: str, value: str) -> str:
        match operator:
            case "contains":
                return f"positionCaseInsensitiveUTF8({sql}, {self.binder.bind(value, 'String')}) > 0"
            case "starts with":
                return f"startsWithUTF8(lowerUTF8({sql}), lowerUTF8({self.binder.bind(value, 'String')}))"
            case "like":
                return f"{sql} ILIKE {self.binder.bind(_closed(value), 'String')}"
            case "matches":
                return f"match({sql}, {self.binder.bind(value, 'String')})"
            case _:
                return f"{sql} {operator} {self.binder.bind(value, 'String')}"

    def contains(self, column: str, value: str) -> str:
        """The literal anywhere, ignoring case, with what the text index can say about it beforehand.

        Words that the literal surely holds whole are looked up in the index; of one that may continue beyond its
        ends, the index's dictionary is searched (ILIKE on letters and digits alone). Then the literal is verified.
        """
        if not value.isascii():
            # The index folds ASCII letters only: it may say nothing about the others.
            hints = [self.hint(column, word) for word in _whole_words(value)]
            return self.both(hints, f"positionCaseInsensitiveUTF8({column}, {self.binder.bind(value, 'String')}) > 0")
        literal = f"{column} ILIKE {self.binder.bind(f'%{_escaped(value)}%', 'String')}"
        if TOKEN.fullmatch(value):
            return literal
        whole = _whole_words(value)
        if whole:
            return self.both([self.hint(column, *whole)], literal)
        parts = sorted((word for word in TOKEN.findall(value) if len(word) >= MIN_INDEXED), key=len)
        if not parts:
            return literal
        return self.both([f"{column} ILIKE {self.binder.bind(f'%{parts[-1]}%', 'String')}"], literal)

    def words(self, column: str, text: str) -> str:
        """All words of the text as whole words of the column; without any word, the text itself."""
        found = text.split()
        ascii_words = [token for word in found if word.isascii() for token in TOKEN.findall(word)]
        others = [word for word in found if not word.isascii()]
        tests = [self.hint(column, *ascii_words)] if ascii_words else []
        tests += [f"positionCaseInsensitiveUTF8({column}, {self.binder.bind(word, 'String')}) > 0" for word in others]
        return self.both(tests[:-1], tests[-1]) if tests else self.contains(column, text.strip())

    def hint(self, column: str, *words: str) -> str:
        listed = [word.lower() for word in words]
        return f"hasAllTokens({column}, {self.binder.bind(listed, 'Array(String)')})"

    def both(self, hints: list[str], test: str) -> str:
        return "(" + " AND ".join([*hints, test]) + ")"

    # Attributes

    def attribute(self, field: Field, key: str, operator: str, value: Value) -> str:
        value_sql = _keyed(field, key, self.binder)
        if isinstance(value, bool):
            return f"{value_sql} = {self.binder.bind('true' if value else 'false', 'String')}"
        if isinstance(value, int | float):
            return f"ifNull(toFloat64OrNull({value_sql}) {operator} {self.literal(value)}, 0)"
        test = self.text(value_sql, operator, str(value))
        # An empty text is also what a missing key reads as.
        test = f"({self.has_key(field, key)} AND {test})" if value == "" or operator in ("like", "matches") else test
        if not _has_long(field) or (operator == "=" and len(str(value)) <= SHORT_ATTRIBUTE):
            return test
        bound = self.binder.bind(key, "String")
        long = self.text(f"attributes_long[{bound}]", operator, str(value))
        return f"({test} OR (mapContains(attributes_long, {bound}) AND {long}))"

    def has_key(self, field: Field, key: str) -> str:
        bound = self.binder.bind(key, "String")
        if _is_json(self.fields, field):
            return f"JSONHas({field.sql}, {bound})"
        short = f"mapContains({field.sql}, {bound})"
        return f"({short} OR mapContains(attributes_long, {bound}))" if _has_long(field) else short

    # Scores

    def score_value(self, operator: str, value: Value) -> str:
        if isinstance(value, str):
            return f"label {operator} {self.binder.bind(value, 'String')}"
        return f"ifNull(value {operator} {self.binder.bind(float(_plain(value)), 'Float64')}, 0)"

    def score(self, name: str, test: str) -> str:
        """Spans that have such a score themselves, or by their trace or session; the latest revision of it counts."""
        project, name = self.binder.bind(self.project, "String"), self.binder.bind(name, "String")
        latest = (
            "SELECT target_type, target_id, trace_id, value, label FROM scores"
            f" WHERE project = {project} AND name = {name} ORDER BY revision DESC, received DESC LIMIT 1 BY id"
        )

        def of(target: str, columns: str, extra: str = "") -> str:
            return f"(SELECT {columns} FROM ({latest}) WHERE target_type = '{target}' AND {test}{extra})"

        # GLOBAL: on a cluster the scores lie on other shards than the spans.
        return (
            f"((trace_id, span_id) GLOBAL IN {of('span', 'trace_id, target_id')}"
            f" OR span_id GLOBAL IN {of('span', 'target_id', ' AND empty(trace_id)')}"
            f" OR trace_id GLOBAL IN {of('trace', 'target_id')}"
            f" OR (session != '' AND session GLOBAL IN {of('session', 'target_id')}))"
        )


def _field(fields: Fields, ref: Ref) -> Field:
    field = fields.find(ref.field)
    if field is None:
        raise QueryError(f"there is no field {ref.field}: see GET /api/v1/fields for those there are")
    return field


def _is_json(fields: Fields, field: Field) -> bool:
    """Whether the map is kept as JSON text rather than as a Map."""
    return field.name in ("resource", "param")


def _has_long(field: Field) -> bool:
    return field.name == "attr"


def _keyed(field: Field, key: str, binder: Binder) -> str:
    bound = binder.bind(key, "String")
    if field.name in ("resource", "param"):
        return (
            f"if(JSONType({field.sql}, {bound}) = 'String', JSONExtractString({field.sql}, {bound}),"
            f" JSONExtractRaw({field.sql}, {bound}))"
        )
    if field.name in ("feature", "probability"):
        # Numbers: a missing key would read as 0.
        return f"if(mapContains({field.sql}, {bound}), toString({field.sql}[{bound}]), '')"
    return f"{field.sql}[{bound}]"


def _plain(value: Value) -> float:
    return value.ns if isinstance(value, Duration) else float(value)


def _whole_words(text: str) -> list[str]:
    """Words with something that is no letter or digit on either side within the text: they stand whole in any match."""
    return [
        found[0]
        for found in TOKEN.finditer(text)
        if found.start() > 0
        and found.end() < len(text)
        and text[found.start() - 1].isascii()
        and text[found.end()].isascii()
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _closed(pattern: str) -> str:
    """A pattern that does not end in the middle of an escape, which the engine would refuse."""
    backslashes = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" if backslashes % 2 else pattern
