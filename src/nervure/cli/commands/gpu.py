"""nervure gpu: what GPU time was used for, how much stood idle, and what an hour costs."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.named import add_remove
from nervure.client.http import Http

app = typer.Typer(invoke_without_command=True)
prices = typer.Typer(no_args_is_help=True)
app.add_typer(prices, name="price", help="What an hour of a GPU costs: list, set, remove.")


@app.callback()
def gpu(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="A field of calls, e.g. team, tenant, model, trace_id.")] = "team",
    from_: Annotated[str, typer.Option("--from", help="Begin: ISO 8601 or relative.")] = "-24h",
    to: Annotated[str, typer.Option("--to", help="End.")] = "now",
    limit: Annotated[int, typer.Option("--limit", help="Most rows.", min=1, max=1000)] = 20,
    window: Annotated[str, typer.Option("--window", help="Length of a window, 10s to 1h.")] = "",
    decode: Annotated[float, typer.Option("--decode", help="Input tokens an output token counts as.", min=0)] = 4.0,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """GPU seconds and money by what they were used for, with what stood idle."""
    if context.invoked_subcommand is not None:
        return
    told = Http(connection(url, api_key, project)).get(
        "/api/v1/gpu/attribution", **{"by": by, "from": from_, "to": to, "limit": limit, "window": window, "decode": decode}
    )  # fmt: skip
    if as_json:
        show.print_json(told)
        return
    if told["totals"]["gpus"]:
        _print(told)
    for hint in told["hints"]:
        show.console().print(hint["text"], soft_wrap=True)


@prices.command("list")
def list_prices(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List what an hour of a GPU costs."""
    items = Http(connection(url, api_key, project)).get("/api/v1/gpu/prices")["items"]
    rows = (
        (one["name"], one["gpu"] or "*", one["host"] or "*", f"${one['usd_per_hour']:,.4g}", _dates(one))
        for one in items
    )
    empty = "no prices yet (`nervure gpu price set` adds one); until then GPU time is told in seconds only"
    show.print_items(items, as_json, ("name", "gpu", "host", "an hour", "valid"), rows, empty)


@prices.command("set")
def set_price(
    name: Annotated[str, typer.Argument(help="What it is called; one of that name is replaced.")],
    usd_per_hour: Annotated[float, typer.Option("--usd-per-hour", help="USD per hour of one GPU.")],
    gpu: Annotated[str, typer.Option("--gpu", help="Pattern of the GPU's model, e.g. '*H100*'.")] = "",
    host: Annotated[str, typer.Option("--host", help="Pattern of the host, e.g. 'gpu-eu-*'.")] = "",
    valid_from: Annotated[str | None, typer.Option("--valid-from", help="From when on it holds (ISO 8601).")] = None,
    valid_to: Annotated[str | None, typer.Option("--valid-to", help="Until when, not included.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Say what an hour of a GPU costs, e.g. nervure gpu price set h100 --usd-per-hour 2.50 --gpu '*H100*'."""
    body = {"usd_per_hour": usd_per_hour, "gpu": gpu, "host": host, "valid_from": valid_from, "valid_to": valid_to}
    Http(connection(url, api_key, project)).request("PUT", _price(name), body)
    typer.echo(f"{name}: set; it holds at once for all stored GPU time within its dates")


add_remove(prices, lambda _, name: _price(name), "Take a price away.")


def _price(name: str) -> str:
    return f"/api/v1/gpu/prices/{quote(name, safe='')}"


def _print(told: dict[str, Any]) -> None:
    totals = told["totals"]
    parts = ("attributed", "unattributed", "idle")
    rows: list[tuple[Any, ...]] = [
        (part, _hours(totals[f"{part}_gpu_seconds"]), _share(totals, part), show.money(totals[f"{part}_usd"]))
        for part in parts
    ]
    rows.append((f"all ({totals['gpus']} GPUs)", _hours(totals["gpu_seconds"]), "100 %", show.money(totals["usd"])))
    right = ("GPU hours", "share", "cost", "with idle", "calls", "tokens")
    show.console().print(show.table(("GPU time", "GPU hours", "share", "cost"), rows, right))
    listed: list[tuple[Any, ...]] = [
        (one["value"] or "(none)", *_use(one), show.number(one["calls"]), show.number(one["tokens"]))
        for one in told["items"]
    ]
    if told["other"]:
        listed.append(("(others)", *_use(told["other"]), "", ""))
    if listed:
        head = (told["by"], "GPU hours", "share", "cost", "with idle", "calls", "tokens")
        show.console().print()
        show.console().print(show.table(head, listed, right))


def _use(one: dict[str, Any]) -> tuple[str, str, str, str]:
    share = "-" if one["share"] is None else f"{one['share']:.1%}"
    return _hours(one["gpu_seconds"]), share, show.money(one["usd"]), show.money(one["usd_with_idle"])


def _share(totals: dict[str, Any], part: str) -> str:
    return f"{totals[f'{part}_gpu_seconds'] / totals['gpu_seconds']:.1%}"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.3f}"


def _dates(one: dict[str, Any]) -> str:
    if not one["valid_from"] and not one["valid_to"]:
        return "always"
    return f"{(one['valid_from'] or '...')[:10]} to {(one['valid_to'] or '...')[:10]}"


COMMAND = Command("gpu", app, CARE, "What GPU time was used for, how much stood idle, and what an hour costs.")
