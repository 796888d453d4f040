"""Plays the company hour by hour. The same seed and hour give the same telemetry, ids included, whenever it is played.

That is what makes a second back-fill harmless: the server recognises every span as one it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from nervure.base.plugins import discover
from nervure.demo import gauges, services
from nervure.demo.company import NS, visitor
from nervure.demo.meter import Meter
from nervure.demo.mishaps import Mishap
from nervure.demo.otlp import Outbox, Request
from nervure.demo.rhythm import arrivals
from nervure.demo.scene import Scene, Service

HOUR_NS = 3600 * NS
METRICS_EVERY_S = 300
# Larger requests make larger blocks in the store, which costs it less for each span.
REQUEST_ITEMS = 4000
# No request or session takes longer; what begins within this time of "now" may not have ended yet.
LONGEST_NS = 3600 * NS


@dataclass(frozen=True, slots=True)
class Plan:
    """scale: multiplies the traffic. project: named on every resource; empty leaves the choice to the server.

    run: changes the ids of traces and nothing else, so that a history filled again after it was removed is not taken
    for a repetition. mishaps: what goes wrong, and when; without any, an hour depends on nothing but its number.
    """

    seed: int = 7
    scale: float = 1.0
    project: str = ""
    run: int = 0
    mishaps: tuple[Mishap, ...] = ()


def find_services() -> list[Service]:
    """The company's services, those of third parties included."""
    return list(discover(services, "SERVICE").values())


def hour(plan: Plan, company: Sequence[Service], number: int) -> list[tuple[int, Service, int]]:
    """What begins in one hour (hours since the epoch): (start in ns, service, seed of the request), in order of time."""
    beginnings = []
    for service in company:
        rng = Random(f"{plan.seed}/{service.name}/{number}")
        for _ in range(arrivals(rng, service.daily * plan.scale * service.rhythm.share(number))):
            beginnings.append((number * HOUR_NS + rng.randrange(HOUR_NS), service, rng.getrandbits(64)))
    return sorted(beginnings, key=lambda beginning: (beginning[0], beginning[2]))


def play(plan: Plan, start_ns: int, service: Service, seed: int, outbox: Outbox, meter: Meter) -> int:
    """Simulates one request (or session) of one service into outbox and meter; returns when it ended."""
    rng = Random(seed)
    scene = Scene(rng, outbox, meter, service, visitor(rng), start_ns, plan.project, plan.run, plan.mishaps)
    service.play(scene)
    return scene.now_ns


def backfill(plan: Plan, from_ns: int, to_ns: int) -> Iterator[tuple[int, Request]]:
    """Everything that begins from `from_ns` on and has ended by `to_ns`, as (time reached in ns, request), oldest first."""
    company, outbox, meter = find_services(), Outbox(REQUEST_ITEMS), Meter()
    for number in range(from_ns // HOUR_NS, -(-to_ns // HOUR_NS)):
        for at_ns, service, seed in hour(plan, company, number):
            if not from_ns <= at_ns < to_ns:
                continue
            if at_ns < to_ns - LONGEST_NS or _ends_by(plan, at_ns, service, seed, to_ns):
                play(plan, at_ns, service, seed, outbox, meter)
                for request in outbox.take():
                    yield at_ns, request
        _measure(plan, number, from_ns, to_ns, outbox)
        meter.flush(outbox)
    for request in outbox.take(everything=True):
        yield to_ns, request


def _ends_by(plan: Plan, start_ns: int, service: Service, seed: int, by_ns: int) -> bool:
    return play(plan, start_ns, service, seed, Outbox(), Meter()) <= by_ns


def _measure(plan: Plan, number: int, from_ns: int, to_ns: int, outbox: Outbox) -> None:
    for reading in range(3600 // METRICS_EVERY_S):
        at_ns = number * HOUR_NS + reading * METRICS_EVERY_S * NS
        if from_ns <= at_ns < to_ns:
            gauges.write(outbox, Random(f"{plan.seed}/gauges/{at_ns}"), at_ns, plan.project)
