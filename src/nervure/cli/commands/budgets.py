"""nervure budgets: what calls may cost, and whether the next one may go through."""

from typing import Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.named import add_remove, by_id
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
EXIT_OVER = 3
Scope = Annotated[list[str] | None, typer.Option("--scope", help="Field and value, e.g. team=search; may be repeated.")]


@app.command("list")
def list_budgets(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List budgets, what was spent, and what their period will end at."""
    items = Http(connection(url, api_key, project)).get("/api/v1/budgets", status="true")["items"]
    rows = (_row(one, line) for one in items for line in one["status"])
    head = ("name", "scope", "limit", "spent", "share", "projected", "state")
    empty = "no budgets yet (`nervure budgets add` makes one)"
    show.print_items(items, as_json, head, rows, empty)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    limit: Annotated[float, typer.Option("--limit", help="USD a period.")],
    period: Annotated[str, typer.Option("--period", help="day, week or month.")] = "month",
    scope: Scope = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Limit what calls may cost; `--scope team=*` gives each team the limit."""
    body = {"name": name, "limit_usd": limit, "period": period, "scope": _pairs(scope or [])}
    made = Http(connection(url, api_key, project)).request("POST", "/api/v1/budgets", body)
    if as_json:
        show.print_json(made)
        return
    typer.echo(f"{made['id']}: kept; alerts are looked at every minute")


@app.command("check")
def check(
    scope: Scope = None,
    cost: Annotated[float, typer.Option("--cost", help="USD the call may cost.")] = 0.0,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Whether a call is within every budget it falls under: exit code 0 when it is, 3 when it is not."""
    http = Http(connection(url, api_key, project))
    told = http.get("/api/v1/budgets/check", scope=scope or [], cost_usd=cost)
    if as_json:
        show.print_json(told)
    else:
        names = ", ".join(one["name"] for one in told["budgets"]) or "no budget concerns it"
        typer.echo(f"within budget ({names})" if told["within"] else told["reason"])
    if not told["within"]:
        raise typer.Exit(EXIT_OVER)


add_remove(app, by_id("budgets"), "Limit it no longer.")


def _row(one: dict[str, Any], line: dict[str, Any]) -> tuple[Any, ...]:
    scope = ", ".join(f"{name} = {value or '(none)'}" for name, value in line["scope"].items()) or "(all)"
    projected = "-" if line["projected_usd"] is None else f"${line['projected_usd']:,.2f}"
    return (
        one["name"], scope, f"${one['limit_usd']:,.2f} a {one['period']}", f"${line['spent_usd']:,.2f}",
        f"{line['share']:.0%}", projected, line["state"].replace("_", " "),
    )  # fmt: skip


def _pairs(said: list[str]) -> dict[str, str]:
    pairs = dict[str, str]()
    for one in said:
        name, sign, value = one.partition("=")
        if not sign or not name or not value:
            raise BadInput(f"--scope {one}: write a field and its value, e.g. --scope team=search")
        pairs[name] = value
    return pairs


COMMAND = Command("budgets", app, CARE, "Limit what calls may cost and ask whether the next one may go through.")
