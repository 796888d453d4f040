"""What goes wrong in the demo's history, and what its reviewers say: as scripted, over in time, the same each time."""

from collections import Counter
from itertools import pairwise

from nervure.demo import people
from nervure.demo.company import NS
from nervure.demo.knowledge import PROMISES
from nervure.demo.mishaps import DAY_NS, HOUR_NS, LEAST_DAYS, Mishap, changes, scripted
from nervure.demo.simulation import Plan
from nervure.model.span import Span
from tests.unit.demo.test_simulation import NOON_NS, spans_of

MINUTE_NS = 60 * NS


def test_at_any_time_of_day_all_is_over_and_nothing_began_before_detection_has_learned() -> None:
    for minute in range(0, 24 * 60, 30):
        now_ns = NOON_NS + minute * MINUTE_NS
        mishaps = scripted(now_ns)
        ends = [(one.onset_ns, one.end_ns) for one in mishaps]
        assert max(end for _, end in ends) <= now_ns - 5 * HOUR_NS
        assert min(onset for onset, _ in ends) >= now_ns - (LEAST_DAYS - 2) * DAY_NS
        assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_people_tell_of_what_they_changed_there_and_back() -> None:
    told = changes(scripted(NOON_NS))
    assert Counter(one["kind"] for one in told) == {"prompt": 2, "config": 2}
    assert (told[0]["before"], told[0]["after"]) == (told[1]["after"], told[1]["before"])


def chat(mishap: Mishap | None) -> list[Span]:
    """An hour of the support chat's evening."""
    from_ns = NOON_NS - NOON_NS % DAY_NS - 5 * HOUR_NS
    plan = Plan(mishaps=() if mishap is None else (mishap,))
    return [one for one in spans_of(plan, from_ns, from_ns + HOUR_NS) if one.service == "support-chat"]


def test_each_fault_changes_what_it_is_about() -> None:
    onset_ns = NOON_NS - NOON_NS % DAY_NS - 6 * HOUR_NS
    usual = chat(None)
    limited, regressed, asked = (
        chat(Mishap(kind, onset_ns, onset_ns + 3 * HOUR_NS))  # type: ignore[arg-type]
        for kind in ("rate_limited", "prompt_regression", "asked_again")
    )

    def refused(spans: list[Span]) -> float:
        calls = [one for one in spans if one.kind == "llm" and one.request_model == "gpt-4.1-mini"]
        return sum(one.error_type == "RateLimitError" for one in calls) / len(calls)

    def calls_of_a_trace(spans: list[Span]) -> float:
        return sum(one.kind == "llm" for one in spans) / len({one.trace_id for one in spans})

    def promised(spans: list[Span]) -> int:
        return sum(any(promise[:20] in one.output_text for promise in PROMISES) for one in spans if one.kind == "llm")

    assert refused(usual) < 0.1 < 0.3 < refused(limited)
    assert promised(usual) == 0 < promised(regressed)
    assert {one.prompt_version for one in regressed if one.prompt_version} == {
        f"{one.prompt_version}.1" for one in usual if one.prompt_version
    }
    assert calls_of_a_trace(asked) > 2 * calls_of_a_trace(usual)


def test_reviewers_agree_mostly_and_say_the_same_each_time() -> None:
    scores = [{"trace_id": f"t{n}", "id": str(n), "time": str(n % 7), "value": n % 100 / 100} for n in range(1000)]
    drawn = people.chosen(scores, 7)
    assert drawn == people.chosen(list(reversed(scores)), 7)
    assert len({one["trace_id"] for one in drawn}) == people.ANSWERS
    one, other = (
        [people.verdict(reviewer, n, float(held["value"]), 7)[people.SCORE] for n, held in enumerate(drawn)]
        for reviewer in people.REVIEWERS
    )
    same = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    assert 0.8 < same < 1
    assert sum(one[n] for n, held in enumerate(drawn) if held["value"] > 0.9) > sum(
        one[n] for n, held in enumerate(drawn) if held["value"] < 0.1
    )
