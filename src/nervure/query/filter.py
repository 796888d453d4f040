"""The filter language: text to a tree and back.

    kind = "llm" and model in ("a", "b") and cost > 0.01 and output contains "refund"
    and attr["k"] exists and score["groundedness"] < 0.5 and latency > 2s and not (env = "staging")

A quoted text alone asks for its words in input or output. `contains`, `starts with` and `like` (with % and _) ignore
case; `matches` takes a regular expression (RE2). What a span does not say is not equal, less or greater than anything.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from nervure.base.errors import FilterError, QueryError
from nervure.query import times
from nervure.query.fields import OPERATORS, SPAN_FIELDS, Field, Fields

MAX_LENGTH = 20_000
MAX_DEPTH = 50
MAX_TEXT = 8_000

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "starts with", "like", "matches"]


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time in ns."""

    ns: int


Value = str | int | float | bool | Duration


@dataclass(frozen=True, slots=True)
class Ref:
    """A field by its canonical name, with the key in brackets if it takes one."""

    field: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Compare:
    ref: Ref
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """The field is one of the values."""

    ref: Ref
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    ref: Ref


@dataclass(frozen=True, slots=True)
class Words:
    """All these words stand in the input, or all in the output."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple["Node", ...]


Node = Compare | Among | Exists | Words | Not | And | Or


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition; `root` None lets everything through."""

    root: Node | None = None

    def __str__(self) -> str:
        return print_node(self.root) if self.root else ""

    def refs(self) -> set[Ref]:
        """Every field it looks at; free words count as input and output."""
        return _refs(self.root) if self.root else set()


def parse(text: str, fields: Fields = SPAN_FIELDS) -> Filter:
    """The filter a text means; an empty text lets everything through. Raises FilterError with the position."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"a filter has at most {MAX_LENGTH} characters, this has {len(text)}", text[:200], 200)
    if not text.strip():
        return Filter()
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(error, text) from None
    return Filter(_Reader(text, fields).node(tree.children[0], 0))


def print_node(node: Node) -> str:
    """The canonical text of a tree: parses back to the same tree."""
    match node:
        case Words(text):
            return quote(text)
        case Exists(ref):
            return f"{print_ref(ref)} exists"
        case Compare(ref, operator, value):
            return f"{print_ref(ref)} {operator} {print_value(value)}"
        case Among(ref, values):
            return f"{print_ref(ref)} in ({', '.join(map(print_value, values))})"
        case Not(inner):
            return f"not {_wrapped(inner)}"
        case And(nodes):
            return " and ".join(_wrapped(one) if isinstance(one, Or | And) else print_node(one) for one in nodes)
        case Or(nodes):
            return " or ".join(_wrapped(one) if isinstance(one, Or) else print_node(one) for one in nodes)


def print_ref(ref: Ref) -> str:
    return f"{ref.field}[{quote(ref.key)}]" if ref.key else ref.field


def print_value(value: Value) -> str:
    if isinstance(value, Duration):
        return times.print_span(value.ns)
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else repr(value)


def quote(text: str) -> str:
    """A text as a literal of the language."""
    return json.dumps(text, ensure_ascii=False)


def _wrapped(node: Node) -> str:
    return f"({print_node(node)})" if isinstance(node, And | Or) else print_node(node)


def _refs(node: Node) -> set[Ref]:
    match node:
        case Words():
            return {Ref("input"), Ref("output")}
        case Not(inner):
            return _refs(inner)
        case And(nodes) | Or(nodes):
            return set().union(*map(_refs, nodes))
        case _:
            return {node.ref}


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = Path(__file__).with_name("filter.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


SHOWN = {
    "NAME": "a field",
    "STRING": "a quoted text",
    "NUMBER": "a number",
    "DURATION": "a span of time (500ms)",
    "TRUE": "true",
    "FALSE": "false",
    "WORD": "a word",
    "COMPARE": "= != < <= > >=",
    "TEXT_OPERATOR": "contains, starts with, like, matches",
    "IN": "in",
    "NOT": "not",
    "AND": "and",
    "OR": "or",
    "EXISTS": "exists",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "$END": "the end",
}


def _explain(error: UnexpectedInput, text: str) -> FilterError:
    """The parser's complaint in words, with what could stand there instead."""
    if isinstance(error, UnexpectedToken):
        names = error.accepts or error.expected or set()
        token = error.token
        position = len(text) if token.type == "$END" else int(token.start_pos or 0)
        found = "the filter ends here" if token.type == "$END" else f"{str(token)!r} cannot stand here"
    else:
        names = error.allowed if isinstance(error, UnexpectedCharacters) else set()
        position = min(max(int(error.pos_in_stream or 0), 0), len(text))
        found = f"{text[position : position + 1]!r} cannot stand here"
        if text[position : position + 1] in ('"', "'"):
            found = "this quotation mark is not closed"
    expected = tuple(shown for name, shown in SHOWN.items() if name in (names or ()))
    tail = f": expected {', '.join(expected)}" if expected else ""
    return FilterError(found + tail, text, position, expected)


class _Reader:
    """Makes our tree from the parser's, and checks every condition against the table of fields."""

    def __init__(self, text: str, fields: Fields) -> None:
        self.text, self.fields = text, fields

    def node(self, tree: Tree[Token] | Token, depth: int) -> Node:
        assert isinstance(tree, Tree)
        if depth > MAX_DEPTH:
            raise self.error(f"conditions nest deeper than {MAX_DEPTH}", tree.meta.start_pos)
        parts = tree.children
        match tree.data:
            case "either":
                return Or(self._flat(Or, parts, depth))
            case "both":
                return And(self._flat(And, parts, depth))
            case "negation":
                return Not(self.node(parts[-1], depth + 1))
            case "words":
                return Words(self._words(_token(parts[0])))
            case "exists" | "not_exists":
                field, ref = self._field(parts[0], "exists", parts[-1])
                return Not(Exists(ref)) if tree.data == "not_exists" else Exists(ref)
            case "among" | "not_among":
                field, ref = self._field(parts[0], "in", parts[-2])
                listed = parts[-1]
                assert isinstance(listed, Tree)
                found = Among(ref, tuple(self._value(field, "in", value) for value in listed.children))
                return Not(found) if tree.data == "not_among" else found
            case _:
                return self._compare(parts, is_not=tree.data == "not_compare")

    def error(self, problem: str, position: int | None, expected: tuple[str, ...] = ()) -> FilterError:
        return FilterError(problem, self.text, min(position or 0, len(self.text)), expected)

    def _flat(self, kind: type[And] | type[Or], parts: list[Tree[Token] | Token], depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        for part in parts:
            if isinstance(part, Token):
                continue
            node = self.node(part, depth + 1)
            # a and (b and c) is a and b and c: one canonical form.
            found.extend(node.nodes if isinstance(node, kind) else (node,))
        return tuple(found)

    def _compare(self, parts: list[Tree[Token] | Token], is_not: bool) -> Node:
        token = _token(parts[-2])
        word = " ".join(token.lower().split())
        operator: Operator = {"==": "=", "<>": "!="}.get(word, word)  # type: ignore[assignment]
        field, ref = self._field(parts[0], operator, token)
        found = Compare(ref, operator, self._value(field, operator, parts[-1]))
        return Not(found) if is_not else found

    def _field(self, tree: Tree[Token] | Token, operator: str, at: Tree[Token] | Token) -> tuple[Field, Ref]:
        assert isinstance(tree, Tree)
        name = _token(tree.children[0])
        field = self.fields.find(name)
        if field is None:
            nearest = self.fields.nearest(name)
            hint = f": did you mean {nearest}?" if nearest else ": see GET /api/v1/fields for those there are"
            raise self.error(f"there is no field {name}{hint}", name.start_pos, (nearest,) if nearest else ())
        key = self._string(_token(tree.children[1])) if len(tree.children) > 1 else ""
        if field.takes_key and not key:
            raise self.error(f'{name} needs a key: write {field.name}["..."]', name.end_pos, ("[",))
        if key and not field.takes_key:
            raise self.error(f"{name} takes no key in brackets", _token(tree.children[1]).start_pos)
        if operator not in OPERATORS[field.type]:
            allowed = OPERATORS[field.type]
            raise self.error(
                f"{name} ({field.type}) cannot be asked with {operator}: use {', '.join(allowed)}",
                _token(at).start_pos,
                allowed,
            )
        return field, Ref(field.name, key)

    def _words(self, token: Token) -> str:
        if not self.fields.texts:
            problem = f"{self.fields.table} have no text in which {token} could stand: name a field"
            raise self.error(problem, token.start_pos)
        text = self._string(token)
        if not text.strip():
            raise self.error("an empty text matches nothing: write a word", token.start_pos, ("a quoted text",))
        return text

    def _value(self, field: Field, operator: str, tree: Tree[Token] | Token) -> Value:
        assert isinstance(tree, Tree)
        token = _token(tree.children[0])
        is_text = token.type in ("STRING", "WORD")
        if field.type == "duration":
            return self._duration(field, token)
        if field.type == "number":
            if token.type != "NUMBER":
                raise self.error(f"{field.name} is a number, not {token}", token.start_pos, ("a number",))
            return self._number(token)
        if field.type == "bool":
            if token.type not in ("TRUE", "FALSE"):
                raise self.error(f"{field.name} is true or false, not {token}", token.start_pos, ("true", "false"))
            return token.type == "TRUE"
        if field.type == "time":
            return self._time(field, token)
        if operator in ("<", "<=", ">", ">="):
            if token.type != "NUMBER":
                raise self.error(f"{operator} compares numbers, not {token}", token.start_pos, ("a number",))
            return self._number(token)
        if field.takes_key and token.type in ("NUMBER", "TRUE", "FALSE") and operator in ("=", "!=", "in"):
            return self._number(token) if token.type == "NUMBER" else token.type == "TRUE"
        text = self._string(token) if is_text else str(token)
        return self._known(field, operator, text, token)

    def _known(self, field: Field, operator: str, text: str, token: Token) -> str:
        if field.values and operator in ("=", "!=", "in") and text not in field.values:
            raise self.error(f"{field.name} is one of {', '.join(field.values)}", token.start_pos, field.values)
        if operator in ("contains", "starts with", "like", "matches") and not text:
            raise self.error(f"{operator} needs a text that is not empty", token.start_pos, ("a quoted text",))
        return text

    def _number(self, token: Token) -> int | float:
        try:
            return int(token)
        except ValueError:
            number = float(token)
        if number in (float("inf"), float("-inf")):
            raise self.error(f"{token} is too large a number", token.start_pos, ("a number",))
        return number

    def _duration(self, field: Field, token: Token) -> Duration:
        if token.type == "NUMBER" and float(token) == 0:
            return Duration(0)
        if token.type != "DURATION" or token.startswith("-"):
            problem = f"{field.name} is a span of time: write it with a unit, e.g. 500ms, 2s, 1m"
            raise self.error(problem, token.start_pos, ("a span of time (500ms)",))
        try:
            return Duration(times.parse_span(token))
        except QueryError as error:
            raise self.error(str(error), token.start_pos) from None

    def _time(self, field: Field, token: Token) -> str:
        text = self._string(token) if token.type == "STRING" else str(token)
        try:
            times.parse_time(text, 0)
        except QueryError as error:
            raise self.error(str(error), token.start_pos, ("a time",)) from None
        return text

    def _string(self, token: Token) -> str:
        if token.type == "WORD":
            return str(token)
        try:
            text = unquote(token)
        except ValueError as error:
            raise self.error(str(error), token.start_pos, ("a quoted text",)) from None
        if len(text) > MAX_TEXT:
            raise self.error(f"a text has at most {MAX_TEXT} characters", token.start_pos)
        return text


ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}


def unquote(literal: str) -> str:
    """The text of a quoted literal. Raises ValueError for an escape that means nothing."""

    def replaced(found: re.Match[str]) -> str:
        code = found[1]
        if code in SIMPLE:
            return SIMPLE[code]
        if code[0] == "u" and len(code) == 5:
            return chr(int(code[1:], 16))
        raise ValueError(f"\\{code} is not an escape: for a backslash write \\\\")

    text = ESCAPE.sub(replaced, literal[1:-1])
    try:
        # Two escapes may make one character beyond the first 65,536; half of one is not text.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise ValueError("half of a surrogate pair is not text: write both halves") from None


def _token(tree: Tree[Token] | Token) -> Token:
    assert isinstance(tree, Token)
    return tree
