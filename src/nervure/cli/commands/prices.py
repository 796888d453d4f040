"""nervure prices: what models cost, and pricing history again."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.watching import watched
from nervure.client.client import Client
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
PER_MILLION = "USD per million tokens"


@app.command("list")
def list_prices(
    unpriced: Annotated[
        bool, typer.Option("--unpriced", help="List models in the data that have no price instead.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """List your own prices, or the models of the last 30 days that have none."""
    if unpriced:
        with Client(url, api_key, project) as client:
            found = client.query(
                "count", where='cost_source = "unpriced"', by=("provider", "model"), from_="-30d", limit=200
            )
        rows: list[tuple[Any, ...]] = [(row["provider"], row["model"], show.number(row["value"])) for row in found]
        show.print_items(list(found), as_json, ("provider", "model", "calls"), rows, "every call has a price")
        return
    items = Http(connection(url, api_key, project)).get("/api/v1/prices")["items"]
    rows = [
        (item["name"], item.get("provider") or "*", item["model"], _prices(item), item.get("project") or "(all)")
        for item in items
    ]
    empty = "no prices of your own; the price book is used (`nervure prices set` adds one)"
    show.print_items(items, as_json, ("name", "provider", "model", "price", "project"), rows, empty)


@app.command("set")
def set_price(
    model: Annotated[str, typer.Argument(help="Model as it is sent; a pattern such as llama-* with --match glob.")],
    input: Annotated[float | None, typer.Option("--input", help=f"Input, {PER_MILLION}.", min=0)] = None,
    output: Annotated[float | None, typer.Option("--output", help=f"Output, {PER_MILLION}.", min=0)] = None,
    cached_input: Annotated[
        float | None, typer.Option("--cached-input", help=f"Cached input, {PER_MILLION}.", min=0)
    ] = None,
    per_second: Annotated[float | None, typer.Option("--per-second", help="USD per second of a call.", min=0)] = None,
    per_request: Annotated[float | None, typer.Option("--per-request", help="USD per call.", min=0)] = None,
    provider: Annotated[str, typer.Option("--provider", help="Only for this provider.")] = "",
    match: Annotated[str, typer.Option("--match", help="exact, glob or regex.")] = "exact",
    name: Annotated[str | None, typer.Option("--name", help="Name of the price; the model by default.")] = None,
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", help="For calls from this time on (ISO 8601).")
    ] = None,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Give a model a price, e.g. nervure prices set my-llama --input 0.2 --output 0.6. New calls use it at once."""
    body = {
        "model": model, "match": match, "provider": provider, "input": input, "output": output,
        "cached_input": cached_input, "per_second": per_second, "per_request": per_request, "valid_from": valid_from,
    }  # fmt: skip
    given = {key: value for key, value in body.items() if value not in (None, "")}
    path = f"/api/v1/prices/{quote(name or model, safe='')}"
    Http(connection(url, api_key, project)).request("PUT", path, given)
    typer.echo(f"set; calls already stored keep their price until `nervure prices reprice --model {model}`")


@app.command("reprice")
def reprice(
    from_: Annotated[str | None, typer.Option("--from", help="Calls from this time on.")] = "-30d",
    to: Annotated[str | None, typer.Option("--to", help="Up to this time; now by default.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only this model.")] = None,
    where: Annotated[str | None, typer.Option("--where", "-w", help="Only what passes this filter.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Price stored calls again with the prices now in force."""
    body = {"from": from_, "to": to, "model": model, "where": where}
    given = {key: value for key, value in body.items() if value is not None}
    http = Http(connection(url, api_key, project))
    job = http.post("/api/v1/prices/reprice", given)
    job = watched(http, "/api/v1/prices/reprice", job, "pricing again")
    before, after = show.money(job["cost_before"]), show.money(job["cost_after"])
    typer.echo(f"{job['scanned']:,} calls looked at, {job['changed']:,} changed: {before} before, {after} now")


def _prices(item: dict[str, Any]) -> str:
    names = ("input", "cached_input", "cache_write", "audio_input", "output", "reasoning", "audio_output")
    parts = [f"{name} {item[name]}" for name in names if item.get(name) is not None]
    parts = [f"{' / '.join(parts)} per million"] if parts else []
    parts += [f"{item['per_second']} a second"] if item.get("per_second") is not None else []
    parts += [f"{item['per_request']} a call"] if item.get("per_request") is not None else []
    parts += [f"book x {item['book_factor']}"] if item.get("book_factor") is not None else []
    return ", ".join(parts)


COMMAND = Command("prices", app, CARE, "Prices of models: list, set, price history again.")
