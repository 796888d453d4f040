"""nervure localise: where in a table a change sits. Needs no server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.cli import show
from nervure.cli.command import ASK, AsJson, Command
from nervure.cli.need import server_part


def localise(
    table: Annotated[Path, typer.Argument(help="CSV or Parquet: one row a combination of dimensions.")],
    dimensions: Annotated[str, typer.Option("--dimensions", "-d", help="Columns to look in, divided by commas.")],
    actual: Annotated[
        str | None, typer.Option("--actual", help="Column with what came: a count, a sum, a mean.")
    ] = None,
    expected: Annotated[str | None, typer.Option("--expected", help="Column with what was expected.")] = None,
    numerator: Annotated[str | None, typer.Option("--numerator", help="Of a ratio, e.g. failures.")] = None,
    denominator: Annotated[str | None, typer.Option("--denominator", help="Of a ratio, e.g. requests.")] = None,
    expected_numerator: Annotated[str | None, typer.Option("--expected-numerator")] = None,
    expected_denominator: Annotated[str | None, typer.Option("--expected-denominator")] = None,
    count: Annotated[
        str | None, typer.Option("--count", help="If actual is a mean: the observations behind it.")
    ] = None,
    expected_count: Annotated[
        str | None, typer.Option("--expected-count", help="Observations behind the expected mean, if others.")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Column of time: what is expected is then made from earlier times.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="With --time: the time asked about; the last by default.")
    ] = None,
    history: Annotated[int, typer.Option("--history", help="With --time: earlier times to use, at most.", min=1)] = 10,
    max_dimensions: Annotated[
        int | None, typer.Option("--max-dimensions", help="Of a scope; all by default.", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the smallest scopes that explain why numbers are not what was expected; none when nothing explains it.

    E.g. nervure localise costs.csv --actual cost --expected forecast --dimensions model,tenant,region

    Ratios: nervure localise errors.csv --numerator errors --denominator requests --time minute --dimensions model,region
    """
    names = [name.strip() for name in dimensions.split(",") if name.strip()]
    found = server_part("nervure.explain.localise_table").localise(
        table, dimensions=names, actual=actual, expected=expected, numerator=numerator, denominator=denominator,
        expected_numerator=expected_numerator, expected_denominator=expected_denominator, count=count,
        expected_count=expected_count, time=time, at=at, history=history, max_dimensions=max_dimensions,
    )  # fmt: skip
    if as_json:
        show.print_json(found.as_dict())
    else:
        _print(found)


def _print(found: Any) -> None:
    console = show.console()
    console.print(
        f"{show.number(found.actual)} came, {show.number(found.expected)} were expected, in {found.rows:,} rows"
    )
    if abs(found.overall - 1) > 0.005:
        console.print(
            f"the typical row is at {found.overall:.3g} times what was expected; scopes are measured against that"
        )
    if found.details.get("empty_cells"):
        console.print(f"{found.details['empty_cells']:,} empty cells were taken as 0", style="yellow")
    if "max_dimensions" in found.details:
        console.print(
            f"the table is large: scopes of up to {found.details['max_dimensions']} dimensions were looked at",
            style="yellow",
        )
    if found.none:
        console.print("no scope explains more than chance does")
        return
    rows = [
        [
            " & ".join(f"{name}={value}" for name, value in one.where.items()), show.number(one.actual), show.number(one.expected),
            "new" if one.ratio is None else f"{one.ratio:.3g}x", f"{one.share:.1%}", f"{one.evidence:.0f}", f"{one.rows:,}",
        ]
        for one in found.scopes
    ]  # fmt: skip
    heads = ["scope", "actual", "expected", "ratio", "share", "evidence", "rows"]
    console.print(show.table(heads, rows, right=heads[1:]))
    console.print(f"together {found.explained:.0%} of the change")


COMMAND = Command("localise", localise, ASK)
