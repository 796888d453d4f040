"""Who and what a piece of work is for: set once, written on every span below, whoever makes it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as otel
from opentelemetry.sdk.trace import Span, SpanProcessor
from opentelemetry.util.types import AttributeValue

from nervure.client import attributes

_KEY = otel.create_key("nervure-context")


@contextmanager
def context(
    *,
    session: str | None = None,
    user: str | None = None,
    tenant: str | None = None,
    team: str | None = None,
    feature: str | None = None,
    tags: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
    prompt: str | None = None,
    prompt_version: str | int | None = None,
    prompt_label: str | None = None,
    prompt_variables: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Everything inside belongs to this session, user and so on; contexts nest, the inner one wins, tags add up.

    It reaches the spans of every instrumentation (they are marked as they begin), across threads and tasks as far
    as OpenTelemetry's own context does. metadata: plain values; anything else is written as JSON.
    """
    named = {
        attributes.SESSION: session,
        attributes.CONVERSATION: session,
        attributes.USER: user,
        attributes.TENANT: tenant,
        attributes.TEAM: team,
        attributes.FEATURE: feature,
        attributes.PROMPT_NAME: prompt,
        attributes.PROMPT_VERSION: None if prompt_version is None else str(prompt_version),
        attributes.PROMPT_LABEL: prompt_label,
        attributes.PROMPT_VARIABLES: None if prompt_variables is None else attributes.as_text(dict(prompt_variables)),
    }
    before = current()
    values: dict[str, AttributeValue] = {**before, **{key: value for key, value in named.items() if value is not None}}
    if tags:
        earlier = before.get(attributes.TAGS)
        kept = [str(tag) for tag in earlier] if isinstance(earlier, list) else []
        values[attributes.TAGS] = list(dict.fromkeys([*kept, *tags]))
    for key, value in (metadata or {}).items():
        plain = isinstance(value, (str, bool, int, float))
        values[attributes.METADATA + key] = value if plain else attributes.as_text(value)
    token = otel.attach(otel.set_value(_KEY, values))
    try:
        yield
    finally:
        otel.detach(token)


def current(parent: otel.Context | None = None) -> dict[str, AttributeValue]:
    """The attributes in force."""
    values = otel.get_value(_KEY, parent)
    return dict(values) if isinstance(values, dict) else {}


class Marker(SpanProcessor):
    """Writes the context in force onto each span as it begins."""

    def on_start(self, span: Span, parent_context: otel.Context | None = None) -> None:
        values = current(parent_context)
        if values:
            span.set_attributes(values)
