"""Telling people: to real HTTP endpoints, on SQLite and PostgreSQL; what is down loses nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nervure.act.notify import announce, checked, deliver_due, send
from nervure.act.notify.announce import quiet_until
from nervure.act.notify.deliver import GIVE_UP_S, pause_s
from nervure.act.notify.send import NotSent
from nervure.base.clock import NS_PER_S, FixedClock, parse_iso
from nervure.base.errors import BadInput
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.model.notification import Channel, Message

HOUR_S = 3600


@dataclass
class Service:
    """A service that notes what it is sent."""

    address: str = ""
    status: int = 200
    heard: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if service.status < 300:
                service.heard.append((self.path, json.loads(body)))
            self.send_response(service.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    with listening() as made:
        yield made


def message(key: str = "k", **how: Any) -> Message:
    values: dict[str, Any] = {
        "project": "default", "urgency": "ticket", "title": "chat is slow", "text": "Answers take 9 s. Look at the provider.",
        "labels": {"team": "care"}, "url": "http://nervure.example/app/slos/1", "starts_ns": 1_800_000_000 * NS_PER_S,
    }  # fmt: skip
    return Message(key, **{**values, **how})


def channel(catalog: Catalog, service: Service, name: str = "hook", **how: Any) -> Channel:
    return catalog.channels.create(checked(replace(Channel("", "", name, f"json://{service.address}/hook"), **how)))


def states(catalog: Catalog) -> list[str]:
    return sorted(one.state for one in catalog.deliveries.list())


def test_a_message_arrives_once_however_often_it_is_announced(
    catalog: Catalog, clock: FixedClock, service: Service
) -> None:
    channel(catalog, service)
    assert announce(catalog, message(), clock.now_ns()) == 1
    assert announce(catalog, message(), clock.now_ns()) == 0
    assert deliver_due(catalog, clock) == 1
    assert deliver_due(catalog, clock) == 0
    [(path, body)] = service.heard
    assert path == "/hook"
    assert (body["title"], body["type"]) == ("chat is slow", "warning")
    assert body["message"].startswith("Answers take 9 s. Look at the provider.")
    assert "http://nervure.example/app/slos/1" in body["message"]
    assert states(catalog) == ["sent"]


def test_a_service_that_is_down_loses_nothing_also_over_a_restart(
    catalog: Catalog, where: str, clock: FixedClock, service: Service
) -> None:
    channel(catalog, service)
    service.status = 503
    for n in range(3):
        announce(catalog, message(f"k{n}"), clock.now_ns())
    assert deliver_due(catalog, clock) == 0
    assert states(catalog) == ["waiting"] * 3
    assert all("503" in one.reason or "Service Unavailable" in one.reason for one in catalog.deliveries.list())
    # Not at once again, but after a pause that grows.
    assert deliver_due(catalog, clock) == 0
    assert {one.tries for one in catalog.deliveries.list()} == {1}
    clock.advance_s(pause_s(1) + 1)
    assert deliver_due(catalog, clock) == 0
    assert {one.tries for one in catalog.deliveries.list()} == {2}
    service.status = 200
    clock.advance_s(pause_s(2) + 1)
    other = open_catalog(where, clock, RandomIds())
    assert deliver_due(other, clock) == 3
    other.close()
    assert len(service.heard) == 3
    assert states(catalog) == ["sent"] * 3


def test_a_process_that_died_while_sending_is_followed_by_another(
    catalog: Catalog, clock: FixedClock, service: Service
) -> None:
    channel(catalog, service)
    announce(catalog, message(), clock.now_ns())
    assert len(catalog.deliveries.claim()) == 1
    assert deliver_due(catalog, clock) == 0
    clock.advance_s(121)
    assert deliver_due(catalog, clock) == 1


def test_what_nobody_takes_for_a_day_is_given_up_told_and_tried_again_by_hand(
    catalog: Catalog, clock: FixedClock, service: Service
) -> None:
    channel(catalog, service)
    service.status = 404
    announce(catalog, message(), clock.now_ns())
    deliver_due(catalog, clock)
    clock.advance_s(GIVE_UP_S + 1)
    deliver_due(catalog, clock)
    [given_up] = catalog.deliveries.list(states=["failed"])
    assert given_up.reason
    service.status = 200
    assert catalog.deliveries.retry(given_up.id)
    assert not catalog.deliveries.retry(given_up.id)
    assert deliver_due(catalog, clock) == 1


def test_two_processes_share_the_queue(catalog: Catalog, where: str, clock: FixedClock, service: Service) -> None:
    channel(catalog, service)
    for n in range(20):
        announce(catalog, message(f"k{n}"), clock.now_ns())
    other = open_catalog(where, clock, RandomIds())
    threads = [threading.Thread(target=deliver_due, args=(one, clock)) for one in (catalog, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(service.heard) == 20


def test_messages_go_where_they_belong(catalog: Catalog, clock: FixedClock, service: Service) -> None:
    channel(catalog, service, "all")
    channel(catalog, service, "pages", least="page")
    channel(catalog, service, "search", labels={"team": ["search", "ranking"]})
    channel(catalog, service, "elsewhere", project="other")
    channel(catalog, service, "paused", is_paused=True)

    def told(**how: Any) -> set[str]:
        key = f"k{len(catalog.deliveries.list(limit=1000))}"
        announce(catalog, message(key, **how), clock.now_ns())
        names = {one.id: one.name for one in catalog.channels.list()}
        return {names[one.channel_id] for one in catalog.deliveries.list(limit=1000) if one.message.key == key}

    assert told() == {"all"}
    assert told(urgency="page") == {"all", "pages"}
    assert told(labels={"team": "ranking"}) == {"all", "search"}
    assert told(project="other") == {"all", "elsewhere"}


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-18T21:30:00Z", "2026-11-19T06:00:00Z"),  # Wednesday 22:30 in Berlin
        ("2026-11-18T04:00:00Z", "2026-11-18T06:00:00Z"),
        ("2026-11-18T12:00:00Z", ""),
        ("2026-11-20T22:00:00Z", "2026-11-23T06:00:00Z"),  # Friday night, the weekend, Monday's early hours
    ],
)
def test_quiet_hours_hold_what_can_wait(at: str, until: str) -> None:
    quiet = Channel(
        "c", "", "c", "json://x", quiet_from=22 * 60, quiet_to=7 * 60, quiet_days=(6, 7), zone="Europe/Berlin"
    )
    assert quiet_until(quiet, message(), parse_iso(at)) == (parse_iso(until) if until else 0)
    assert quiet_until(quiet, message(urgency="page"), parse_iso(at)) == 0


def test_what_was_held_comes_when_quiet_hours_end(catalog: Catalog, clock: FixedClock, service: Service) -> None:
    now_minute = clock.now_ns() // NS_PER_S // 60 % 1440
    channel(catalog, service, quiet_from=now_minute, quiet_to=(now_minute + 60) % 1440)
    announce(catalog, message(), clock.now_ns())
    assert states(catalog) == ["held"]
    assert deliver_due(catalog, clock) == 0
    clock.advance_s(HOUR_S + 1)
    assert deliver_due(catalog, clock) == 1


def test_alertmanager_hears_begin_and_end_of_one_alert(service: Service) -> None:
    manager = Channel("c", "", "am", f"http://{service.address}", kind="alertmanager")
    send(manager, message(labels={"team": "care", "gen_ai.model": "m"}))
    send(
        manager,
        message(
            title="Over: chat is slow", labels={"team": "care", "gen_ai.model": "m"}, ends_ns=1_800_000_600 * NS_PER_S
        ),
    )
    (path, [begun]), (_, [ended]) = service.heard
    assert path == "/api/v2/alerts"
    assert begun["labels"] == ended["labels"] == {
        "alertname": "chat is slow", "project": "default", "severity": "ticket", "team": "care", "gen_ai_model": "m",
    }  # fmt: skip
    assert begun["startsAt"] == "2027-01-15T08:00:00.000000Z"
    assert ended["endsAt"] == "2027-01-15T08:10:00.000000Z"
    assert begun["endsAt"] > ended["endsAt"]
    service.status = 400
    with pytest.raises(NotSent, match="HTTP 400"):
        send(manager, message())


def firing(service: Service, at_ns: int) -> list[dict[str, str]]:
    """Labels of what an Alertmanager that was told all this would show."""
    held = {tuple(sorted(one["labels"].items())): one for _, alerts in service.heard for one in alerts}
    return [one["labels"] for one in held.values() if parse_iso(one["endsAt"]) > at_ns]


def test_what_alertmanager_was_told_under_other_labels_is_ended_by_newer_news(
    catalog: Catalog, clock: FixedClock, service: Service
) -> None:
    channel(catalog, service, kind="alertmanager", address=f"http://{service.address}")

    def tell(key: str, title: str, *subjects: str, **how: Any) -> list[tuple[str, str]]:
        clock.advance_s(60)
        how = {"labels": {}, "starts_ns": clock.now_ns() - 30 * NS_PER_S, **how}
        announce(catalog, message(key, title=title, subjects=subjects, **how), clock.now_ns())
        deliver_due(catalog, clock)
        return sorted((one["alertname"], one["severity"]) for one in firing(service, clock.now_ns()))

    alert, other = "mon_1/f1", "mon_1/f2"
    assert tell("mon_1//1/1", "chat fails", alert) == [("chat fails", "ticket")]
    # Another of the same monitor stays as it is.
    assert tell("mon_1/b/1/1", "search fails", other) == [("chat fails", "ticket"), ("search fails", "ticket")]
    two = [("chat: a tool fails", "ticket"), ("search fails", "ticket")]
    assert tell("inc_1/medium/", "chat: a tool fails", "inc_1", alert) == two
    # It became worse, and nobody is there to hear it; then it got another name as well.
    service.status = 503
    tell("inc_1/high/", "chat: a tool fails", "inc_1", alert, urgency="page")
    tell("inc_1/critical/", "chat: an outage", "inc_1", alert, urgency="page")
    service.status = 200
    clock.advance_s(HOUR_S)
    deliver_due(catalog, clock)
    assert states(catalog) == ["sent"] * 5
    # The monitor tells of it once more beside its incident, whose end is the end of both.
    three = [("chat fails", "ticket"), ("chat: an outage", "page"), ("search fails", "ticket")]
    assert tell("mon_1//1/2", "chat fails", alert) == three
    ended = tell("inc_1/closed/9", "Over: chat: it was the model", "inc_1", alert, ends_ns=clock.now_ns())
    assert ended == [("search fails", "ticket")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"address": "nonsense://x"}, "slack://"),
        ({"address": "not an address"}, "slack://"),
        ({"kind": "alertmanager", "address": "ftp://x"}, "Alertmanager"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"quiet_from": 1500}, "minutes of the day"),
        ({"quiet_days": (0,)}, "weekdays"),
        ({"name": ""}, "characters"),
    ],
)
def test_a_channel_that_cannot_work_is_told(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked(replace(Channel("", "", "c", "json://host/x"), **wrong))


def test_the_address_is_shown_to_nobody(catalog: Catalog, service: Service) -> None:
    made = channel(catalog, service)
    shown = catalog.channels.without_secrets(made).address
    assert shown == "json://***"
    assert service.address not in str(catalog.audit.entries())
