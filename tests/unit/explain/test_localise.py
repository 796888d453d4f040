"""Localisation: the true scopes and no others, nothing when nothing happened, and clear words for bad tables."""

from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.localise import Tally, ours
from benchmarks.localise_worlds import KINDS, make, nothing

from nervure.base.errors import BadInput
from nervure.explain import localise
from nervure.explain.localise_columns import localise_columns
from nervure.explain.localise_nouns import dimension

MODELS, REGIONS, TENANTS = ("small", "large", "vision", "code"), ("eu", "us", "asia"), tuple(f"t{n}" for n in range(8))


# Kinds whose tables take seconds; benchmarks/localise.py has them.
LARGE = ("six dimensions", "five dimensions", "four dimensions", "leaves only")


def costs(seed: int = 3, noise: float = 0.1) -> dict[str, Any]:
    """A table of costs by model, region and tenant, as expected but for chance."""
    rng = np.random.default_rng(seed)
    rows = list(product(MODELS, REGIONS, TENANTS))
    expected = rng.lognormal(4, 1, len(rows))
    model, region, tenant = (np.array(column) for column in zip(*rows, strict=True))
    return {
        "model": model, "region": region, "tenant": tenant, "forecast": expected,
        "cost": expected * (1 + noise * rng.standard_normal(len(rows))),
    }  # fmt: skip


def where(table: Any, **asked: Any) -> list[dict[str, Any]]:
    asked = {"dimensions": ["model", "region", "tenant"], "actual": "cost", "expected": "forecast"} | asked
    return [scope.where for scope in localise(table, **asked).scopes]


def inside(table: dict[str, Any], **scope: str) -> Any:
    return np.all([table[name] == value for name, value in scope.items()], axis=0)


def test_a_scope_of_two_dimensions_is_found_as_such_and_not_as_its_parts() -> None:
    table = costs()
    table["cost"][inside(table, model="large", region="eu")] *= 1.8
    assert where(table) == [{"model": "large", "region": "eu"}]


def test_a_rise_and_a_fall_in_different_cuboids_are_both_found() -> None:
    table = costs()
    table["cost"][inside(table, tenant="t5")] *= 2.2
    table["cost"][inside(table, model="code", region="us")] *= 0.3
    assert sorted(map(str, where(table))) == ["{'model': 'code', 'region': 'us'}", "{'tenant': 't5'}"]


def test_a_single_cell_is_found() -> None:
    table = costs(noise=0.03)
    table["cost"][inside(table, model="vision", region="asia", tenant="t2")] *= 0.2
    assert where(table) == [{"model": "vision", "region": "asia", "tenant": "t2"}]


def test_when_everything_moved_alike_no_scope_is_named_but_the_move_is() -> None:
    table = costs()
    table["cost"] *= 0.5
    found = localise(table, dimensions=["model", "region", "tenant"], actual="cost", expected="forecast")
    assert found.none
    assert found.overall == pytest.approx(0.5, rel=0.05)


def test_an_uneven_change_is_still_one_scope() -> None:
    table = costs()
    for tenant, factor in zip(TENANTS, np.linspace(2.0, 3.2, 8), strict=True):
        table["cost"][inside(table, model="large", tenant=tenant)] *= factor
    assert where(table) == [{"model": "large"}]


def test_of_two_names_for_the_same_rows_the_shorter_is_told() -> None:
    table = costs()
    table["provider"] = np.where(np.isin(table["model"], ("small", "large")), "north", "south")
    table["cost"][inside(table, model="vision")] *= 2
    assert where(table, dimensions=["provider", "model", "region", "tenant"]) == [{"model": "vision"}]


def failures(seed: int) -> dict[str, Any]:
    """Failures and requests by region and model over eleven minutes; in the last, one model fails in one region."""
    rng = np.random.default_rng(seed)
    rows = [(minute, *cell) for minute in range(11) for cell in product(REGIONS, MODELS)]
    minute, region, model = (np.array(column) for column in zip(*rows, strict=True))
    requests = rng.poisson(300, len(rows))
    rate = np.where((minute == 10) & (region == "us") & (model == "code"), 0.12, 0.02)
    return {
        "minute": minute,
        "region": region,
        "model": model,
        "failed": rng.binomial(requests, rate),
        "requests": requests,
    }


def test_a_failure_rate_is_compared_with_the_earlier_minutes_of_the_table() -> None:
    table = failures(4)
    asked: dict[str, Any] = {
        "dimensions": ["region", "model"],
        "numerator": "failed",
        "denominator": "requests",
        "time": "minute",
    }
    found = localise(table, **asked)
    assert [scope.where for scope in found.scopes] == [{"model": "code", "region": "us"}]
    assert found.scopes[0].ratio == pytest.approx(6, rel=0.4)
    assert localise(table, **asked, at=9).none


def test_more_traffic_at_the_same_rate_is_no_change_of_the_rate() -> None:
    table = failures(4)
    busy = inside(table, region="eu") & (table["minute"] == 8)
    rng = np.random.default_rng(1)
    table["requests"][busy] *= 5
    table["failed"][busy] = rng.binomial(table["requests"][busy], 0.02)
    asked: dict[str, Any] = {
        "dimensions": ["region", "model"],
        "numerator": "failed",
        "denominator": "requests",
        "time": "minute",
        "at": 8,
    }
    assert localise(table, **asked).none
    # Their sum did change, and is found when asked for.
    sums = localise(table, dimensions=["region", "model"], actual="failed", time="minute", at=8)
    assert [scope.where for scope in sums.scopes] == [{"region": "eu"}]


def test_a_mean_counts_for_as_much_as_its_observations() -> None:
    rng = np.random.default_rng(8)
    rows = list(product(MODELS, REGIONS, TENANTS))
    table: dict[str, Any] = dict(
        zip(("model", "region", "tenant"), (np.array(c) for c in zip(*rows, strict=True)), strict=True)
    )
    table |= {"forecast": np.full(len(rows), 200.0), "n": rng.integers(50, 500, len(rows))}
    table["cost"] = 200 + rng.normal(0, 120, len(rows)) / np.sqrt(table["n"])
    table["cost"][inside(table, region="asia", model="small")] *= 1.5
    assert where(table, count="n") == [{"model": "small", "region": "asia"}]


def test_rows_of_one_combination_are_added_up() -> None:
    table = costs()
    table["cost"][inside(table, model="large", region="eu")] *= 1.8
    twice = {name: np.concatenate([column, column]) for name, column in table.items()}
    for name in ("cost", "forecast"):
        twice[name] = twice[name] / 2
    assert localise(twice, dimensions=["model", "region", "tenant"], actual="cost", expected="forecast").rows == len(
        table["cost"]
    )
    assert where(twice) == where(table)


def test_arrow_pandas_and_plain_columns_answer_the_same() -> None:
    pandas = pytest.importorskip("pandas")
    table = costs()
    table["cost"][inside(table, tenant="t1")] *= 3
    told = [where(form) for form in (table, pa.table(table), pandas.DataFrame(table))]
    assert told == [[{"tenant": "t1"}]] * 3


def test_explained_is_the_scopes_part_of_the_change() -> None:
    names = np.repeat(["a", "b", "c", "d", "e"], 20)
    expected = np.full(100, 100.0) + np.tile(np.linspace(-1, 1, 20), 5)
    actual = np.where(names == "a", 150.0, 100.0)
    found = localise_columns([dimension("letter", names), dimension("n", np.tile(np.arange(20), 5))], actual, expected)
    assert [scope.where for scope in found.scopes] == [{"letter": "a"}]
    assert found.explained == pytest.approx(1.0)
    assert found.scopes[0].ratio == pytest.approx(1.5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name not in LARGE], ids=lambda kind: kind.name)
def test_scopes_of_made_tables_are_found_and_nothing_is_said_of_nothing(kind: Any) -> None:
    tally, spoke = Tally(), 0
    for seed in range(4):
        table = make(kind, np.random.default_rng([11, seed]))
        tally.add(ours(table), table.causes, 0)
        spoke += bool(ours(make(nothing(kind), np.random.default_rng([12, seed]))))
    assert tally.f1 >= 0.6
    assert spoke <= 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({"dimensions": []}, "name the dimensions", id="no dimensions"),
        pytest.param({"dimensions": ["model", "model"]}, "named twice", id="a dimension twice"),
        pytest.param({"dimensions": ["modle"]}, "no column modle; it has model", id="no such column"),
        pytest.param({"expected": None}, "name the column that holds what was expected", id="nothing expected"),
        pytest.param({"actual": None}, "name the column that holds what came", id="nothing came"),
        pytest.param({"numerator": "cost", "denominator": "forecast"}, "either actual", id="two questions at once"),
        pytest.param({"actual": None, "numerator": "cost"}, "both numerator and denominator", id="half a ratio"),
        pytest.param({"actual": "region"}, "must hold numbers", id="texts for numbers"),
        pytest.param({"time": "tenant"}, "leave the expected columns out", id="time and expected"),
        pytest.param({"time": "tenant", "expected": None, "at": "t0"}, "nothing before it", id="the first time"),
        pytest.param({"time": "tenant", "expected": None, "at": "t99"}, "no row has tenant t99", id="no such time"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_the_reason(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        where(costs(), **asked)


def test_numbers_that_are_none_are_told_by_their_row() -> None:
    with pytest.raises(BadInput, match="row 2"):
        localise_columns([dimension("a", ["x", "y"])], [1.0, np.inf], [1.0, 1.0])


def test_empty_cells_count_as_nothing_and_are_told() -> None:
    table = pa.table({"a": ["x", "y", "z"] * 4, "b": [1, 2, 3, 4] * 3, "n": [1.0, None, 1.0] * 4, "m": [1.0] * 12})
    assert localise(table, dimensions=["a", "b"], actual="n", expected="m").details == {"empty_cells": 4}
