"""nervure anomalies: which points of a series are not as expected. Needs no server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.cli import show
from nervure.cli.command import ASK, AsJson, Command
from nervure.cli.need import server_part

WHY = {
    "jump": "jumps away from the points before it", "usual": "far from what is usual at this time", "level": "the last points lie on one side",
    "drift": "has moved away slowly", "spread": "varies more than before", "flat": "does not move any more",
    "shape": "the last points have a shape never seen",
}  # fmt: skip


def anomalies(
    series: Annotated[Path, typer.Argument(help="CSV or Parquet: one row a point.")],
    time: Annotated[str, typer.Option("--time", help="Column of times: timestamps, ISO texts, or numbers since 1970.")],
    value: Annotated[str, typer.Option("--value", help="Column of numbers.")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Surprise from which a point is flagged, -log10 of its chance.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score each point of a series from the points before it and flag those that are not as expected.

    The first 15 % (of at most 5,000 points) only teach what is usual. Seasons by hour and weekday are found by themselves.
    E.g. nervure anomalies latency.csv --time minute --value p95_ms
    """
    found = server_part("nervure.detect.anomaly.table").anomalies(series, time=time, value=value, threshold=threshold)
    if as_json:
        show.print_json(found.as_dict())
    else:
        _print(found)


def _print(found: Any) -> None:
    console = show.console()
    console.print(
        f"{len(found.points):,} points, the first {found.probation:,} to learn from; {len(found.flagged):,} flagged"
    )
    if found.missing:
        console.print(f"{found.missing:,} points have no value and were not judged", style="yellow")
    if found.sorted:
        console.print("the rows were not in order of time and were put into it", style="yellow")
    rows = [
        [str(point.time), show.number(point.value), _between(point), f"{point.score:.2f}", WHY.get(point.why, "")]
        for point in found.flagged
    ]
    if rows:
        console.print(show.table(["time", "value", "expected", "score", "why"], rows, right=("value", "score")))


def _between(point: Any) -> str:
    if point.low is None or point.high is None:
        return "-"
    return f"{show.number(point.low)} to {show.number(point.high)}"


COMMAND = Command("anomalies", anomalies, ASK)
