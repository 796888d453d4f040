"""nervure performance: a classifier's health on files: estimated without labels, realised, by group, and over time."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import ASK, AsJson, Command
from nervure.cli.need import server_part


def performance(
    current: Annotated[Path, typer.Option("--current", "-c", help="Rows the model has scored: CSV or Parquet.")],
    reference: Annotated[
        Path | None,
        typer.Option("--reference", "-r", help="Earlier rows with labels, for the estimate without labels."),
    ] = None,
    probability: Annotated[str | None, typer.Option("--probability", help="Column: probability of class 1.")] = None,
    prediction: Annotated[
        str | None, typer.Option("--prediction", help="Column: the class that was predicted.")
    ] = None,
    target: Annotated[str | None, typer.Option("--target", help="Column: what was true.")] = None,
    targets: Annotated[
        Path | None, typer.Option("--targets", help="File with the targets of the current rows, in their order.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="Column of a protected attribute; may be repeated.")
    ] = None,
    favourable: Annotated[str, typer.Option("--favourable", help="The prediction that is good to get.")] = "1",
    chunks: Annotated[int, typer.Option("--chunks", help="Pieces of the current rows.", min=1, max=1000)] = 10,
    method: Annotated[
        str, typer.Option("--method", help="Detector of concept drift: hddm_a, ddm, eddm, adwin, page_hinkley.")
    ] = "hddm_a",
    as_json: AsJson = False,
) -> None:
    """A classifier's health: performance without labels (CBPE), concept drift once labels are there, rates by group.

    E.g. nervure performance -r labelled.csv -c scored.csv --probability score --prediction class --target repaid
    """
    frames = server_part("nervure.detect.drift.frames")
    later = frames.table_of(current, "current")
    known = None
    if targets is not None:
        known = _column(frames.table_of(targets, "targets"), target, "--target", "targets")
        if len(known) != later.num_rows:
            raise BadInput(
                f"{targets} has {len(known)} rows and {current} {later.num_rows}: they must be of the same rows"
            )
    elif target is not None and target in later.column_names:
        known = _column(later, target, "--target", "current")
    said = _column(later, prediction, "--prediction", "current") if prediction else None
    made: dict[str, Any] = {}
    if reference is not None:
        made["performance"] = _estimate(
            frames.table_of(reference, "reference"), later, probability, prediction, target, known, chunks
        )
    if known is not None and said is not None:
        errors = [float(str(one) != str(other)) for one, other in zip(_plain(said), _plain(known), strict=True)]
        moments = server_part("nervure.detect.drift.concept").concept_drift(errors, method)
        made["concept_drift"] = {
            "method": method,
            "error_rate": sum(errors) / max(len(errors), 1),
            "moments": [_moment(one) for one in moments],
        }
    for name in group or []:
        if said is None:
            raise BadInput("--group needs --prediction: the column with the class that was predicted")
        rates = server_part("nervure.detect.drift.bias").group_rates(
            _column(later, name, "--group", "current"), _plain(said), _plain(known) if known is not None else None, favourable
        )  # fmt: skip
        made.setdefault("groups", {})[name] = [_group(one) for one in rates]
    if not made:
        raise BadInput(
            "nothing to tell: give --reference with --probability and --target, or --prediction with --target, or --group"
        )
    made = server_part("nervure.detect.drift.result").cleaned(made)
    if as_json:
        show.print_json(made)
    else:
        _print(made)


def _estimate(
    first: Any, later: Any, probability: str | None, prediction: str | None, target: str | None, known: Any, chunks: int
) -> dict[str, Any]:
    found = server_part("nervure.detect.drift.performance").estimate_performance(
        _column(first, probability, "--probability", "reference"), _column(first, target, "--target", "reference"),
        _column(later, probability, "--probability", "current"),
        reference_prediction=_column(first, prediction, "--prediction", "reference") if prediction else None,
        prediction=_column(later, prediction, "--prediction", "current") if prediction else None, target=known, chunks=chunks,
    )  # fmt: skip
    return {
        "verdict": found.verdict,
        "usual": {name: {"low": one[0], "mean": one[1], "high": one[2]} for name, one in found.usual.items()},
        "chunks": [
            {
                "first_row": one.first, "last_row": one.last, "verdict": one.verdict,
                **{name: {"estimate": e.value, "low": e.low, "high": e.high, "realised": e.realised} for name, e in one.metrics.items()},
            }
            for one in found.chunks
        ],
    }  # fmt: skip


def _column(table: Any, name: str | None, option: str, where: str) -> list[Any]:
    if not name:
        raise BadInput(f"{option} must name a column of {where}")
    if name not in table.column_names:
        raise BadInput(f"{where} has no column {name!r} ({option}); it has {', '.join(table.column_names[:30])}")
    found: list[Any] = table.column(name).to_pylist()
    if option in ("--probability", "--prediction", "--target") and any(one is None for one in found):
        raise BadInput(
            f"{where}: column {name!r} lacks a value in row {next(i for i, one in enumerate(found) if one is None)}"
        )
    return found


def _plain(values: list[Any]) -> list[Any]:
    """1, 1.0 and True are one class."""
    return [
        int(one) if isinstance(one, bool) or (isinstance(one, float) and one.is_integer()) else one for one in values
    ]


def _moment(one: Any) -> dict[str, Any]:
    return {
        "row": one.at, "error_rate_before": _interval(one.before_interval), "error_rate_after": _interval(one.after_interval),
    }  # fmt: skip


def _group(one: Any) -> dict[str, Any]:
    triple = ("value", "low", "high")
    return {
        "group": one.name, "n": one.n, "verdict": one.verdict, "selected": _interval(one.selected),
        "true_positive_rate": _interval(one.true_positive_rate), "false_positive_rate": _interval(one.false_positive_rate),
        "difference": dict(zip(triple, one.difference, strict=True)), "ratio": dict(zip(triple, one.ratio, strict=True)),
        "p_value": one.p,
    }  # fmt: skip


def _interval(one: Any) -> dict[str, Any] | None:
    return None if one is None else {"value": one.estimate, "low": one.low, "high": one.high, "n": one.n}


def _print(made: dict[str, Any]) -> None:
    console = show.console()
    estimated = made.get("performance")
    if estimated:
        console.print(f"estimated performance: [bold]{estimated['verdict']}[/bold]")
        heads, rows = ["rows", "verdict"], []
        for name in ("accuracy", "f1", "auroc"):
            heads += [f"{name} (95 %)", "realised"]
        for one in estimated["chunks"]:
            row = [f"{one['first_row']:,} to {one['last_row']:,}", one["verdict"]]
            for name in ("accuracy", "f1", "auroc"):
                figure = one[name]
                row += [
                    f"{figure['estimate']:.3f}  {figure['low']:.3f} to {figure['high']:.3f}",
                    show.number(figure["realised"]),
                ]
            rows.append(row)
        console.print(show.table(heads, rows))
    if "concept_drift" in made:
        told = made["concept_drift"]
        console.print(
            f"error rate {told['error_rate']:.3f}; the errors changed {len(told['moments'])} times ({told['method']})"
        )
        for one in told["moments"]:
            before, after = one["error_rate_before"], one["error_rate_after"]
            rates = "" if not before or not after else f": {before['value']:.3f} before, {after['value']:.3f} after"
            console.print(f"  row {one['row']:,}{rates}")
    for name, groups in made.get("groups", {}).items():
        table = show.table(
            [name, "n", "selected (95 %)", "ratio (95 %)", "verdict"],
            [
                [one["group"], f"{one['n']:,}", _shown(one["selected"]), _shown(one["ratio"]), one["verdict"]]
                for one in groups
            ],
            right=("n",),
        )  # fmt: skip
        console.print(table)


def _shown(one: dict[str, Any]) -> str:
    return f"{one['value']:.3f}  {one['low']:.3f} to {one['high']:.3f}"


COMMAND = Command("performance", performance, ASK)
