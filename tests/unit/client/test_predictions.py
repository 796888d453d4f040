"""Predictions recorded by call, decorator and wrapped estimator."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import nervure
from nervure.base.connection import Connection
from nervure.client import predictions
from nervure.client.http import Http
from nervure.client.outbox import Outbox
from tests.unit.client.conftest import Recorder

PATHS = ("predictions", "predictions/labels")


@pytest.fixture
def sent(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What reaches the server."""
    http = Http(Connection(url=recorder.url))
    recorder.answers = [(201, {"content-type": "application/json"}, b'{"ids": []}')] * 50
    monkeypatch.setattr(predictions, "_outbox", Outbox(http, PATHS, linger_s=0.05))
    return recorder


def bodies(recorder: Recorder, path: str = "/api/v1/predictions") -> list[dict[str, Any]]:
    assert predictions.flush(10)
    return [body for _, at, _, text in recorder.requests if at == path for body in json.loads(text)]


def test_a_prediction_and_its_label(sent: Recorder) -> None:
    identity = nervure.prediction(
        model="credit", version="7", prediction=np.str_("repaid"), confidence=np.float32(0.5),
        features={"income": np.int64(41000), "score": float("nan"), "job": None}, groups={"age": "old"},
    )  # fmt: skip
    nervure.label(identity, True)
    (body,) = bodies(sent)
    assert body["id"] == identity
    assert (body["prediction"], body["confidence"], body["version"]) == ("repaid", 0.5, "7")
    assert body["features"] == {"income": 41000, "score": None, "job": None}
    (told,) = bodies(sent, "/api/v1/predictions/labels")
    assert (told["id"], told["label"]) == (identity, True)


def test_a_decorated_endpoint(sent: Recorder) -> None:
    @dataclass
    class Case:
        income: float
        city: str

    @nervure.predicts(model="credit", version="3")
    def score(case: Case, channel: str = "web") -> dict[str, Any]:
        return {"prediction": "default", "confidence": 0.9, "note": "kept by the caller"}

    @nervure.predicts(model="price")
    async def price(rooms: int) -> float:
        return rooms * 2.5

    assert score(Case(10.0, "Lyon"))["note"] == "kept by the caller"
    assert asyncio.run(price(rooms=4)) == 10.0
    first, second = bodies(sent)
    assert first["features"] == {"income": 10.0, "city": "Lyon"}
    assert (first["prediction"], first["confidence"]) == ("default", 0.9)
    assert (second["model"], second["prediction"], second["features"]) == ("price", 10.0, {"rooms": 4})


def test_a_watched_estimator_predicts_as_before(sent: Recorder) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(60, 2))
    fitted = LogisticRegression().fit(rows, rows[:, 0] > 0)
    model = nervure.watch(fitted, name="sign", version="1", feature_names=["a", "b"])
    assert (model.predict(rows[:5]) == fitted.predict(rows[:5])).all()
    ids = model.last_ids
    assert np.allclose(model.predict_proba(rows[:2]), fitted.predict_proba(rows[:2]))
    assert model.coef_ is fitted.coef_
    made = bodies(sent)
    assert [one["id"] for one in made[:5]] == ids
    assert len(made) == 7
    assert made[0]["features"] == {"a": rows[0, 0], "b": rows[0, 1]}
    assert set(made[0]["probabilities"]) == {"true", "false"}


def test_what_cannot_be_recorded_does_not_break_the_caller(sent: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    class Odd:
        @property
        def __dataclass_fields__(self) -> Any:
            raise RuntimeError("odd")

    @nervure.predicts(model="m")
    def score(odd: Odd) -> str:
        return "fine"

    assert score(Odd()) == "fine"
    assert "could not be recorded" in caplog.text


def test_a_full_outbox_says_so_and_a_refusal_is_told(recorder: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    recorder.answers = [(400, {"content-type": "application/problem+json"}, b'{"detail": "no model"}')] * 3
    outbox = Outbox(Http(Connection(url=recorder.url)), PATHS, most=3, linger_s=60)
    outbox.put("predictions", [{"n": n} for n in range(5)])
    assert outbox.lost == 2
    assert outbox.flush(10)
    assert outbox.lost == 5
    assert "no model" in caplog.text
    assert len(recorder.requests) == 1


def test_a_busy_server_is_asked_again(recorder: Recorder) -> None:
    busy = (429, {"retry-after": "0", "content-type": "application/problem+json"}, b'{"detail": "full"}')
    recorder.answers = [busy, busy, (201, {}, b"{}")]
    outbox = Outbox(Http(Connection(url=recorder.url)), PATHS, linger_s=0.01)
    outbox.put("predictions", [{"n": 1}])
    assert outbox.flush(20)
    assert (len(recorder.requests), outbox.lost) == (3, 0)
