"""Sends one message over one channel, now."""

import logging
import threading
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import quote

import httpx

from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NervureError
from nervure.model.notification import Channel, Message

TIMEOUT_S = 15.0
FIRES_FOR_S = 7 * 86_400
# Apprise's names of its kinds.
KINDS = {"page": "failure", "ticket": "warning", "info": "info"}
LONGEST_REASON = 500


class NotSent(NervureError):
    """The channel did not take it; the message says why, in its own words."""


class _Said(logging.Handler):
    """What Apprise logs in this thread: others may be sending at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())

    def __enter__(self) -> Self:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)


def send(channel: Channel, message: Message, before: Sequence[Message] = ()) -> None:
    """Blocks until the service has answered. Raises NotSent.

    before: what was said of the same earlier, with the end it has come to; for services that keep what they are told.
    """
    if channel.kind == "alertmanager":
        _to_alertmanager(channel, message, before)
    else:
        _by_apprise(channel, message)


def _by_apprise(channel: Channel, message: Message) -> None:
    import apprise  # 5 MB, paid only by those who notify through it

    service = apprise.Apprise.instantiate(channel.address, suppress_exceptions=True)
    if service is None:
        raise NotSent("the address is none that Apprise knows: write it anew")
    if not isinstance(service, apprise.NotifyBase):
        raise NotSent("the address names a file of addresses: write one service's address")
    service.socket_read_timeout = service.socket_connect_timeout = TIMEOUT_S
    if isinstance(headers := getattr(service, "headers", None), dict):
        # Webhooks: who was stopped after the service's yes sends again, and the service knows it by this.
        headers.setdefault("Idempotency-Key", quote(message.key, safe="/:.,= "))
    body = f"{message.text}\n\n{message.url}" if message.url else message.text
    kind = apprise.NotifyType("success" if message.ends_ns else KINDS[message.urgency])
    # Apprise answers only yes or no; why stands in its log.
    with _Said() as said:
        is_sent = service.notify(body=body, title=message.title, notify_type=kind)
    if not is_sent:
        raise NotSent(" ".join(said.lines)[:LONGEST_REASON] or "the service refused it and did not say why")


def _to_alertmanager(channel: Channel, message: Message, before: Sequence[Message]) -> None:
    """POST /api/v2/alerts, https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml.

    Alertmanager knows an alert by its labels alone. Those under which the same was told before are ended in the same
    request, or they would stand beside the new ones.
    """
    alerts = {tuple(sorted(one["labels"].items())): one for one in map(_alert, (*before, message))}
    url = f"{channel.address.rstrip('/')}/api/v2/alerts"
    try:
        answer = httpx.post(url, json=list(alerts.values()), timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        raise NotSent(f"{type(error).__name__}: {error}"[:LONGEST_REASON]) from error
    if answer.is_error:
        raise NotSent(f"HTTP {answer.status_code}: {answer.text}"[:LONGEST_REASON])


def _alert(message: Message) -> dict[str, Any]:
    labels = {
        # The same name at its end, or Alertmanager takes it for another alert.
        "alertname": message.title.removeprefix("Over: ")[:200],
        "project": message.project,
        "severity": message.urgency,
        **message.labels,
    }
    return {
        "labels": {_label(name): value for name, value in labels.items() if value},
        "annotations": {"summary": message.title, "description": message.text},
        "startsAt": iso(message.starts_ns),
        # Without an end Alertmanager would take it for over after five minutes.
        "endsAt": iso(message.ends_ns or message.starts_ns + FIRES_FOR_S * NS_PER_S),
        "generatorURL": message.url,
    }


def _label(name: str) -> str:
    """Prometheus' names have letters, digits and underscores."""
    kept = "".join(one if one.isascii() and one.isalnum() else "_" for one in name)
    return kept if not kept[:1].isdigit() else f"_{kept}"
