"""Content that reaches a span by another way: log records that carry its trace and span id, before it or after."""

from copy import copy

from nervure.base.clock import iso
from nervure.model.span import Message, Span
from nervure.normalise.convention import Fields
from nervure.normalise.fields import FIELDS
from nervure.normalise.finalise import settle_call, settle_content
from nervure.normalise.values import encode_json

# Messages of log records say when: so that the next ones find their place, whenever they come.
TIME = "time"
# Attribute of a span that names the other fields log records gave it: to give them again when it is read anew.
BROUGHT = "nervure.from_logs"


def at_time(messages: list[Message], time_ns: int) -> list[Message]:
    """The messages marked with the time of the record that brought them."""
    if not time_ns:
        return messages
    # iso() shows microseconds; the remaining digits keep the order of messages logged within one.
    text = f"{iso(time_ns)[:-1]}{time_ns % 1000:03d}Z"
    return [{**message, TIME: text} for message in messages]  # type: ignore[misc]


def complete(span: Span, contents: list[Fields]) -> Span:
    """The span with contents added in order of time, or the span itself when they say nothing new."""
    whole = copy(span)
    for field in ("input", "output"):
        said = [message for content in contents for message in content.get(field, ())]
        if field == "input" and span.system_prompt:
            said = [message for message in said if message["role"] != "system"]
        if said:
            setattr(whole, field, _merged(getattr(span, field), said))
    known = brought_to(span)
    brought = set(known)
    for content in contents:
        for field, value in content.items():
            if field in _OF_ERRORS and span.status != "error":
                continue
            if field not in ("input", "output") and getattr(whole, field) in ("", None, [], {}):
                setattr(whole, field, value)
                brought.add(field)
    if brought != known:
        whole.attributes = {**span.attributes, BROUGHT: sorted(brought)}
        settle_call(whole)
    if whole.input != span.input or whole.output != span.output:
        whole.input_text = whole.output_text = ""
        settle_content(whole)
    return span if whole == span else whole


# A record may tell of an exception that was handled: only a failed span has an error.
_OF_ERRORS = frozenset({"error_type", "status_message"})


def contents_of(span: Span) -> list[Fields]:
    """What log records once added to a span: to add it again after the span is normalised anew."""
    timed = {field: [message for message in getattr(span, field) if TIME in message] for field in ("input", "output")}
    contents: list[Fields] = [{field: messages} for field, messages in timed.items() if messages]
    beside = {field: value for field in sorted(brought_to(span)) if (value := getattr(span, field)) is not None}
    return [*contents, beside] if beside else contents


def brought_to(span: Span) -> set[str]:
    """Names of the fields, but for messages, that log records gave to a span."""
    said = span.attributes.get(BROUGHT)
    return {field for field in said if field in FIELDS} if isinstance(said, list) else set()


def _merged(there: list[Message], said: list[Message]) -> list[Message]:
    """Messages of both, each once: those of the span first, then those of records in order of time."""
    untimed = [message for message in there if TIME not in message]
    # A span that carries its messages itself needs none from records: they would say the same in other words.
    if untimed:
        return there
    timed: dict[str, Message] = {}
    for message in (*there, *said):
        timed.setdefault(encode_json(message), message)
    return sorted(timed.values(), key=lambda message: str(message.get(TIME, "")))
