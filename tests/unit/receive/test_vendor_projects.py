"""Projects as vendors' clients name them in headers."""

import pytest

from nervure.base.clock import SystemClock
from nervure.base.settings import Settings
from nervure.receive.auth import Doorkeeper


@pytest.mark.parametrize(
    ("headers", "project"),
    [
        pytest.param({}, "default", id="nobody named one"),
        pytest.param({"x-mlflow-experiment-id": "shop"}, "shop", id="MLflow's experiment"),
        pytest.param({"x-mlflow-experiment-id": "0"}, "default", id="MLflow's experiment Default, which nobody chose"),
        pytest.param({"openai-project": "proj_1"}, "proj_1", id="OpenAI's project"),
        pytest.param({"langsmith-project": "lab"}, "lab", id="LangSmith's project"),
        pytest.param({"x-nervure-project": "ours", "langsmith-project": "lab"}, "ours", id="our own header goes first"),
    ],
)
def test_a_vendors_header_names_the_project(headers: dict[str, str], project: str) -> None:
    keeper = Doorkeeper(Settings(), SystemClock(), None)
    assert keeper.admit(headers).project == project
