"""What happens in any company and is no fault: growth, weekends, a new customer, releases, a campaign, an odd error."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from nervure.base.clock import NS_PER_S
from nervure.demo.world.cast import App
from nervure.demo.world.fault import Decoy
from nervure.demo.world.rhythm import expected
from nervure.demo.world.rollout import Carrier, Version
from nervure.demo.world.world import World

HOUR_NS = 3600 * NS_PER_S
GROWTH_A_DAY = 0.015
NEW_TENANT = "zephyr-candles"
NEW_TENANT_SHARE = 0.03
RARE_ERRORS, RELEASES, PROMPTS = 5, 5, 3


def draw_decoys(rng: Random, world: World) -> None:
    """Adds a world's decoys, and the versions they bring, away from its faults."""
    made: list[Decoy] = [Decoy("", "growth", {}, world.from_ns, world.to_ns, GROWTH_A_DAY)]
    made += _weekends(world)
    middle_ns = (world.from_ns + world.to_ns) // 2
    joined_ns = rng.randrange(middle_ns, middle_ns + (world.to_ns - middle_ns) // 2)
    made.append(Decoy("", "new_tenant", {"tenant": NEW_TENANT}, joined_ns, world.to_ns, NEW_TENANT_SHARE))
    made += _harmless(rng, world, "release", [rng.choice(world.cast.apps) for _ in range(RELEASES)])
    made += _harmless(rng, world, "prompt", [rng.choice(world.cast.llm_apps) for _ in range(PROMPTS)])
    app = rng.choice(world.cast.apps_with("rag", "classify"))
    scope = {"service": app.name, "feature": app.features[-1][0]}

    def is_busy(at_ns: int) -> bool:
        return expected(world.cast, app, scope, at_ns // HOUR_NS) * world.rate > 10

    at_ns = _quiet(rng, world, app.name, 4 * HOUR_NS, middle_ns, is_busy)
    made.append(Decoy("", "spike", scope, at_ns, at_ns + int(rng.uniform(1.5, 3) * HOUR_NS), rng.uniform(1.8, 2.4)))
    for _ in range(RARE_ERRORS):
        app = rng.choice(world.cast.apps)
        at_ns = rng.randrange(middle_ns, world.to_ns - HOUR_NS)
        made.append(Decoy("", "rare_error", {"service": app.name}, at_ns, at_ns + 1))
    made.sort(key=lambda decoy: (decoy.onset_ns, decoy.kind))
    world.decoys = [replace(decoy, id=f"decoy-{number:02d}") for number, decoy in enumerate(made, 1)]


def _harmless(rng: Random, world: World, carrier: Carrier, apps: list[App]) -> list[Decoy]:
    """Releases of services, or new versions of their prompts, that change nothing; numbered in order of time."""
    made = []
    for number, (at_ns, app) in enumerate(
        sorted(((_quiet(rng, world, app.name, 0, world.from_ns), app) for app in apps), key=lambda one: one[0])
    ):
        version = f"4.{2 + number}.0" if carrier == "release" else str(2 + number)
        carried = app.name if carrier == "release" else app.prompt
        world.rollouts.add(carrier, carried, Version(version, at_ns))
        scope = (
            {"service": app.name, "release": version}
            if carrier == "release"
            else {"prompt": app.prompt, "prompt_version": version}
        )
        kind = "release" if carrier == "release" else "prompt_version"
        made.append(Decoy("", kind, scope, at_ns, world.to_ns))
    return made


def _weekends(world: World) -> list[Decoy]:
    """Saturdays and Sundays, UTC."""
    day_ns = 24 * HOUR_NS
    days = range(world.from_ns // day_ns, -(-world.to_ns // day_ns))
    return [
        Decoy("", "weekend", {}, max(world.from_ns, day * day_ns), min(world.to_ns, (day + 1) * day_ns))
        for day in days
        if datetime.fromtimestamp(day * 86_400, UTC).weekday() >= 5
    ]


def _quiet(
    rng: Random, world: World, service: str, length_ns: int, from_ns: int,
    is_fit: Callable[[int], bool] = lambda at_ns: True,
) -> int:  # fmt: skip
    """A moment without faults of the service two hours before and after; the last one drawn if there is none."""
    at_ns = from_ns
    for _ in range(400):
        at_ns = rng.randrange(from_ns, world.to_ns - 5 * HOUR_NS)
        margin_ns = 2 * HOUR_NS
        clear = all(
            at_ns + length_ns + margin_ns < fault.onset_ns or at_ns > fault.end_ns + margin_ns
            for fault in world.faults
            if any(expected(world.cast, app, fault.scope) for app in world.cast.apps if app.name == service)
        )
        if clear and is_fit(at_ns):
            break
    return at_ns
