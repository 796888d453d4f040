"""nervure diagnose: what explains a change somebody points at."""

from typing import Annotated, Any

import typer

from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.client.client import Client


def diagnose(
    measure: Annotated[str, typer.Argument(help="What changed: error_rate, latency.p95, score:relevance.mean ...")],
    onset: Annotated[str, typer.Option("--onset", help="When it began: ISO 8601, or relative such as -2h.")],
    where: Annotated[
        str, typer.Option("--where", "-w", help="""Where, e.g. 'service = "chat" and model = "gpt"'.""")
    ] = "",
    to: Annotated[str, typer.Option("--to", help="Until when to look; now by default.")] = "now",
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Explain a change: where it sits, what else changed, which cause, e.g. nervure diagnose error_rate --onset -2h."""
    with Client(url, api_key, project) as client:
        found = client.http.post("/api/v1/diagnose", {"measure": measure, "where": where, "onset": onset, "to": to})
    if as_json:
        show.print_json(found)
        return
    console = show.console()
    console.print(found["title"], style="bold", markup=False)
    console.print(
        f"{found['severity']} · {found['nature']} · {measure} {found['observed']:.4g}, before {found['expected']:.4g}\n"
    )
    console.print(found["narrative"], markup=False)
    _evidence(console, "Evidence", found["evidence"])
    rivals = [[one["cause"], f"{100 * one['confidence']:.0f} %"] for one in found["rivals"]]
    if rivals:
        console.print(show.table(["rival", "confidence"], rows=rivals, right=("confidence",)))
    for title, lines in (("Ruled out", found["ruled_out"]), ("Traces before", found["exemplars"]["before"]),
                         ("Traces after", found["exemplars"]["after"])):  # fmt: skip
        if lines:
            console.print(f"\n{title}", style="bold")
            for line in lines:
                console.print(f"  {line}", markup=False)


def _evidence(console: Any, title: str, evidence: list[dict[str, Any]]) -> None:
    console.print(f"\n{title}", style="bold")
    for one in evidence:
        console.print(f"  {'+' if one['supports'] else '-'} {one['weight']:.1f}  {one['text']}", markup=False)


COMMAND = Command("diagnose", diagnose, ASK)
