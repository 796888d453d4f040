"""Filters, whatever is written: understood or pointed at; printed, read back the same; compiled, every value bound."""

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import FilterError
from nervure.query.conditions import condition
from nervure.query.fields import OPERATORS, SPAN_FIELDS, Field
from nervure.query.filter import Among, And, Compare, Duration, Exists, Filter, Node, Not, Or, Ref, Words, parse

PIECES = st.sampled_from(
    ["kind", "cost", "attr", '["k"]', "score", "output", "=", "!=", ">", "in", "(", ")", ",", '"a"', "'b'", "5", "2s",
     "and", "or", "not", "exists", "contains", "starts with", "matches", "-1h", "start", '"', "\\", "é", "true", "[", "]"]
)  # fmt: skip
TEXTS = st.text(max_size=20)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=15).map(" ".join)))
def test_any_text_is_understood_or_its_mistake_lies_within_it(text: str) -> None:
    mistake = None
    try:
        found = parse(text)
    except FilterError as error:
        mistake = error
    if mistake is None:
        assert parse(str(found)) == found
    else:
        assert 0 <= mistake.position <= len(mistake.text)
        assert mistake.problem


def values_of(field: Field, operator: str) -> st.SearchStrategy[object]:
    texts = TEXTS.filter(bool) if operator in ("contains", "starts with", "like", "matches") else TEXTS
    if operator in ("<", "<=", ">", ">=") and field.type in ("map", "score"):
        return numbers()
    match field.type:
        case "number":
            return numbers()
        case "duration":
            return st.integers(0, 10**18).map(Duration)
        case "bool":
            return st.booleans()
        case "time":
            return st.sampled_from(["-1h", "now", "2026-11-20T10:00:00Z"])
        case "map" | "score" if operator in ("=", "!=", "in"):
            return st.one_of(TEXTS, numbers(), st.booleans())
    return st.sampled_from(field.values) if field.values and operator in ("=", "!=", "in") else texts


def numbers() -> st.SearchStrategy[object]:
    return st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def conditions(draw: st.DrawFn) -> Node:
    field = draw(st.sampled_from(SPAN_FIELDS.all))
    ref = Ref(field.name, draw(TEXTS.filter(bool)) if field.takes_key else "")
    operator = draw(st.sampled_from(OPERATORS[field.type]))
    if operator == "exists":
        return Exists(ref)
    if operator in ("in", "not in"):
        found = Among(ref, tuple(draw(st.lists(values_of(field, "in"), min_size=1, max_size=3))))  # type: ignore[arg-type]
        return Not(found) if operator == "not in" else found
    return Compare(ref, operator, draw(values_of(field, operator)))  # type: ignore[arg-type]


def flat(kind: type[And] | type[Or], nodes: list[Node]) -> Node:
    listed: list[Node] = []
    for node in nodes:
        listed.extend(node.nodes if isinstance(node, kind) else (node,))
    return kind(tuple(listed))


trees = st.recursive(
    st.one_of(conditions(), TEXTS.filter(str.strip).map(Words)),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: flat(And, nodes)),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: flat(Or, nodes)),
    ),
    max_leaves=6,
)


@given(trees)
def test_a_printed_tree_reads_back_as_itself(tree: Node) -> None:
    assert parse(str(Filter(tree))) == Filter(tree)


@given(trees)
def test_compiled_sql_holds_names_of_ours_only_and_binds_every_value(tree: Node) -> None:
    compiled = condition(Filter(tree), "project", 0)
    assert compiled is not None
    placeholders = re.findall(r"\{(\w+):[A-Za-z0-9()]+\}", compiled.text)
    assert set(placeholders) == set(compiled.values)
    # What is left is SQL we wrote ourselves: nothing but printable ASCII, and no literals but our own few.
    rest = re.sub(r"\{\w+:[A-Za-z0-9()]+\}", "?", compiled.text)
    assert set(rest) <= set(string.printable)
    assert set(re.findall(r"'([^']*)'", rest)) <= {"", "UTC", "String", "retriever", "span", "trace", "session"}
