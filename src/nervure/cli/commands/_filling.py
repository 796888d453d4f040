"""How `nervure demo` sends: a history with a bar of progress, a world with its truth."""

import json
from collections.abc import Iterable
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from nervure.base.clock import NS_PER_S, Clock, iso
from nervure.demo.otlp import Request
from nervure.demo.stream import Sender, Tally
from nervure.demo.world.play import LONGEST_NS, Player
from nervure.demo.world.world import World

DAY_NS = 86_400 * NS_PER_S
LIVE_STEP_S = 5.0


def fill(
    requests: Iterable[tuple[int, Request]], sender: Sender, from_ns: int, to_ns: int, console: Console
) -> None:  # fmt: skip
    """Sends a history, showing how far it has come, and says what the server took."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[spans]:,} spans"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        days = (to_ns - from_ns) / DAY_NS
        task: TaskID = bar.add_task(f"filling {days:.1f} days", total=max(1, to_ns - from_ns), spans=0)

        def show(at_ns: int, tally: Tally) -> None:
            bar.update(task, completed=at_ns - from_ns, spans=tally.spans)

        tally = sender.send_all(requests, show)
        bar.update(task, completed=max(1, to_ns - from_ns), spans=tally.spans)
    counts = ", ".join(f"{count:,} {path.rpartition('/')[2]}" for path, count in sorted(tally.accepted.items()))
    console.print(f"accepted by the server: {counts or 'nothing new'}")


def play_world(world: World, sender: Sender, clock: Clock, console: Console, truth: Path | None, is_live: bool) -> None:
    """Fills in what of a world is past, then plays what lies ahead of now as its time comes, and ends with it.

    The truth is written first: it does not depend on what the server makes of the rest.
    """
    if truth is not None:
        truth.write_text(json.dumps(world.truth(), indent=1) + "\n")
        console.print(f"{len(world.faults)} faults and {len(world.decoys)} decoys: {truth}")
    player = Player(world)
    # A trace is sent when it has certainly ended, so that nothing lies in the future.
    now_ns = clock.now_ns()
    reached_ns = world.to_ns if world.to_ns <= now_ns else now_ns - LONGEST_NS
    try:
        fill(player.requests(world.from_ns, reached_ns), sender, world.from_ns, reached_ns, console)
        if not is_live or reached_ns >= world.to_ns:
            return
        console.print(f"now live until {iso(world.to_ns)}; press Ctrl-C to stop")
        pause = Event()
        while reached_ns < world.to_ns:
            pause.wait(LIVE_STEP_S)
            until_ns = min(world.to_ns, clock.now_ns() - LONGEST_NS)
            if until_ns > reached_ns:
                for _, request in player.requests(reached_ns, until_ns):
                    sender.send(request)
                reached_ns = until_ns
    except KeyboardInterrupt:
        console.print("stopped; `nervure demo --remove` takes the demo data away")
    finally:
        sender.close()
