"""Raw records for tests: a span of one second in November 2026, unless a test says otherwise."""

from typing import Any

from nervure.model.raw import Origin, RawEvent, RawLog, RawSpan
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser

START_NS = 1_795_000_000_000_000_000
SECOND_NS = 1_000_000_000
RECEIVED_NS = START_NS + 5 * SECOND_NS
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
NORMALISER = Normaliser()


def raw_span(
    attributes: dict[str, Any] | None = None,
    *,
    name: str = "work",
    start_ns: int = START_NS,
    end_ns: int = START_NS + SECOND_NS,
    status: tuple[int, str] = (0, ""),
    events: list[RawEvent] | None = None,
    resource: dict[str, Any] | None = None,
    scope: str = "",
) -> RawSpan:
    return RawSpan(
        origin=Origin(resource=resource or {}, scope_name=scope),
        trace_id=TRACE,
        span_id=SPAN,
        parent_id="",
        name=name,
        kind=1,
        start_ns=start_ns,
        end_ns=end_ns,
        status_code=status[0],
        status_message=status[1],
        attributes=attributes or {},
        events=events or [],
    )


def raw_log(event_name: str, body: Any, attributes: dict[str, Any] | None = None, at_ns: int = START_NS) -> RawLog:
    return RawLog(Origin(), at_ns, at_ns, TRACE, SPAN, 9, "INFO", event_name, body, attributes or {})


def event(name: str, attributes: dict[str, Any] | None = None, after_ns: int = 0) -> RawEvent:
    return RawEvent(name, START_NS + after_ns, attributes or {})


def span_of(attributes: dict[str, Any] | None = None, **said: Any) -> Span:
    """The canonical span of `raw_span` with the same arguments."""
    span = NORMALISER.span(raw_span(attributes, **said), "default", RECEIVED_NS)
    assert span is not None
    return span


def text(role: str, content: str, **more: Any) -> dict[str, Any]:
    """A message of one text part."""
    return {"role": role, "parts": [{"type": "text", "content": content}], **more}
