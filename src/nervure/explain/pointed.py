"""A change a person points at, as the finding detection would have made of it."""

from collections.abc import Mapping

from nervure.base.clock import iso
from nervure.base.errors import BadInput, QueryError
from nervure.explain.words import FIELDS, condition
from nervure.model.finding import Finding
from nervure.query.asker import Asker
from nervure.query.filter import And, Compare, Node, parse
from nervure.query.query import Query
from nervure.query.slices import DIMENSIONS

BEFORE_NS = 6 * 3_600_000_000_000
NAMES = {field: dimension for dimension, field in FIELDS.items()}
# How sure a person's word is, where the numbers give no interval of their own.
EFFECT = 5.0


def scope_from(where: str) -> dict[str, str]:
    """The scope a filter of equalities says, e.g. `service = "chat" and model = "gpt"`. Raises FilterError, BadInput."""
    root = parse(where).root
    if root is None:
        return {}
    nodes: tuple[Node, ...] = tuple(root.nodes) if isinstance(root, And) else (root,)
    scope: dict[str, str] = {}
    for node in nodes:
        name = NAMES.get(node.ref.field, node.ref.field) if isinstance(node, Compare) else ""
        if not isinstance(node, Compare) or node.operator != "=" or name not in DIMENSIONS or name in scope:
            raise BadInput(
                "where to look is said by equalities joined by `and`, each dimension once, e.g. "
                f'service = "chat" and model = "gpt"; dimensions are {", ".join(DIMENSIONS)}'
            )
        scope[name] = str(node.value)
    return scope


def point(
    asker: Asker, project: str, measure: str, scope: Mapping[str, str], onset_ns: int, to_ns: int, as_of_ns: int
) -> Finding:
    """The finding of a measure in a scope from onset to `to`, against the six hours before.

    Raises BadInput for a window that ends before it begins, QueryError for a measure that does not exist.
    """
    if onset_ns >= to_ns:
        raise BadInput(f"the change is said to begin at {iso(onset_ns)}, which is not before its end {iso(to_ns)}")
    after = _value(asker, project, measure, scope, onset_ns, to_ns)
    before = _value(asker, project, measure, scope, onset_ns - BEFORE_NS, onset_ns)
    if after[0] is None and before[0] is None:
        raise BadInput(f"{measure} has no value there, before or after: check the measure, where, and the times")
    # A count grows with the time it is counted over.
    if measure in ("count", "traces") or measure.endswith(".count"):
        before = (None if before[0] is None else before[0] * (to_ns - onset_ns) / BEFORE_NS, None, None, before[3])
    observed, expected = after[0] or 0.0, before[0] or 0.0
    up = observed >= expected
    return Finding(
        id="pointed", project=project, measure=measure, scope=dict(scope), start_ns=onset_ns, end_ns=to_ns, onset_ns=onset_ns,
        found_ns=as_of_ns, observed=observed, expected=expected, low=before[1] if before[1] is not None else expected,
        high=before[2] if before[2] is not None else expected, effect=EFFECT if up else -EFFECT,
        direction="up" if up else "down", n=after[3], n_effective=float(after[3]),
    )  # fmt: skip


def _value(
    asker: Asker, project: str, measure: str, scope: Mapping[str, str], from_ns: int, to_ns: int
) -> tuple[float | None, float | None, float | None, int]:
    asked = {"measure": measure, "where": condition(scope), "from": iso(from_ns), "to": iso(to_ns)}
    series = asker.ask(Query.of(asked), project)["series"]
    if not series or not series[0]["points"]:
        return None, None, None, 0
    found = series[0]["points"][0]
    if isinstance(found["value"], str):
        raise QueryError(f"{measure} is no number")
    return found["value"], found.get("low"), found.get("high"), int(found["n"])
