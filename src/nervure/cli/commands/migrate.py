"""nervure migrate: brings store and catalog to this version's form, without starting the server."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from nervure.base.clock import SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import load_settings
from nervure.cli.command import CARE, Command
from nervure.cli.need import server_part


def migrate(
    data: Annotated[Path | None, typer.Option(help="Data folder. Default ./nervure-data.")] = None,
    store: Annotated[str | None, typer.Option(help="DSN of a ClickHouse server.")] = None,
    catalog: Annotated[str | None, typer.Option(help="DSN of a PostgreSQL catalog.")] = None,
) -> None:
    """Bring store and catalog to this version's form. The server does it too when it starts; stop it first."""
    settings = load_settings(data=data, store=store, catalog=catalog)
    stores = server_part("nervure.store")
    settings.data.mkdir(parents=True, exist_ok=True)
    with closing(stores.open_engine(settings)) as engine:
        applied = stores.migrate(engine)
    where = settings.catalog or settings.data / "catalog.db"
    # Opening the catalog brings it to this version's form.
    with closing(server_part("nervure.catalog.catalog").open_catalog(where, SystemClock(), RandomIds())) as opened:
        revision = opened.ping()
    steps = ", ".join(str(number) for number in applied) or "nothing to do"
    typer.echo(f"store: {steps}; catalog: {revision}")


COMMAND = Command("migrate", migrate, CARE)
