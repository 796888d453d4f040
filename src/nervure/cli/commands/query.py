"""nervure query: one Query, as a table or JSON."""

from typing import Annotated

import typer

from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.client.client import Client


def query(
    measure: Annotated[
        str, typer.Argument(help="What to measure: count, error_rate, latency.p95, cost.sum, tokens.total ...")
    ],
    where: Annotated[
        str | None, typer.Option("--where", "-w", help="""Filter, e.g. 'kind = "llm" and cost > 0.01'.""")
    ] = None,
    by: Annotated[list[str] | None, typer.Option("--by", "-b", help="Dimension; may be given more than once.")] = None,
    every: Annotated[str | None, typer.Option("--every", help="Width of a point in time, e.g. 5m, 1h, 1d.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Beginning: ISO 8601, or relative such as -24h.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="End; now by default.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", help="Most series.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="asc or desc by value.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Ask one question, e.g. nervure query cost.sum --by model --every 1d --from -7d."""
    with Client(url, api_key, project) as client:
        answer = client.query(
            measure, where=where, by=by or (), every=every, from_=from_, to=to, limit=limit, order=order
        )
    if as_json:
        show.print_json({"series": answer.series, "stats": answer.stats})
        return
    has_interval = any(row.get("low") is not None for row in answer)
    names = [*(by or ()), *(("time",) if every else ()), measure, *(("low", "high") if has_interval else ()), "n"]
    rows = []
    for row in answer:
        cells = [row.get(name) if row.get(name) not in (None, "") else "(none)" for name in by or ()]
        cells += [show.when(row["time"])] if every else []
        cells += [show.money(row["value"]) if measure.startswith("cost") else show.number(row["value"])]
        cells += [show.number(row.get("low")), show.number(row.get("high"))] if has_interval else []
        rows.append([*cells, show.number(row.get("n"))])
    console = show.console()
    console.print(show.table(names, rows, right=(measure, "low", "high", "n")) if rows else "no data in this range")
    stats = answer.stats
    if stats:
        console.print(
            f"{show.number(stats.get('rows_read'))} rows read in {show.duration(stats.get('elapsed_ms'))}", style="dim"
        )


COMMAND = Command("query", query, ASK)
