"""Every OTLP request of every recorded case, through decode and normalise: what a person should see of it."""

import json
from pathlib import Path

import pytest

from nervure.normalise.engine import Normaliser
from tests.conformance.capture import Case, load_cases
from tests.conformance.facts import judge
from tests.conformance.known import known_misses, reason_of
from tests.conformance.offline import shown_offline

FOLDERS = (Path(__file__).parents[1] / "captures", Path(__file__).parent / "captures")
CASES = [case for folder in FOLDERS for case in load_cases(folder) if case.otlp]
NORMALISER = Normaliser()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_case_shows_what_its_client_sent(case: Case) -> None:
    verdict = judge(case, shown_offline(case, NORMALISER), case.others)
    known = known_misses()
    misses = [o for o in verdict.outcomes if not o.is_met and reason_of(known, case.name, o) is None]
    assert verdict.outcomes, "a case without fields tests nothing"
    assert not misses, "\n".join(map(str, misses))


# Its program makes up a call of 9 and 2 tokens that no provider answered.
MADE_UP = {"langfuse-v3": (9, 2)}


@pytest.mark.parametrize(
    "case", [case for case in CASES if (FOLDERS[0] / case.name / "model_calls.json").is_file()], ids=lambda c: c.name
)
def test_no_case_counts_more_tokens_than_the_providers_did(case: Case) -> None:
    calls = json.loads((FOLDERS[0] / case.name / "model_calls.json").read_text())
    more_in, more_out = MADE_UP.get(case.name, (0, 0))
    traces = shown_offline(case, NORMALISER).traces
    assert sum(trace["input_tokens"] for trace in traces) <= more_in + sum(
        call.get("input_tokens") or 0 for call in calls
    )
    assert sum(trace["output_tokens"] for trace in traces) <= more_out + sum(
        call.get("output_tokens") or 0 for call in calls
    )


def test_every_known_miss_is_still_one() -> None:
    by_name = {case.name: case for case in CASES}
    for (name, where, field), reason in known_misses().items():
        case = by_name[name]
        outcomes = judge(case, shown_offline(case, NORMALISER), case.others).outcomes
        missed = {(outcome.where, outcome.field) for outcome in outcomes if not outcome.is_met}
        assert (where, field) in missed, f"{name}: {where}: {field} is met now; take it off the list ({reason})"
