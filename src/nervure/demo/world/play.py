"""Plays a world hour by hour. The same seed and window give the same telemetry, ids included."""

import json
from collections.abc import Iterator
from random import Random

from nervure.base.clock import iso
from nervure.demo.otlp import Outbox, Request
from nervure.demo.rhythm import arrivals
from nervure.demo.world import machines
from nervure.demo.world.cast import ENVIRONMENTS, USERS, App, Lot
from nervure.demo.world.decoys import NEW_TENANT
from nervure.demo.world.patterns import PATTERNS
from nervure.demo.world.rhythm import STAGING_SHARE, expected, pace
from nervure.demo.world.schedule import find_mechanisms
from nervure.demo.world.visit import CLIENT, Visit
from nervure.demo.world.weather import HOUR_NS, Weather
from nervure.demo.world.world import World

REQUEST_ITEMS = 4000
PREDICTIONS = 2000
DAY_NS = 24 * HOUR_NS
# Traces of one conversation, and how often.
TURNS, TURN_WEIGHTS = (1, 2, 3), (6, 3, 2)
# No trace takes longer: three attempts that time out, for each of an agent's steps.
LONGEST_NS = 1800 * 10**9
# Errors nobody has seen before, each once.
ODD_ERRORS = ("KeyError", "UnicodeDecodeError", "ZeroDivisionError", "RecursionError", "BrokenPipeError")


class Player:
    """Makes the telemetry of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._weather = Weather(world.faults, find_mechanisms())
        self._features = {app.name: Lot(app.features) for app in world.cast.apps}
        self._tenants, self._regions = Lot(world.cast.tenants), Lot(world.cast.regions)
        self._predictions: list[dict[str, object]] = []

    def requests(self, from_ns: int, to_ns: int, items: int = REQUEST_ITEMS) -> Iterator[tuple[int, Request]]:
        """All that begins in a half-open range, as (time reached in ns, request), oldest first."""
        outbox = Outbox(items)
        # A conversation begun in one hour may go on in the next.
        for hour in range(from_ns // HOUR_NS - 1, -(-to_ns // HOUR_NS)):
            for at_ns, app, given, seed in sorted(self._beginnings(hour), key=lambda one: (one[0], one[3])):
                if not from_ns <= at_ns < to_ns:
                    continue
                self._play(at_ns, app, given, seed, outbox)
                for request in outbox.take():
                    yield at_ns, request
                if len(self._predictions) >= PREDICTIONS:
                    yield at_ns, self._predicted()
            first_ns = max(from_ns, hour * HOUR_NS)
            first_ns += -first_ns % machines.EVERY_NS
            for at_ns in range(first_ns, min(to_ns, (hour + 1) * HOUR_NS), machines.EVERY_NS):
                machines.write(self._world, self._weather, at_ns, outbox)
        for request in outbox.take(everything=True):
            yield to_ns, request
        if self._predictions:
            yield to_ns, self._predicted()

    def _beginnings(self, hour: int) -> Iterator[tuple[int, App, dict[str, str], int]]:
        """(start, service, dimensions that are given, seed) of what begins in one hour, decoys and floods among it."""
        world = self._world
        for app in world.cast.apps:
            rng = Random(f"{world.seed}/{app.name}/{hour}")
            mean = world.rate * app.share * pace(app.rhythm, hour) * self._growth(hour)
            yield from self._sessions(rng, app, {}, mean, hour)
            for decoy in world.decoys:
                if decoy.kind == "new_tenant":
                    yield from self._inside(
                        rng, app, decoy.scope, mean * decoy.strength, hour, decoy.onset_ns, decoy.end_ns
                    )
                elif decoy.kind == "spike" and decoy.scope["service"] == app.name:
                    share = expected(world.cast, app, decoy.scope) / app.share
                    more = mean * share * (decoy.strength - 1)
                    yield from self._inside(rng, app, decoy.scope, more, hour, decoy.onset_ns, decoy.end_ns)
                elif (
                    decoy.kind == "rare_error"
                    and decoy.scope["service"] == app.name
                    and decoy.onset_ns // HOUR_NS == hour
                ):
                    yield decoy.onset_ns, app, {"odd": rng.choice(ODD_ERRORS)}, rng.getrandbits(64)
        for fault in world.faults:
            if "per_hour" in fault.options:
                rng = Random(f"{world.seed}/{fault.id}/{hour}")
                flood = fault.options["per_hour"] * fault.strength
                app = world.cast.app(fault.scope["service"])
                for one in self._inside(rng, app, fault.scope, flood, hour, fault.onset_ns, fault.end_ns):
                    if fault.level(one[0]):
                        yield one

    def _growth(self, hour: int) -> float:
        rise = sum(decoy.strength for decoy in self._world.decoys if decoy.kind == "growth")
        return 1 + rise * (hour * HOUR_NS - self._world.from_ns) / DAY_NS

    def _sessions(
        self, rng: Random, app: App, given: dict[str, str], mean: float, hour: int
    ) -> Iterator[tuple[int, App, dict[str, str], int]]:
        """Conversations of people have some turns; what programs send has one."""
        turns = TURNS if app.pattern == "rag" else (1,)
        weights = TURN_WEIGHTS[: len(turns)]
        length = sum(turn * weight for turn, weight in zip(turns, weights, strict=True)) / sum(weights)
        for _ in range(arrivals(rng, mean / length)):
            at_ns, who = hour * HOUR_NS + rng.randrange(HOUR_NS), {**self._person(rng, app), **given}
            for _ in range(rng.choices(turns, weights)[0]):
                yield at_ns, app, who, rng.getrandbits(64)
                at_ns += rng.randrange(30, 180) * 10**9

    def _inside(
        self, rng: Random, app: App, given: dict[str, str], mean: float, hour: int, from_ns: int, to_ns: int
    ) -> Iterator[tuple[int, App, dict[str, str], int]]:
        if not (hour * HOUR_NS < to_ns and from_ns < (hour + 1) * HOUR_NS):
            return
        for one in self._sessions(rng, app, given, mean, hour):
            if from_ns <= one[0] < to_ns:
                yield one

    def _person(self, rng: Random, app: App) -> dict[str, str]:
        tenant = self._tenants.draw(rng)
        return {
            "feature": self._features[app.name].draw(rng), "tenant": tenant, "region": self._regions.draw(rng),
            "environment": ENVIRONMENTS[rng.random() < STAGING_SHARE],
            # Few come often, many seldom.
            "user": f"{tenant}-u{min(USERS - 1, int(rng.paretovariate(0.9))):02d}",
            "session": f"s-{rng.getrandbits(48):012x}",
        }  # fmt: skip

    def _play(self, at_ns: int, app: App, given: dict[str, str], seed: int, outbox: Outbox) -> None:
        rng = Random(seed)
        odd = given.get("odd", "")
        who = self._person(rng, app) if odd else given
        dims = {"service": app.name, "team": app.team, **who}
        if dims["tenant"] == NEW_TENANT or not dims["user"].startswith(dims["tenant"]):
            dims["user"] = f"{dims['tenant']}-u{rng.randrange(USERS):02d}"
        dims["release"] = self._world.rollouts.at("release", app.name, at_ns, rng)
        dims["prompt"], dims["prompt_version"] = app.prompt, self._world.rollouts.at("prompt", app.prompt, at_ns, rng)
        visit = Visit(self._world, self._weather, rng, outbox, app, at_ns, dims)
        if odd:
            with visit.span("handle", {"http.request.method": "POST"}, CLIENT) as span:
                visit.wait(0.05)
                visit.fail(span, odd, "unexpected value in the request")
            return
        # Telemetry that is lost was never written: what happened, happened unseen.
        if visit.happens(visit.knobs().lost):
            return
        prediction = PATTERNS[app.pattern](visit)
        if prediction:
            self._predictions.append(prediction)

    def _predicted(self) -> Request:
        rows = [{**row, "time": iso(int(str(row["time"])))} for row in self._predictions]
        self._predictions = []
        return "/api/v1/predictions", json.dumps(rows).encode(), len(rows)
