"""Phoenix's span filters, Python expressions such as `span_kind == 'LLM' and latency_ms > 500`, as our filters.

Understood: comparisons of known names, attributes, `metadata[..]` and annotations with values; `in`, `is None`, `and`,
`or`, `not`. Source: https://arize.com/docs/phoenix/tracing/how-to-tracing/importing-and-exporting-traces/extract-data-from-spans
"""

import ast
from typing import Any

from nervure.api.vendors.phoenix import OURS
from nervure.base.errors import BadInput
from nervure.query.filter import quote

NAMES = {
    "name": "name", "span_id": "span_id", "trace_id": "trace_id", "parent_id": "parent_id", "span_kind": "kind",
    "status_code": "status", "status_message": "status_message", "latency_ms": "duration_ms", "start_time": "start",
    "input.value": "input", "output.value": "output", "llm.model_name": "model", "llm.provider": "provider",
    "llm.token_count.prompt": "input_tokens", "llm.token_count.completion": "output_tokens",
    "llm.token_count.total": "tokens", "session.id": "session", "user.id": "user", "tool.name": "tool_name",
}  # fmt: skip
OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
MOST = 2000


def filter_of(text: str) -> str:
    """Our filter. Raises BadInput for what is no expression or cannot be asked here."""
    if len(text) > MOST:
        raise BadInput(f"a filter condition has at most {MOST} characters, got {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"invalid filter condition {text!r}: {error}") from None
    return _node(tree.body)


def _node(node: ast.expr) -> str:
    match node:
        case ast.BoolOp(op=operator, values=values):
            joint = " and " if isinstance(operator, ast.And) else " or "
            return "(" + joint.join(map(_node, values)) + ")"
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return f"not ({_node(inner)})"
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _comparison(left, operator, right)
    raise BadInput(f"invalid filter condition: {ast.unparse(node)!r} is no comparison that can be asked here")


def _comparison(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
    if isinstance(operator, ast.In | ast.NotIn):
        test = _containing(left, right)
        return f"not ({test})" if isinstance(operator, ast.NotIn) else test
    if isinstance(operator, ast.Is | ast.IsNot) or _is_none(right):
        return _missing(_dotted(left), isinstance(operator, ast.IsNot | ast.NotEq))
    sign = OPERATORS.get(type(operator))
    if sign is None:
        raise BadInput(f"invalid filter condition: {type(operator).__name__} cannot be asked here")
    field = _field(left)
    return f"{field} {sign} {_value(field, right)}"


def _containing(left: ast.expr, right: ast.expr) -> str:
    if isinstance(left, ast.Constant):
        # 'word' in input.value
        return f"{_field(right)} contains {quote(str(left.value))}"
    if isinstance(right, ast.List | ast.Tuple | ast.Set):
        field = _field(left)
        return f"{field} in ({', '.join(_value(field, one) for one in right.elts)})"
    raise BadInput("invalid filter condition: 'in' is asked as 'text' in <name>, or <name> in ['a', 'b']")


def _missing(name: str, is_there: bool) -> str:
    # An orphan's parent is not in the store; Phoenix's parent_span looks for it, ours asks for the id.
    if name in ("parent_id", "parent_span"):
        return f"is_root = {'false' if is_there else 'true'}"
    test = f"{_named(name)} exists"
    return test if is_there else f"not ({test})"


def _field(node: ast.expr) -> str:
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            name = _dotted(value)
            if name == "metadata":
                return f"metadata[{quote(key)}]"
            if name == "attributes":
                return _named(key)
        case ast.Attribute(value=ast.Subscript(value=value, slice=ast.Constant(value=str(key))), attr=part):
            if _dotted(value) in ("annotations", "evals") and part in ("score", "label"):
                return f"score[{quote(key)}]"
    return _named(_dotted(node))


def _named(name: str) -> str:
    return NAMES.get(name) or f"attr[{quote(name)}]"


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
    raise BadInput(f"invalid filter condition: {ast.unparse(node)!r} is not the name of anything")


def _value(field: str, node: ast.expr) -> str:
    try:
        value: Any = ast.literal_eval(node)
    except (ValueError, TypeError):
        raise BadInput(f"invalid filter condition: {ast.unparse(node)!r} is not a value") from None
    if isinstance(value, str):
        if field == "kind":
            value = OURS.get(value.upper(), value)
        return quote(value.lower() if field == "status" else value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise BadInput(f"invalid filter condition: {value!r} is neither a text nor a number")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
