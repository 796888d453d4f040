"""nervure forward: where telemetry is passed on to, and what became of it."""

from typing import Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput, NotFound
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
PATH = "/api/v1/destinations"
Name = Annotated[str, typer.Argument(help="Its name or id, as `nervure forward list` shows it.")]


@app.command("list")
def list_destinations(
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None
) -> None:
    """Destinations with what was forwarded, dropped and waits."""
    items = Http(connection(url, api_key, project)).get(PATH)["items"]
    rows = [_row(one) for one in items]
    columns = ("name", "endpoint", "state", "forwarded", "dropped", "queued", "last error")
    show.print_items(items, as_json, columns, rows, "no destinations; `nervure forward add NAME ENDPOINT`")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    endpoint: Annotated[str, typer.Argument(help="Base URL of an OTLP backend; /v1/traces and so on are added.")],
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="A header as name=value; may be given more than once.")
    ] = None,
    auth: Annotated[str, typer.Option("--auth", help="Sign requests: aws, google or entra.")] = "",
    auth_set: Annotated[list[str] | None, typer.Option("--auth-set", help="A setting of it as name=value.")] = None,
    where: Annotated[str | None, typer.Option("--where", "-w", help="Only spans that pass this filter.")] = None,
    signal: Annotated[list[str] | None, typer.Option("--signal", help="spans, logs or metrics; all by default.")] = None,
    sample: Annotated[float | None, typer.Option("--sample", help="Share of traces, 0 to 1.")] = None,
    no_content: Annotated[bool, typer.Option("--no-content", help="Leave out prompts and answers.")] = False,
    grpc: Annotated[bool, typer.Option("--grpc", help="OTLP over gRPC instead of HTTP.")] = False,
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Pass everything received from now on to another backend; with --project only that project's telemetry."""
    where_to = connection(url, api_key, project)
    body: dict[str, Any] = {
        "name": name, "endpoint": endpoint, "protocol": "grpc" if grpc else "http", "project": where_to.project or "",
        "headers": dict(_pair(one) for one in header or ()), "auth": auth or None,
        "auth_settings": dict(_pair(one) for one in auth_set or ()) or None, "signals": signal or None, "sample_ratio": sample,
        "where": {"spans": where} if where else None, "content": False if no_content else None,
    }  # fmt: skip
    made = Http(where_to).post(PATH, {key: value for key, value in body.items() if value is not None})
    typer.echo(f"{made['id']}: try it with `nervure forward test {name}`")


@app.command("test")
def try_out(name: Name, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """Send one record of each signal now, and tell what was answered."""
    http = Http(connection(url, api_key, project))
    trials = http.post(f"{PATH}/{_id(http, name)}/test")["items"]
    for trial in trials:
        typer.echo(f"{trial['signal']}: {'ok' if trial['ok'] else 'FAILED'}: {trial['words']}")
    if not all(trial["ok"] for trial in trials):
        raise typer.Exit(1)


@app.command("pause")
def pause(name: Name, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """Send nothing for now; what comes waits in its queue."""
    _change(connection(url, api_key, project), name, {"is_paused": True})
    typer.echo(f"{name} is paused")


@app.command("resume")
def resume(name: Name, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """Send again what waits in its queue, and what comes."""
    _change(connection(url, api_key, project), name, {"is_paused": False})
    typer.echo(f"{name} is sent to again")


@app.command("remove")
def remove(name: Name, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """Pass nothing on to it any more; what waits for it is thrown away."""
    http = Http(connection(url, api_key, project))
    http.delete(f"{PATH}/{_id(http, name)}")
    typer.echo(f"{name} is removed")


def _change(where: Any, name: str, body: dict[str, Any]) -> None:
    http = Http(where)
    http.request("PATCH", f"{PATH}/{_id(http, name)}", body)


def _id(http: Http, name: str) -> str:
    for one in http.get(PATH)["items"]:
        if name in (one["id"], one["name"]):
            return str(one["id"])
    raise NotFound(f"there is no destination {name!r}: `nervure forward list` shows those there are")


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise BadInput(f"--header {text!r}: write name=value")
    return name.strip(), value.strip()


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    status = one["status"]
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in status["dropped"].items() if count)
    return (
        one["name"], one["endpoint"] or ", ".join(one["endpoints"].values()), status["state"],
        f"{sum(status['forwarded'].values()):,}", dropped or "0",
        f"{status['queued']:,} ({show.size(status['queued_bytes'])})", status["last_error"],
    )  # fmt: skip


COMMAND = Command("forward", app, CARE, "Passing telemetry on: list, add, test, pause, resume, remove.")
