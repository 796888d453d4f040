"""Which faults and decoys a world has, and when: drawn from its seed, so that each could be noticed by a careful person."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput
from nervure.base.plugins import discover
from nervure.demo.world import mechanisms
from nervure.demo.world.cast import draw_cast
from nervure.demo.world.decoys import draw_decoys
from nervure.demo.world.fault import Fault, Shape
from nervure.demo.world.mechanism import Choice, Mechanism
from nervure.demo.world.rhythm import expected
from nervure.demo.world.rollout import Version
from nervure.demo.world.world import World

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 24 * HOUR_NS
FAULTS = 12
# Half of the window is clean, so that there is something to compare with.
CLEAN_SHARE = 0.5
# Between the end of a fault and the next one in the same services.
REST_NS = 2 * HOUR_NS
# Traces of the scope expected in the fault's first hour: below that nobody could see it begin.
FIRST_HOUR_TRACES = 16.0
_DRAWS, _ATTEMPTS = 1500, 20


def find_mechanisms() -> dict[str, Mechanism]:
    """Every cause's mechanism by its name, those of third parties included."""
    return discover(mechanisms, "MECHANISM")


def draw_world(seed: int, from_ns: int, to_ns: int, rate: float = 500.0, strength: float = 1.0) -> World:
    """The world of a seed. strength multiplies that of every fault and leaves everything else as it is.

    Raises BadInput for a window of less than two days: there would be no room for the faults and a clean half.
    """
    if to_ns - from_ns < 2 * DAY_NS:
        raise BadInput("a world needs at least two days: give --days 2 or more (8 is usual)")
    known = find_mechanisms()
    for attempt in range(_ATTEMPTS):
        world = World(seed, from_ns, to_ns, rate, strength, draw_cast(seed))
        if _fill(world, Random(f"schedule/{seed}/{attempt}"), known):
            break
    else:
        raise BadInput(f"no room for the faults at {rate} traces an hour: raise --rate or --days")
    world.faults.sort(key=lambda fault: fault.onset_ns)
    world.faults = [_named(world, fault, number) for number, fault in enumerate(world.faults, 1)]
    draw_decoys(Random(f"decoys/{seed}"), world)
    return world


def services_of(world: World, scope: Mapping[str, str]) -> set[str]:
    """Services that a scope touches."""
    return {app.name for app in world.cast.apps if expected(world.cast, app, scope) > 0}


def _fill(world: World, rng: Random, known: Mapping[str, Mechanism]) -> bool:
    """Draws the faults one after another; False when one finds no room."""
    from_ns, to_ns = world.from_ns, world.to_ns
    count = max(1, min(FAULTS, round(FAULTS * (to_ns - from_ns) / (8 * DAY_NS))))
    causes = rng.sample(sorted(known), count)
    first_ns = from_ns + int((to_ns - from_ns) * CLEAN_SHARE)
    slot_ns = (to_ns - HOUR_NS - first_ns) // count
    for place, cause in enumerate(causes):
        fault = _draw(world, rng, known[cause], (first_ns + place * slot_ns, slot_ns, first_ns), place >= count - 3)
        if fault is None:
            return False
        world.faults.append(fault)
    return True


def _draw(world: World, rng: Random, mechanism: Mechanism, slot: tuple[int, int, int], may_last: bool) -> Fault | None:
    """One fault that has traffic enough to be seen, and no other at its services. slot: (begin, length, first of all)."""
    slot_from_ns, slot_ns, first_ns = slot
    last_ns = world.to_ns - HOUR_NS
    for draw in range(_DRAWS):
        # Later draws may leave the slot: a cause that needs traffic does not begin in the night.
        spread = slot_ns * (1 + draw // 100)
        onset_ns = _minute(max(first_ns, min(last_ns, slot_from_ns + int(rng.uniform(-0.3, 1.0) * spread))))
        if draw > _DRAWS // 2:
            onset_ns = _minute(rng.randrange(first_ns, last_ns))
        choice, strength = mechanism.choose(rng, world.cast), rng.uniform(0.75, 1.3)
        least, most = mechanism.minutes
        minutes = least * (most / least) ** rng.random()
        lasts = may_last and mechanism.may_last and rng.random() < 0.4
        end_ns = world.to_ns if lasts else min(world.to_ns, _minute(onset_ns + int(minutes * 60 * NS_PER_S)))
        shape: Shape = rng.choice(mechanism.shapes)
        if end_ns - onset_ns < least * 60 * NS_PER_S or _is_taken(world, choice.scope, onset_ns, end_ns):
            continue
        if not _is_visible(world, mechanism, choice, onset_ns, end_ns, shape):
            continue
        options = {
            **choice.options,
            **({"carrier": choice.carrier, "carried": choice.carried} if choice.carrier else {}),
        }
        return Fault(
            "", mechanism.name, mechanism.nature, choice.scope, onset_ns, end_ns, shape, strength * world.strength,
            mechanism.measures, end_ns == world.to_ns, options,
        )  # fmt: skip
    return None


def _is_visible(world: World, mechanism: Mechanism, choice: Choice, onset_ns: int, end_ns: int, shape: Shape) -> bool:
    if not mechanism.traces:
        return True
    # What ramps up or comes and goes is there half the time.
    share = 1.0 if shape == "step" else 0.6
    in_all = first = 0.0
    for hour in range(onset_ns // HOUR_NS, -(-end_ns // HOUR_NS)):
        part = (min(end_ns, (hour + 1) * HOUR_NS) - max(onset_ns, hour * HOUR_NS)) / HOUR_NS
        traces = sum(expected(world.cast, app, choice.scope, hour) for app in world.cast.apps) * world.rate
        in_all += traces * part * share
        first = first or traces
    return in_all >= mechanism.traces and first >= FIRST_HOUR_TRACES


def _is_taken(world: World, scope: Mapping[str, str], onset_ns: int, end_ns: int) -> bool:
    mine = services_of(world, scope)
    return any(
        onset_ns < other.end_ns + REST_NS
        and other.onset_ns < end_ns + REST_NS
        and mine & services_of(world, other.scope)
        for other in world.faults
    )


def _named(world: World, fault: Fault, number: int) -> Fault:
    """The fault with its id, and with the version that brings it where it comes by one."""
    named = replace(fault, id=f"fault-{number:02d}")
    carrier = fault.options.get("carrier")
    if not carrier:
        return named
    version = f"{10 + number}" if carrier == "prompt" else f"4.{10 + number}.0"
    field = "prompt_version" if carrier == "prompt" else "release"
    named = replace(named, scope={**fault.scope, field: version})
    world.rollouts.add(carrier, fault.options["carried"], Version(version, fault.onset_ns, named))
    return named


def _minute(at_ns: int) -> int:
    return at_ns // (60 * NS_PER_S) * 60 * NS_PER_S
