"""The scan for the scope of a change, on tables counted by hand."""

import numpy as np
import pytest

from nervure.explain.leaves import AFTER, BEFORE, Leaves, view
from nervure.explain.panel import BY_NAME
from nervure.explain.scan import field, find_scope

REGIONS, TENANTS = ["eu", "us"], ["a", "b", "c", "d"]


def table(failing: dict[str, str], chance: float = 0.4, calls: int = 50) -> Leaves:
    """Model calls by region and tenant, before and after; of those in `failing` that share fails after, else none."""
    rows = [(period, region, tenant) for period in (BEFORE, AFTER) for region in REGIONS for tenant in TENANTS]
    hit = [
        calls * chance * (period == AFTER and all(row[name] == value for name, value in failing.items()))
        for period, region, tenant in rows
        for row in [{"region": region, "tenant": tenant}]
    ]
    ones = np.ones(len(rows), np.int64)
    return Leaves(
        codes={
            "kind": ones,
            "service": ones,
            "region": np.array([1 + REGIONS.index(region) for _, region, _ in rows]),
            "tenant": np.array([1 + TENANTS.index(tenant) for _, _, tenant in rows]),
        },
        values={"kind": ["", "llm"], "service": ["", "chat"], "region": ["", *REGIONS], "tenant": ["", *TENANTS]},
        period=np.array([period for period, _, _ in rows]),
        sums={"n": np.full(len(rows), float(calls)), "failed": np.array(hit, float), "is_root": np.zeros(len(rows))},
        hours={BEFORE: 1.0, AFTER: 1.0},
    )


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param({}, id="everything"),
        pytest.param({"region": "eu"}, id="one dimension"),
        pytest.param({"region": "us", "tenant": "c"}, id="two dimensions"),
    ],
)
def test_the_scope_is_the_one_that_fails(failing: dict[str, str]) -> None:
    leaves = table(failing)

    found = find_scope(field(view(leaves, BY_NAME["llm.error"])), ["service", "region", "tenant"], +1)

    assert found.scope == failing
    assert found.z > 5


def test_where_nothing_changed_nothing_is_found() -> None:
    leaves = table({}, chance=0.0)

    found = find_scope(field(view(leaves, BY_NAME["llm.error"])), ["region", "tenant"], +1)

    assert abs(found.z) < 2


def test_a_shift_of_traffic_between_models_is_no_change_within_them() -> None:
    # Two models, one of which always fails ten times as often; after the onset it gets most of the traffic.
    calls = np.array([900.0, 100.0, 100.0, 900.0])
    leaves = Leaves(
        codes={"kind": np.ones(4, np.int64), "model": np.array([1, 2, 1, 2])},
        values={"kind": ["", "llm"], "model": ["", "good", "bad"]},
        period=np.array([BEFORE, BEFORE, AFTER, AFTER]),
        sums={"n": calls, "failed": calls * [0.02, 0.2, 0.02, 0.2], "is_root": np.zeros(4)},
        hours={BEFORE: 1.0, AFTER: 1.0},
    )

    found = find_scope(field(view(leaves, BY_NAME["llm.error"])), ["model"], 0)

    assert abs(found.z) < 2
