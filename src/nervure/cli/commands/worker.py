"""nervure worker: scores live traffic by the server's rules. The server starts its own; more may run beside it."""

import logging
import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from nervure.base.clock import SystemClock
from nervure.base.connection import connection
from nervure.base.ids import RandomIds
from nervure.base.settings import load_settings
from nervure.cli.command import RUN, ApiKey, Command, Url
from nervure.cli.need import server_part

# What the server does for those who send and ask goes first.
NICE = 5


def worker(
    url: Url = None,
    api_key: ApiKey = None,
    data: Annotated[
        Path | None, typer.Option(help="The server's data folder: its catalog is read there. Default ./nervure-data.")
    ] = None,
    catalog: Annotated[str | None, typer.Option(help="DSN of the server's PostgreSQL catalog.")] = None,
    with_parent: Annotated[int, typer.Option(hidden=True, help="End when this process has ended.")] = 0,
) -> None:
    """Score what the evaluation rules take: claims tasks from the catalog, asks the server for spans, stores scores there.

    A server starts as many as its setting evaluation_workers says. Further ones, on this machine or on others that
    reach a PostgreSQL catalog, share the queue; any of them may be killed at any time.
    """
    settings = load_settings(data=data, catalog=catalog)
    told = server_part("nervure.base.journal")
    told.configure(settings.log_level, settings.log_format)
    server_part("nervure.evaluate.chosen").choose(settings)
    # One line for each request would bury what there is to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    where = connection(url, api_key)
    clock, ids = SystemClock(), RandomIds()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    os.nice(NICE)
    worker_module = server_part("nervure.evaluate.online.worker")
    seal = server_part("nervure.catalog.seal").open_seal(settings.secret_key, settings.data)
    opened = server_part("nervure.catalog.catalog").open_catalog(settings.catalog or settings.data, clock, ids, seal)
    pricer = server_part("nervure.price.pricer").open_pricer(settings.price_file, opened.prices)
    ledger = server_part("nervure.evaluate.embeddings.spend").Ledger(opened.judge_purse, pricer, clock)
    server_part("nervure.evaluate.chosen").charge_to(ledger)
    door = server_part("nervure.evaluate.online.door").Door(where)
    names = server_part("nervure.evaluate.online.supervisor").worker_names
    name = f"{names(os.getpid())}{ids.token('', 3)}"
    told.journal("evaluate").info("a worker begins", worker=name, server=where.url)
    try:
        scoring = worker_module.Worker(name, opened, door, settings, clock, pricer)
        scoring.run(stopping, lambda: not with_parent or os.getppid() == with_parent)
    finally:
        door.close()
        opened.close()
    told.journal("evaluate").info("a worker ended", worker=name)


COMMAND = Command("worker", worker, RUN)
