"""nervure traces: the latest traces, or one as a tree."""

from typing import Annotated, Any

import typer
from rich.text import Text

from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.client.client import Client
from nervure.client.results import Rows


def traces(
    trace_id: Annotated[str | None, typer.Argument(help="Show this trace as a tree instead of a list.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", "-w", help="""Filter, e.g. 'service = "bot" and status = "error"'.""")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Beginning: ISO 8601, or relative such as -24h.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="End; now by default.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Most traces.", min=1)] = 20,
    order: Annotated[str | None, typer.Option("--order", help="Field to order by; a leading - for descending.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """List the latest traces, or show one: nervure traces TRACE_ID."""
    with Client(url, api_key, project) as client:
        if trace_id:
            _show(client.trace(trace_id), as_json)
        else:
            _list(client.traces(where, from_=from_, to=to, limit=limit, order=order), as_json)


def _show(trace: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show.print_json(trace)
    else:
        show.console().print(show.trace_tree(trace))


def _list(found: Rows, as_json: bool) -> None:
    if as_json:
        show.print_json(list(found))
        return
    if not found:
        show.console().print("no traces in this range: send some, or try `nervure demo`")
        return
    columns = ("start", "trace", "service", "name", "duration", "spans", "errors", "tokens", "cost", "user")
    rows = []
    for trace in found:
        errors = trace.get("error_count") or 0
        rows.append((
            show.when(trace.get("start")), trace["trace_id"], trace.get("service") or "", trace.get("name") or "",
            show.duration(trace.get("duration_ms")), show.number(trace.get("span_count")),
            Text(str(errors), style="red" if errors else "dim"), show.number(trace.get("total_tokens")),
            show.money(trace.get("cost_total")) + ("+?" if trace.get("unpriced_count") else ""), trace.get("user") or "",
        ))  # fmt: skip
    console = show.console()
    console.print(show.table(columns, rows, right=("duration", "spans", "errors", "tokens", "cost")))
    if any(trace.get("unpriced_count") for trace in found):
        console.print(
            "+? : some calls of the trace have no known price (`nervure prices list --unpriced`)", style="dim"
        )


COMMAND = Command("traces", traces, ASK)
