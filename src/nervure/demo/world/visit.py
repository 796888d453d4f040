"""One request of a world: its clock, its dimensions, the spans and evaluations it writes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.demo.otlp import Outbox, Resource, Scope, put
from nervure.demo.scene import PYTHON_SDK
from nervure.demo.world.cast import App
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.weather import Weather
from nervure.demo.world.world import World

INTERNAL, SERVER, CLIENT = 1, 2, 3
GENAI: Scope = ("opentelemetry.instrumentation.genai", "1.3b0")


class Visit:
    """What is being simulated. dims: canonical field names to values, for faults to match. now_ns: moved by `wait`."""

    def __init__(
        self, world: World, weather: Weather, rng: Random, outbox: Outbox, app: App, now_ns: int, dims: dict[str, str]
    ) -> None:
        self.world, self.weather, self.rng, self.outbox, self.app = world, weather, rng, outbox, app
        self.now_ns, self.dims = now_ns, dims
        self.trace_id = rng.getrandbits(128).to_bytes(16, "big")
        self._parents: list[Any] = []
        self._resource: Resource = (
            ("service.name", app.name),
            ("service.version", dims["release"]),
            ("service.instance.id", f"{app.name}-{dims['region']}"),
            ("deployment.environment.name", dims["environment"]),
            ("cloud.region", dims["region"]),
            *PYTHON_SDK.items(),
            ("team", app.team),
            ("nervure.demo", True),
        )
        self._who = {
            "tenant.id": dims["tenant"], "user.id": dims["user"], "session.id": dims["session"], "feature": dims["feature"]
        }  # fmt: skip

    def knobs(self, more: Mapping[str, str] | None = None) -> Knobs:
        """What disturbs the request here and now; with the dimensions of a piece of it."""
        return self.weather.at(self.now_ns, {**self.dims, **more} if more else self.dims)

    def wait(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS_PER_S)

    def happens(self, share: float) -> bool:
        """Whether something that befalls this share of cases befalls this one."""
        return share > 0 and self.rng.random() < share

    @contextmanager
    def span(
        self, name: str, attributes: Mapping[str, Any], kind: int = INTERNAL, scope: Scope = GENAI
    ) -> Iterator[Any]:
        """A span around what happens inside; yields the protobuf Span."""
        made = self.outbox.span(self._resource, scope)
        made.trace_id, made.span_id = self.trace_id, self.rng.getrandbits(64).to_bytes(8, "big")
        if self._parents:
            made.parent_span_id = self._parents[-1].span_id
        made.name, made.kind, made.start_time_unix_nano = name, kind, self.now_ns
        put(made.attributes, self._who)
        put(made.attributes, attributes)
        self._parents.append(made)
        yield made
        self._parents.pop()
        made.end_time_unix_nano = self.now_ns

    def fail(self, span: Any, kind: str, text: str, status: int = 0) -> None:
        """Marks a span as failed, as an SDK records an exception."""
        span.status.code, span.status.message = 2, text
        put(span.attributes, {"error.type": kind, "http.response.status_code": status or None})
        event = span.events.add()
        event.name, event.time_unix_nano = "exception", self.now_ns
        put(event.attributes, {"exception.type": kind, "exception.message": text})

    def judge(self, span: Any, name: str, quality: float, is_verdict: bool = False) -> None:
        """An evaluation of a span, sent as an event log record: a score, or a verdict of yes (1) and no (0)."""
        if is_verdict:
            value = 1.0 if self.rng.random() < min(0.99, max(0.02, quality)) else 0.0
        else:
            # Judges scatter, and now and then an ordinary answer is plainly bad.
            drawn = quality * 0.55 if self.rng.random() < 0.03 else quality
            value = round(min(1.0, max(0.0, self.rng.gauss(drawn, 0.08))), 3)
        record = self.outbox.log(self._resource, ("evaluator", "1"))
        record.time_unix_nano = record.observed_time_unix_nano = span.end_time_unix_nano or self.now_ns
        record.severity_number, record.event_name = 9, "gen_ai.evaluation.result"
        record.trace_id, record.span_id = span.trace_id, span.span_id
        put(record.attributes, {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": value,
            "gen_ai.evaluation.score.label": "pass" if value >= 0.5 else "fail",
        })  # fmt: skip
