"""Tries what is due, again and later when it fails, until it arrives or a day has passed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from nervure.act.notify.send import NotSent, send
from nervure.base.clock import NS_PER_S, Clock
from nervure.base.journal import journal
from nervure.catalog.catalog import Catalog
from nervure.model.notification import Channel, Delivery, Message

FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 900
GIVE_UP_S = 86_400
AT_ONCE = 8
Send = Callable[[Channel, Message, Sequence[Message]], None]


def deliver_due(catalog: Catalog, clock: Clock, send: Send = send) -> int:
    """One round: claims, sends, settles. Returns how many were sent. Raises StoreDown.

    At least once: who dies between the service's yes and settling sends again after the lease.
    """
    channels = {one.id: one for one in catalog.channels.list()}
    sent = 0
    while due := catalog.deliveries.claim(AT_ONCE):
        # A channel that hangs holds up nobody else's.
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify") as pool:
            outcomes = list(pool.map(lambda one: _tried(catalog, channels.get(one.channel_id), one, send), due))
        for delivery, reason in zip(due, outcomes, strict=True):
            sent += reason is None
            _settle(catalog, clock, delivery, reason, channels.get(delivery.channel_id))
    return sent


def pause_s(tries: int) -> int:
    """Before the next try: doubling from 10 s to a quarter of an hour."""
    return int(min(FIRST_PAUSE_S * 2 ** max(0, tries - 1), LONGEST_PAUSE_S))


def in_place(delivery: Delivery, related: Sequence[Delivery]) -> tuple[Message, list[Message]]:
    """(what stands now, what was said of it before, with the end it has come to by that).

    A service that keeps what it is told until its end must hear of the end of what no longer stands. A message that was
    overtaken because it had to be tried again says what the newest says. related: others of its channel and subjects.
    """
    subject = delivery.message.subjects[:1]
    newest = max(
        (delivery, *(one for one in related if one.message.subjects[:1] == subject)),
        key=lambda one: (one.created_ns, one.id),
    )
    before = [
        replace(one.message, ends_ns=one.message.ends_ns or max(newest.created_ns, one.message.starts_ns + 1))
        for one in sorted((delivery, *related), key=lambda one: (one.created_ns, one.id))
        if (one.created_ns, one.id) < (newest.created_ns, newest.id)
    ]
    return newest.message, before


def _tried(catalog: Catalog, channel: Channel | None, delivery: Delivery, send: Send) -> str | None:
    """None when it was sent, else why not."""
    if channel is None:
        return "the channel was deleted"
    message, before = delivery.message, list[Message]()
    if channel.kind == "alertmanager":
        message, before = in_place(delivery, catalog.deliveries.related(delivery))
    try:
        send(channel, message, before)
    except NotSent as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a plug-in of 170 services may raise anything; it must not stop the others
        journal("notify").error("a channel failed", channel=channel.name, exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None


def _settle(catalog: Catalog, clock: Clock, delivery: Delivery, reason: str | None, channel: Channel | None) -> None:
    if reason is None:
        catalog.deliveries.settle(delivery.id, "sent")
        return
    now_ns = clock.now_ns()
    if channel is None or now_ns - delivery.created_ns > GIVE_UP_S * NS_PER_S:
        journal("notify").error("a notification was given up", title=delivery.message.title, reason=reason)
        catalog.deliveries.settle(delivery.id, "failed", reason)
        return
    journal("notify").warning(
        "a notification is tried again", title=delivery.message.title, tries=delivery.tries, reason=reason
    )
    catalog.deliveries.settle(delivery.id, "waiting", reason, now_ns + pause_s(delivery.tries) * NS_PER_S)
