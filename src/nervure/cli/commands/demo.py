"""nervure demo: fills the server with a simulated company, and takes it away again."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from nervure.base.clock import Clock, SystemClock, parse_iso
from nervure.base.connection import connection
from nervure.base.errors import BadInput, Busy, NervureError
from nervure.cli.command import RUN, ApiKey, Command, Project, Url
from nervure.cli.commands._filling import fill, play_world
from nervure.cli.commands._story import Story
from nervure.client.http import Http
from nervure.demo.company import NS
from nervure.demo.live import Trickle
from nervure.demo.mishaps import LEAST_DAYS, scripted
from nervure.demo.simulation import Plan, backfill
from nervure.demo.stream import Sender
from nervure.demo.world.schedule import HOUR_NS, draw_world

DAY_NS = 86_400 * NS
LIVE_STEP_S = 2.0
PATIENCE_S = 300.0
IS_DEMO = 'flag = "demo"'


def demo(
    days: Annotated[
        float | None, typer.Option(help="Days of history to fill in: 7, and 8 of a world.", min=0, max=400)
    ] = None,
    live: Annotated[bool, typer.Option(help="Go on with live traffic until interrupted.")] = True,
    scale: Annotated[
        float, typer.Option(help="Multiplies the traffic; 1 is about 18,000 spans a day.", min=0.001)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed is another history; the same seed is the same one.")] = 7,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove all demo data of the project, nothing else.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Fill also a project that holds real data.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the server to be ready.", min=0)] = 0,
    keep_trying: Annotated[
        bool, typer.Option(help="Go on with live traffic while the server is away; else stop after a minute.")
    ] = True,
    world: Annotated[
        int | None, typer.Option(help="Instead of the company: the world of this seed, with known faults and decoys.")
    ] = None,
    rate: Annotated[float, typer.Option(help="Traces an hour of a world.", min=1)] = 500.0,
    strength: Annotated[float, typer.Option(help="Multiplies the strength of a world's faults.", min=0)] = 1.0,
    truth: Annotated[Path | None, typer.Option(help="Write what is true of the world to this JSON file.")] = None,
    until: Annotated[str, typer.Option(help="End of a world, ISO 8601; the last full hour by default.")] = "",
    ahead: Annotated[
        float, typer.Option(help="Hours of a world that lie ahead of now and are played live.", min=0)
    ] = 0,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Fill the server with a simulated company (marked nervure.demo = true), or remove it again."""
    if world is None and (truth or until or ahead):
        raise BadInput("--truth, --until and --ahead are of a world: name its seed, e.g. --world 7")
    where = connection(url, api_key, project)
    console = Console(stderr=True)
    if remove:
        _remove(Http(where, timeout_s=900), console)
        return
    clock = SystemClock()
    # On a machine that is busy with other things the first answers take their time.
    http = Http(where, timeout_s=PATIENCE_S)
    _await_ready(http, clock, wait)
    start_ns = clock.now_ns()
    filled_ns = _filled_until(http)
    if not force and not filled_ns:
        _refuse_real_data(http)
    sender = Sender(where.url, clock, where.api_key, where.project)
    if world is not None:
        end_ns = parse_iso(until) if until else start_ns // HOUR_NS * HOUR_NS + int(ahead * HOUR_NS)
        drawn = draw_world(world, end_ns - int((8 if days is None else days) * DAY_NS), end_ns, rate, strength)
        play_world(drawn, sender, clock, console, truth, live)
        return
    days = 7 if days is None else days
    has_story = not filled_ns and days >= LEAST_DAYS
    plan = Plan(seed, scale, where.project, start_ns, scripted(start_ns) if has_story else ())
    story = Story(http, plan, console)
    from_ns = max(start_ns - int(days * DAY_NS), filled_ns + 1)
    try:
        fill(backfill(plan, from_ns, start_ns), sender, from_ns, start_ns, console)
        story.begin()
        if live:
            _trickle(plan, sender, clock, start_ns, console, keep_trying, lambda: _is_removed(http, start_ns), story)
        else:
            story.wait()
    except KeyboardInterrupt:
        console.print("stopped; `nervure demo --remove` takes the demo data away")
    finally:
        sender.close()


def _trickle(
    plan: Plan,
    sender: Sender,
    clock: Clock,
    from_ns: int,
    console: Console,
    keep_trying: bool,
    is_removed: Callable[[], bool],
    story: Story,
) -> None:
    """Until interrupted, or until somebody removes the demo data. A server that is away for a while is waited for."""
    trickle, pause, sent = Trickle(plan, clock, from_ns), Event(), 0
    console.print("now live; press Ctrl-C to stop")
    while not is_removed():
        for request in trickle.due():
            try:
                sender.send(request)
            except Busy as error:
                if not keep_trying:
                    return
                console.print(f"the server is away, some demo data was given up: {error}")
                continue
            sent += request[2] if request[0] == "/v1/traces" else 0
        if console.is_terminal:
            console.print(f"live: {sent:,} spans", end="\r")
        story.look()
        pause.wait(LIVE_STEP_S)
    console.print("the demo data was removed: the simulation ends")


def _is_removed(http: Http, start_ns: int) -> bool:
    """Whether somebody has removed the demo data since this began. A server that is away does not say so."""
    try:
        removed = (http.get("/api/v1/demo/removed") or {}).get("removed")
    except Busy:
        return False
    return removed is not None and parse_iso(removed) > start_ns


def _await_ready(http: Http, clock: Clock, wait_s: float) -> None:
    deadline_s, pause = clock.monotonic_s() + wait_s, Event()
    while True:
        try:
            http.get("/readyz")
            return
        except Busy:
            if clock.monotonic_s() >= deadline_s:
                raise
        pause.wait(0.3)


def _remove(http: Http, console: Console) -> None:
    answer = http.delete("/api/v1/demo") or {}
    removed = answer.get("removed", {})
    counts = ", ".join(f"{count:,} {table}" for table, count in removed.items() if count)
    console.print(f"removed the demo data: {counts or 'there was none'}")


def _refuse_real_data(http: Http) -> None:
    """Demo traffic must not creep into somebody's real totals."""
    answer = http.get("/api/v1/spans", where=f"not ({IS_DEMO})", limit=1)
    if answer["items"]:
        raise NervureError(
            "this project holds real telemetry, and demo data would mix with it: "
            "name another project (`nervure demo --project demo`) or insist with --force"
        )


def _filled_until(http: Http) -> int:
    """When the latest demo span began (ns), or 0: history is filled only once."""
    items = http.get("/api/v1/spans", where=IS_DEMO, limit=1, order="newest")["items"]
    return parse_iso(items[0]["start"]) if items else 0


COMMAND = Command("demo", demo, RUN)
