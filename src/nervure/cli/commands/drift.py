"""nervure drift: whether one table differs from another, column by column. Needs no server."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from nervure.base.settings import load_settings
from nervure.cli import show
from nervure.cli.command import ASK, AsJson, Command
from nervure.cli.judging import choose_models
from nervure.cli.need import server_part

COLOURS = {"drift": "red", "negligible": "yellow", "stable": "green"}


def drift(
    reference: Annotated[Path, typer.Option("--reference", "-r", help="The table as it was: CSV or Parquet.")],
    current: Annotated[Path, typer.Option("--current", "-c", help="The table as it is.")],
    time: Annotated[
        str | None,
        typer.Option(
            "--time", "--order", help="Column to order rows by; file order by default, none if it means nothing."
        ),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="Compare only this column; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="Leave this column out; may be repeated.")
    ] = None,
    alpha: Annotated[
        float, typer.Option("--alpha", help="Accepted chance of a false alarm over the whole table.")
    ] = 0.05,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", help="Also give this measure's interval, e.g. psi; may be repeated."),
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option("--embeddings", help="Of texts, as the setting: wordllama, api:MODEL, ...")
    ] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Leave with status 1 when there is drift, for CI.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two tables column by column: numbers, categories, texts and embeddings.

    A verdict needs evidence and an effect that matters. Rows are taken in order, and neighbours that depend on each other
    are allowed for. E.g. nervure drift --reference march.parquet --current april.parquet --time created
    """
    choose_models(load_settings(embeddings=embeddings))
    found = server_part("nervure.detect").drift(
        reference, current, order=time or "file", alpha=alpha, columns=column or None, exclude=exclude or (), measures=measure or ()
    )  # fmt: skip
    if as_json:
        show.print_json(found.json())
    else:
        _print(found)
    if fail and found.is_drift:
        raise typer.Exit(1)


def _print(found: Any) -> None:
    console = show.console()
    p = "" if found.p is None else f", p = {found.p:.3g} for the whole table"
    verdict = Text(found.verdict, style=f"bold {COLOURS.get(found.verdict, 'dim')}")
    console.print(verdict, Text(f"{found.rows_reference:,} rows against {found.rows_current:,}{p}"))
    for note in found.notes:
        console.print(note, style="dim")
    ranked = sorted(found.columns, key=lambda one: (not one.is_drift, 2.0 if one.p is None else one.p))
    rows = [
        [
            one.name, one.kind, Text(one.verdict, style=COLOURS.get(one.verdict, "dim")), ", ".join(one.shifts),
            one.effect.measure if one.effect else "", _effect(one.effect), "" if one.q is None else f"{one.q:.3g}",
        ]
        for one in ranked
    ]  # fmt: skip
    heads = ["column", "kind", "verdict", "what changed", "measure", "effect (95 % interval)", "q"]
    console.print(show.table(heads, rows, right=("q",)))
    for one in ranked:
        moved = (
            [topic for topic in one.details.get("topics", []) if topic["change"] != "steady"] if one.is_drift else []
        )
        if moved:
            said = f", in words of {one.details['texts_of']}" if "texts_of" in one.details else ""
            console.print(f"\n[bold]{one.name}[/bold]: topics that moved{said}")
        for topic in moved[:6]:
            about = ", ".join(topic["terms"]) or "-"
            console.print(
                f"  {topic['change']:8} {topic['reference']:6.1%} to {topic['current']:6.1%}  {about}", markup=False
            )
            console.print(f"           e.g. {_example(topic, found.order)}", style="dim", markup=False)
    for one in ranked:
        if one.reason:
            console.print(f"{one.name}: {one.reason}", style="dim", markup=False)


def _example(topic: Any, order: str) -> str:
    first = topic["examples"][0]
    if isinstance(first, str):
        return repr(first[:110])
    side, by = (
        "current" if topic["difference"] > 0 else "reference",
        "" if order in ("file", "none") else f" by {order}",
    )
    return f"row {first} of the {side} table{by}, counted from 0"


def _effect(effect: Any) -> str:
    return "" if effect is None else f"{effect.value:.3g}  {effect.low:.3g} to {effect.high:.3g}"


COMMAND = Command("drift", drift, ASK)
