"""Predictions of classic models: recorded one by one, by a decorator, or by wrapping a scikit-learn estimator.

    nervure.prediction(model="credit-risk", version="7", prediction="repaid", confidence=0.83, features={"income": 41000}, id="8841")
    nervure.label("8841", "default")

    @app.post("/score")
    @nervure.predicts(model="credit-risk", version="7")
    def score(case: Case) -> str: ...

    model = nervure.watch(fitted, name="credit-risk", version="7")
    model.predict(frame)

Sent in the background in batches. What the server cannot be told is counted and logged, never raised into the caller.
"""

import asyncio
import atexit
import functools
import inspect
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from opentelemetry import trace

from nervure.base.connection import connection
from nervure.client.http import Http
from nervure.client.outbox import Outbox

log = logging.getLogger("nervure")
Called = TypeVar("Called", bound=Callable[..., Any])


_outbox: Outbox | None = None


def outbox() -> Outbox:
    """The process's outbox, made when first needed."""
    global _outbox
    if _outbox is None:
        from nervure.client.setup import setup_in_force

        setup = setup_in_force()
        _outbox = Outbox(
            Http(setup.connection if setup.is_active else connection()), ("predictions", "predictions/labels")
        )
        atexit.register(_outbox.flush, 10.0)
    return _outbox


def flush(timeout_s: float) -> bool:
    """Waits for predictions and labels under way."""
    return _outbox is None or _outbox.flush(timeout_s)


def prediction(
    *,
    model: str,
    prediction: str | float | bool | None = None,
    version: str = "",
    features: Mapping[str, Any] | None = None,
    probabilities: Mapping[str, float] | None = None,
    confidence: float | None = None,
    groups: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    id: str = "",
) -> str:
    """Records a prediction and returns its id, by which `label` tells later what was true. Returns at once.

    prediction: a class, or the number of a regression. probabilities: class to probability. features: numbers and
    words, None is missing. groups: protected attributes. The current span, if there is one, is linked.
    """
    body = _body(model, version, prediction, features, probabilities, confidence, id)
    body |= {"groups": {name: str(value) for name, value in groups.items()}} if groups else {}
    body |= {"metadata": dict(metadata)} if metadata else {}
    outbox().put("predictions", [body])
    return str(body["id"])


def label(id: str, label: str | float | bool) -> None:
    """Tells what was true of a prediction; again, when it is corrected. May come before the prediction."""
    outbox().put("predictions/labels", [{"id": id, "label": _plain(label), "time": _now()}])


def predicts(*, model: str, version: str = "") -> Callable[[Called], Called]:
    """Decorates a function (or coroutine) that predicts, e.g. a FastAPI endpoint: its arguments are the features.

    Arguments that are mappings, dataclasses or pydantic models give a feature a member. The result is the prediction,
    or a mapping with some of "prediction", "probabilities", "confidence", "id".
    """

    def decorate(function: Called) -> Called:
        shape = inspect.signature(function)

        def record(arguments: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
            bound = shape.bind(*arguments, **named)
            features: dict[str, Any] = {}
            for name, value in bound.arguments.items():
                members = _members(value)
                features |= members if members is not None else {name: value}
            said = _members(result)
            given = said if said and {"prediction", "probabilities"} & said.keys() else {"prediction": result}
            known = {key: given[key] for key in ("prediction", "probabilities", "confidence", "id") if key in given}
            prediction(model=model, version=version, features=features, **known)

        if asyncio.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*arguments: Any, **named: Any) -> Any:
                result = await function(*arguments, **named)
                _quietly(record, arguments, named, result)
                return result

            return awaited  # type: ignore[return-value]

        @functools.wraps(function)
        def called(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            _quietly(record, arguments, named, result)
            return result

        return called  # type: ignore[return-value]

    return decorate


class Watched:
    """A scikit-learn estimator whose predictions are recorded; everything else is the estimator's own.

    last_ids: of the rows of the last call, in order, to send labels by.
    """

    def __init__(self, estimator: Any, name: str, version: str = "", feature_names: Iterable[str] = ()) -> None:
        self._estimator, self._name, self._version = estimator, name, version
        self._features = [str(one) for one in (feature_names or getattr(estimator, "feature_names_in_", ()))]
        self.last_ids: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._estimator, name)

    def predict(self, rows: Any, *arguments: Any, **named: Any) -> Any:
        """The estimator's predictions. Its probabilities are asked for, too, where it has any."""
        said = self._estimator.predict(rows, *arguments, **named)
        chances = self._estimator.predict_proba(rows) if hasattr(self._estimator, "predict_proba") else None
        _quietly(self._record, rows, said, chances)
        return said

    def predict_proba(self, rows: Any, *arguments: Any, **named: Any) -> Any:
        """The estimator's probabilities; the likeliest class is recorded as the prediction."""
        chances = self._estimator.predict_proba(rows, *arguments, **named)
        _quietly(self._record, rows, None, chances)
        return chances

    def _record(self, rows: Any, said: Any, chances: Any) -> None:
        classes = [_class(_plain(one)) for one in getattr(self._estimator, "classes_", ())]
        bodies = []
        for at, features in enumerate(_rows_of(rows, self._features)):
            odds = dict(zip(classes, map(float, chances[at]), strict=True)) if chances is not None else None
            bodies.append(_body(self._name, self._version, None if said is None else said[at], features, odds))
        self.last_ids = [body["id"] for body in bodies]
        outbox().put("predictions", bodies)


def watch(estimator: Any, *, name: str, version: str = "", feature_names: Iterable[str] = ()) -> Watched:
    """Wraps a fitted scikit-learn estimator or pipeline so that its predictions are recorded."""
    return Watched(estimator, name, version, feature_names)


def _body(
    model: str, version: str, said: Any, features: Mapping[str, Any] | None, probabilities: Mapping[str, float] | None,
    confidence: float | None = None, id: str = "",
) -> dict[str, Any]:  # fmt: skip
    body: dict[str, Any] = {"id": id or uuid.uuid4().hex, "model": model, "version": version, "time": _now()}
    if said is not None:
        body["prediction"] = _plain(said)
    if probabilities:
        body["probabilities"] = {str(name): float(value) for name, value in probabilities.items()}
    if confidence is not None:
        body["confidence"] = float(confidence)
    if features:
        body["features"] = {str(name): _plain(value) for name, value in features.items()}
    here = trace.get_current_span().get_span_context()
    if here.is_valid:
        body |= {"trace_id": f"{here.trace_id:032x}", "span_id": f"{here.span_id:016x}"}
    return body


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _plain(value: Any) -> Any:
    """A number, word or None; of numpy's and pandas' kinds, too. What is no finite number is missing."""
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if value == value and abs(value) != float("inf") else None
    return str(value)


def _class(value: Any) -> str:
    """As the server names the class of such a prediction: 1 and 1.0 are one class."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)


def _members(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {str(name): one for name, one in value.items()}
    if hasattr(value, "model_dump"):
        return dict(value.model_dump())
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return None


def _rows_of(rows: Any, names: list[str]) -> Iterable[dict[str, Any]]:
    """Rows of a data frame, an array or lists as features by name; without names "f0", "f1" ..."""
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        return list(rows.to_dict("records"))
    listed = rows.toarray() if hasattr(rows, "toarray") else rows
    return [{names[at] if at < len(names) else f"f{at}": value for at, value in enumerate(row)} for row in listed]


def _quietly(record: Callable[..., None], *given: Any) -> None:
    """Recording must never break the application that predicts."""
    try:
        record(*given)
    except Exception:  # whatever a caller hands over: it is told with its trace, and the prediction goes on
        log.exception("nervure: a prediction could not be recorded")
