"""Which targets are scored: by ids alone, so that asking twice decides alike."""

from collections import Counter
from dataclasses import replace

import pytest

from nervure.evaluate.online.sampling import sample, tail_start
from nervure.model.evaluation import Choice, Rule, Sampling
from nervure.query.sampled import Candidate

RULE = Rule("rule_1", "shop", "answers", (Choice("groundedness"),))


def candidates(count: int, **more: object) -> list[Candidate]:
    made = [
        Candidate(f"t{n}", f"t{n}", n, n, 10**9 * (n % 100), n % 50 == 0, n / 1000, "ab"[n % 10 == 0])
        for n in range(count)
    ]
    return [replace(one, **more) for one in made]


def with_plan(**plan: object) -> Rule:
    return replace(RULE, sampling=Sampling(**plan))  # type: ignore[arg-type]


def test_a_rate_takes_its_share_and_the_same_ones_again() -> None:
    found = sample(with_plan(rate=0.2), candidates(5000), 60)
    assert 900 < len(found) < 1100
    assert {one.inclusion for one in found} == {0.2}
    assert found == sample(with_plan(rate=0.2), candidates(5000), 60)
    other = sample(replace(with_plan(rate=0.2), id="rule_2"), candidates(5000), 60)
    assert {one.id for one in other} != {one.id for one in found}


def test_a_larger_rate_takes_all_that_a_smaller_one_takes() -> None:
    few, many = ({one.id for one in sample(with_plan(rate=rate), candidates(2000), 60)} for rate in (0.1, 0.3))
    assert few < many


def test_each_value_of_a_field_is_taken_alike_whatever_its_traffic() -> None:
    # 9 of 10 are "a"; half an hour with 200 an hour of each value are about 100 of each.
    found = sample(with_plan(rate=0, stratify_by="model", per_hour=200), candidates(5000), 1800)
    counts = Counter(next(c.stratum for c in candidates(5000) if c.id == one.id) for one in found)
    assert 70 < counts["a"] < 130
    assert 70 < counts["b"] < 130
    assert {one.why for one in found} == {"stratum"}
    # 1 / inclusion counts the traffic: what was sampled stands for it.
    assert sum(1 / one.inclusion for one in found) == pytest.approx(5000, rel=0.2)


def test_errors_and_the_tail_are_taken_besides_and_stand_for_themselves() -> None:
    every = candidates(1000)
    edge = tail_start(with_plan(rate=0, tail_by="cost", tail_share=0.05), every)
    found = sample(with_plan(rate=0, errors=True, tail_by="cost", tail_share=0.05), every, 60, None, edge)
    counts = Counter(one.why for one in found)
    assert counts["error"] == 20
    assert 47 <= counts["tail"] <= 50
    assert {one.inclusion for one in found} == {1.0}


def test_the_least_certain_are_those_nearest_to_the_threshold() -> None:
    scores = {f"t{n}": n / 1000 for n in range(1000)}
    plan = with_plan(rate=0, tail_by="uncertainty", tail_share=0.01, tail_score="groundedness", tail_threshold=0.5)
    found = sample(plan, candidates(1000), 60, None, None, scores)
    assert 10 <= len(found) <= 11
    assert all(abs(scores[one.id] - 0.5) < 0.007 for one in found)


def test_a_budget_keeps_the_random_share_first_and_no_more_than_it_allows() -> None:
    found = sample(with_plan(rate=0.1, errors=True), candidates(1000), 60, room=50)
    assert len(found) == 50
    assert {one.why for one in found} == {"rate"}
    assert sample(with_plan(), candidates(10), 60, room=0) == []
