"""The folder of causes and its runbooks."""

import json
import re
from typing import get_args

import pytest

from nervure.base.errors import BadInput, NotFound
from nervure.explain.infer import causes
from nervure.explain.panel import BY_NAME, spoken_of
from nervure.explain.pointed import scope_from
from nervure.explain.runbook import live, runbook
from nervure.model.incident import Cause
from nervure.query.query import Query, check
from nervure.query.slices import DIMENSIONS

NAMES = [name for name in get_args(Cause) if name != "unknown"]
TRANSIENT = {"provider_outage", "rate_limited", "latency_degradation", "capacity_saturation"}


def test_every_cause_of_the_model_has_its_file_and_nature() -> None:
    assert {name: cause.nature for name, cause in causes().items()} == {
        name: "transient" if name in TRANSIENT else "systematic" for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_cause_names_symptoms_and_dimensions_that_exist(name: str) -> None:
    cause = causes()[name]

    unknown = {
        sign for sign in (*cause.signs, *cause.follows) if sign not in BY_NAME and sign not in ("score:", "features")
    }
    assert unknown == set()
    assert set(cause.dimensions) <= {*DIMENSIONS, "user"}


@pytest.mark.parametrize("name", [*NAMES, "unknown"])
def test_the_queries_of_a_runbook_can_be_asked(name: str) -> None:
    text = live(runbook(name), {"service": "chat", "prompt": "a"})

    queries = [json.loads(found) for found in re.findall(r"```query\n(.*?)\n```", text, re.DOTALL)]
    assert len(queries) >= 3
    for query in queries:
        check(Query.of(query), 1_800_000_000 * 10**9)


def test_a_runbook_about_everything_asks_about_everything() -> None:
    assert "{scope}" not in live(runbook("abuse"), {})


def test_there_is_no_runbook_of_what_is_no_cause() -> None:
    with pytest.raises(NotFound, match="provider_outage"):
        runbook("gremlins")


@pytest.mark.parametrize(
    ("measure", "symptom"),
    [
        ("error_rate", "llm.error"),
        ("latency.p95", "llm.ms"),
        ("score:relevance.mean", "score:relevance"),
        ("documents.score.mean", "docs.score"),
        ("cost.avg", "root.cost"),
        ("count", "volume.root"),
        ("input_length", "root.in_chars"),
        ("finish.length", "llm.length"),
        ("empty_input_rate", "asked.nothing"),
        ("usage_reported_rate", "untold.tokens"),
        ("volume.share", "volume.root"),
        ("mix.share", "volume.llm"),
        ("tool_calls_per_trace", "root.tools"),
    ],
)
def test_measures_speak_of_symptoms(measure: str, symptom: str) -> None:
    assert symptom in spoken_of(measure)


def test_a_scope_is_said_by_equalities() -> None:
    assert scope_from('service = "chat" and prompt = "answer"') == {"service": "chat", "prompt": "answer"}
    with pytest.raises(BadInput, match="equalities"):
        scope_from('service = "chat" or model = "gpt"')
