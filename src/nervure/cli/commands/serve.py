"""nervure serve: the server."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from nervure.base.connection import Connection, child_environment
from nervure.base.errors import SettingsError
from nervure.base.settings import Settings, load_settings
from nervure.cli.command import RUN, Command
from nervure.cli.need import server_part


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="HTTP port, 0 for any free one. Default 4318.")] = None,
    grpc_port: Annotated[
        int | None, typer.Option(help="gRPC port, 0 for any free one, -1 for none. Default 4317.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder. Default ./nervure-data.")] = None,
    store: Annotated[
        str | None, typer.Option(help="DSN of a ClickHouse server instead of the embedded engine.")
    ] = None,
    catalog: Annotated[str | None, typer.Option(help="DSN of a PostgreSQL catalog instead of SQLite.")] = None,
    auth: Annotated[bool | None, typer.Option(help="Ask every sender and reader for an API key.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting, e.g. --set retention_days=30."),
    ] = None,
    print_ports: Annotated[
        bool, typer.Option("--print-ports", help="Print the ports as one JSON line when ready.")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Fill it with a simulated company and live traffic.")] = False,
) -> None:
    """Start the server: OTLP over HTTP and gRPC, the API and the pages, in one process."""
    flags = {
        "host": host, "port": port, "grpc_port": grpc_port, "data": data, "store": store, "catalog": catalog,
        "auth": auth, **_named(setting or []),
    }  # fmt: skip
    settings = load_settings(**flags)
    # Looking for cycles among what start-up only makes costs a tenth of it; `run` looks once, at the end, and goes on then.
    gc.disable()
    run = server_part("nervure.serve.run").run
    with _demo(settings) if demo else nullcontext():
        run(settings, print_ports=print_ports)


@contextmanager
def _demo(settings: Settings) -> Iterator[None]:
    """The simulated company in a process of its own, which speaks to the server like anybody else."""
    if settings.port == 0:
        raise SettingsError("--demo needs to know the port beforehand: name one with --port")
    # Of "all addresses" the child takes the near one.
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    where = Connection(f"http://{host}:{settings.port}", settings.admin_key if settings.auth else "")
    command = [sys.executable, "-m", "nervure", "demo", "--wait", "60", "--no-keep-trying"]
    child = subprocess.Popen(command, env=child_environment(where), stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait(10)


def _named(pairs: list[str]) -> dict[str, str]:
    named = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r} has no value: write --set name=value")
        named[name.strip().replace("-", "_")] = value
    return named


COMMAND = Command("serve", serve, RUN)
