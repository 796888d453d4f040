"""One simulated request: a clock that only the simulation moves, and the spans and logs written along the way."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from nervure.demo.company import NS, Visitor, release
from nervure.demo.meter import CALLS, TOKENS, Example, Instrument, Meter
from nervure.demo.mishaps import Kind, Mishap
from nervure.demo.models import Call
from nervure.demo.otlp import Outbox, Resource, Scope, put
from nervure.demo.rhythm import Rhythm

INTERNAL, SERVER, CLIENT = 1, 2, 3
DEBUG, INFO, WARN, ERROR = 5, 9, 13, 17
_LEVELS = {DEBUG: "DEBUG", INFO: "INFO", WARN: "WARN", ERROR: "ERROR"}


@dataclass(frozen=True, slots=True)
class Service:
    """A plug-in of the simulation: one service of the company.

    daily: requests on an ordinary working day at scale 1. play: simulates one of them.
    """

    name: str
    team: str
    daily: float
    rhythm: Rhythm
    sdk: Mapping[str, str]
    play: Callable[["Scene"], None]
    environment: str = "production"


@dataclass(slots=True)
class Scene:
    """The request being simulated. now_ns: its clock; `wait` moves it, spans end where it stands."""

    rng: Random
    outbox: Outbox
    meter: Meter
    service: Service
    visitor: Visitor
    now_ns: int
    project: str = ""
    run: int = 0
    mishaps: tuple[Mishap, ...] = ()
    trace_id: bytes = b""
    parents: list[bytes] = field(default_factory=list)
    # Attributes of every span from here on, e.g. tenant and session in the dialect of the service.
    baggage: dict[str, Any] = field(default_factory=dict)

    @property
    def hour(self) -> int:
        """Hours since the epoch."""
        return self.now_ns // NS // 3600

    @property
    def release(self) -> str:
        return release(self.service.name, self.hour)

    @property
    def resource(self) -> Resource:
        return resource_of(self.service, self.hour, self.visitor.tenant.region, self.project)

    def suffers(self, kind: Kind) -> Mishap | None:
        """The fault of this kind that is on at this moment."""
        return next((one for one in self.mishaps if one.kind == kind and one.is_on(self.now_ns)), None)

    def wait(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS)

    def jitter(self, median_s: float, sigma: float = 0.4) -> None:
        """Waits a log-normal time."""
        self.wait(median_s * self.rng.lognormvariate(0, sigma))

    def begin_trace(self) -> None:
        self.trace_id = (self.rng.getrandbits(128) ^ self.run).to_bytes(16, "big")
        self.parents.clear()

    @contextmanager
    def span(
        self, name: str, scope: Scope, attributes: Mapping[str, Any] | None = None, kind: int = INTERNAL
    ) -> Iterator[Any]:
        """A span around what happens inside; yields the protobuf Span, to which `put(span.attributes, ...)` adds."""
        made = self.outbox.span(self.resource, scope)
        made.trace_id, made.span_id = self.trace_id, self.rng.getrandbits(64).to_bytes(8, "big")
        if self.parents:
            made.parent_span_id = self.parents[-1]
        made.name, made.kind, made.start_time_unix_nano = name, kind, self.now_ns
        put(made.attributes, self.baggage)
        if attributes:
            put(made.attributes, attributes)
        self.parents.append(made.span_id)
        yield made
        self.parents.pop()
        made.end_time_unix_nano = self.now_ns

    @contextmanager
    def inside(self, service: Service) -> Iterator[None]:
        """The request goes on in another service of the company, in the same trace."""
        before, baggage = self.service, self.baggage
        self.service, self.baggage = service, {}
        yield
        self.service, self.baggage = before, baggage

    def fail(self, span: Any, kind: str, message: str) -> None:
        """Marks a span as failed, as an SDK records an exception."""
        span.status.code, span.status.message = 2, message
        put(span.attributes, {"error.type": kind})
        event = span.events.add()
        event.name, event.time_unix_nano = "exception", self.now_ns
        trace = f'Traceback (most recent call last):\n  File "/app/{self.service.name}/main.py", line 212, in handle\n{kind}: {message}'
        put(event.attributes, {"exception.type": kind, "exception.message": message, "exception.stacktrace": trace})

    def fail_call(self, span: Any, call: Call) -> bool:
        """Measures a model call that has ended, marks its span if it failed, and says whether it did."""
        # A wrapper around the call may be marked with it, but the call is measured once.
        if self.parents and span.span_id == self.parents[-1]:
            self._measure_call(span, call)
        if call.failure is None:
            return False
        message = call.failure.message.format(model=call.model.name)
        self.fail(span, call.failure.kind, message)
        if span.span_id == self.parents[-1]:
            self.log(ERROR, f"{call.failure.kind}: {message}", {
                "exception.type": call.failure.kind,
                "exception.message": message,
                "http.response.status_code": call.failure.status,
                "gen_ai.request.model": call.model.name,
            })  # fmt: skip
        return True

    def measure(self, instrument: Instrument, value: float, labels: Mapping[str, str]) -> None:
        """A value measured at this moment, with the innermost open span as its example."""
        example = Example(self.now_ns, self.trace_id, self.parents[-1] if self.parents else b"")
        self.meter.record(self.resource, instrument, value, labels, example)

    def _measure_call(self, span: Any, call: Call) -> None:
        labels = {
            "gen_ai.operation.name": call.model.operation,
            "gen_ai.provider.name": call.model.provider,
            "gen_ai.request.model": call.model.name,
        }
        seconds = (self.now_ns - span.start_time_unix_nano) / NS
        self.measure(CALLS, seconds, labels | ({"error.type": call.failure.kind} if call.failure else {}))
        for kind, tokens in (("input", call.input_tokens), ("output", call.output_tokens)):
            if tokens:
                self.measure(TOKENS, tokens, labels | {"gen_ai.token.type": kind})

    def log(self, severity: int, text: str, attributes: Mapping[str, Any] | None = None, event: str = "") -> None:
        """A log record at this moment, joined to the innermost open span."""
        record = self.outbox.log(self.resource, (f"{self.service.name}.log", ""))
        record.time_unix_nano = record.observed_time_unix_nano = self.now_ns
        record.severity_number, record.severity_text = severity, _LEVELS[severity]
        record.trace_id, record.span_id = self.trace_id, self.parents[-1] if self.parents else b""
        if text:
            record.body.string_value = text
        record.event_name = event
        put(record.attributes, attributes or {})

    def score(self, name: str, value: float, explanation: str, label: str = "") -> None:
        """An evaluation of the innermost open span, as the GenAI conventions send it: an event log record."""
        attributes = {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": value,
            "gen_ai.evaluation.score.label": label or ("pass" if value >= 0.5 else "fail"),
            "gen_ai.evaluation.explanation": explanation,
        }
        self.log(INFO, "", attributes, event="gen_ai.evaluation.result")


def resource_of(service: Service, hour: int, region: str, project: str) -> Resource:
    """The resource of one service in one hour and region, as its SDK would describe it."""
    version = release(service.name, hour)
    return (
        ("service.name", service.name),
        ("service.namespace", "harbourline"),
        ("service.version", version),
        ("service.instance.id", f"{service.name}-{region}-{version}"),
        ("deployment.environment.name", service.environment),
        ("cloud.region", region),
        *service.sdk.items(),
        ("team", service.team),
        ("nervure.demo", True),
        *((("nervure.project", project),) if project else ()),
    )


def as_json(value: Any) -> str:
    """Compact JSON, as SDKs write structured attributes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


PYTHON_SDK = {
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.version": "1.45.2",
}
NODE_SDK = {"telemetry.sdk.name": "opentelemetry", "telemetry.sdk.language": "nodejs", "telemetry.sdk.version": "2.4.0"}
