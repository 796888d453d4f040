"""Evaluators as expressions over the fields of an example: a small part of Python's grammar, walked by us, never run by Python.

    len(words(output)) <= 120 and not matches("(?i)as an ai", output)

Names are the fields of an example; `documents` is the list of their texts. A comparison or a truth value scores 1 or 0,
a number scores itself, within 0 and 1.
"""

import ast
import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Example

LONGEST = 4000
MOST_NODES = 400
FIELDS = ("input", "output", "documents", "expected", "tools", "tool_calls", "steps", "messages", "latency_ms", "cost_usd", "finish_reason")  # fmt: skip
_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
_WORD = re.compile(r"\w+(?:['’]\w+)?")


def _words(text: str) -> list[str]:
    return _WORD.findall(str(text))


def _sentences(text: str) -> list[str]:
    return [piece for piece in re.split(r"(?<=[.!?])\s+|\n+", str(text)) if piece.strip()]


def _json(text: Any, *path: Any) -> Any:
    """The value of JSON text at a path; None when it is no JSON or the path leads nowhere."""
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _overlap(one: Any, other: Any) -> float:
    """Share of the words of the first text that stand in the second (a text or a list of texts)."""
    said = {word.lower() for word in _words(one)}
    held = {word.lower() for word in _words(" ".join(other) if isinstance(other, list) else other)}
    return len(said & held) / len(said) if said else 1.0


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len, "min": min, "max": max, "sum": sum, "abs": abs, "round": round, "any": any, "all": all,
    "lower": lambda text: str(text).lower(), "upper": lambda text: str(text).upper(),
    "strip": lambda text: str(text).strip(), "words": _words, "sentences": _sentences,
    "lines": lambda text: str(text).splitlines(),
    "starts": lambda text, start: str(text).startswith(start), "ends": lambda text, end: str(text).endswith(end),
    "contains": lambda text, part: str(part).lower() in str(text).lower(),
    "count": lambda text, part: str(text).count(part),
    "matches": lambda pattern, text: re.search(pattern, str(text)) is not None,
    "found": lambda pattern, text: re.findall(pattern, str(text)),
    "json": _json, "is_json": lambda text: _json(text) is not None, "overlap": _overlap,
    "float": float, "int": int, "str": str,
    "names": lambda items: [getattr(item, "name", "") if not isinstance(item, dict) else item.get("name", "") for item in items or ()],
}  # fmt: skip


def parse(text: str) -> ast.Expression:
    """The expression. Raises BadInput with the place and what is allowed."""
    if not text.strip() or len(text) > LONGEST:
        raise BadInput(f"write an expression of 1 to {LONGEST} characters, e.g. len(output) < 2000")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = getattr(error, "offset", None)
        raise BadInput(
            f"this is no expression: {getattr(error, 'msg', error)}{f' at character {place}' if place else ''}"
        ) from error
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        raise BadInput(
            f"the expression has {len(nodes)} parts, at most {MOST_NODES} are allowed: write a Python file instead"
        )
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        _check(node, id(node) in called)
    return tree


def needs_of(tree: ast.Expression) -> tuple[str, ...]:
    """The fields an expression names, and so cannot do without."""
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return tuple(name for name in FIELDS if name in named and name != "finish_reason")


def evaluate(tree: ast.Expression, example: Example) -> Any:
    """The value for an example. Raises BadInput for what cannot be computed with its values."""
    values: dict[str, Any] = {name: getattr(example, name) for name in FIELDS}
    values["documents"] = [document.content for document in example.documents or ()]
    try:
        return _value(tree.body, values)
    except (
        TypeError,
        ValueError,
        ZeroDivisionError,
        KeyError,
        IndexError,
        OverflowError,
        re.error,
        AttributeError,
    ) as error:
        raise BadInput(f"the expression cannot be computed here: {type(error).__name__}: {error}") from error


_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Compare, ast.Call, ast.IfExp,
    ast.Constant, ast.Name, ast.Load, ast.Subscript, ast.Slice, ast.List, ast.Tuple, *_BINARY, *_COMPARE,
)  # fmt: skip


def _check(node: ast.AST, is_called: bool) -> None:
    at = f" at character {node.col_offset + 1}" if isinstance(node, ast.expr) else ""
    if not isinstance(node, _ALLOWED):
        raise BadInput(
            f"{type(node).__name__} is not allowed{at}: use fields, texts, numbers, comparisons, and/or/not, if/else and the functions "
            f"{', '.join(sorted(FUNCTIONS))}"
        )
    if isinstance(node, ast.Name) and is_called and node.id not in FUNCTIONS:
        raise BadInput(f"there is no function {node.id!r}{at}; there are: {', '.join(sorted(FUNCTIONS))}")
    if isinstance(node, ast.Name) and not is_called and node.id not in FIELDS:
        raise BadInput(f"there is no field {node.id!r}{at}; there are: {', '.join(FIELDS)}")
    if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or node.keywords):
        raise BadInput(f"call functions by name, without keywords{at}; there are: {', '.join(sorted(FUNCTIONS))}")


def _value(node: ast.AST, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BoolOp(op=op, values=parts):
            result: Any = None
            for part in parts:
                result = _value(part, values)
                if bool(result) is isinstance(op, ast.Or):
                    return result
            return result
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, values)
            return not inner if isinstance(op, ast.Not) else -inner
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            one = _value(left, values)
            for how, other in zip(ops, others, strict=True):
                two = _value(other, values)
                if not _COMPARE[type(how)](one, two):
                    return False
                one = two
            return True
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, values) else orelse, values)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_value(arg, values) for arg in args))
        case ast.Subscript(value=inner, slice=place):
            return _value(inner, values)[_value(place, values)]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(None if part is None else _value(part, values) for part in (lower, upper, step)))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, values) for item in items]
        case _:
            raise BadInput(f"{type(node).__name__} is not allowed")
