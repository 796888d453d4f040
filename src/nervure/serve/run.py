"""One process: HTTP and gRPC doors over one house, from start to orderly stop."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack

import orjson

from nervure.base.clock import SystemClock
from nervure.base.errors import SettingsError
from nervure.base.ids import RandomIds
from nervure.base.journal import configure, journal
from nervure.base.settings import Settings
from nervure.serve.build import Works, build
from nervure.serve.listeners import Listeners

# Records of a request live for milliseconds and form no cycles; looking for cycles among them at the default
# thresholds costs a tenth of the decoding time.
GC_THRESHOLDS = (50_000, 20, 50)


def _house(settings: Settings, closing: ExitStack) -> Works:
    return build(settings, SystemClock(), RandomIds(), closing)


def run(settings: Settings, print_ports: bool = False, make: Callable[[Settings, ExitStack], Works] = _house) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was begun.

    print_ports: when ready, print {"http": port, "grpc": port} as one line on stdout instead of a greeting.
    make: puts the house together; one with another clock lets what takes days be tried in seconds.
    Raises SettingsError when a port is taken, StoreError when the data folder is in use.
    """
    configure(settings.log_level, settings.log_format)
    with ExitStack() as closing:
        listener = _listen(settings.host, settings.port)
        closing.callback(listener.close)
        works = make(settings, closing)
        works.start()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        gc.enable()
        _run(_serve(works, listener, print_ports))
        journal("serve").info("stopping: storing what was received", waiting_bytes=works.house.intake.waiting_bytes)
    journal("serve").info("stopped")


async def _serve(works: Works, listener: socket.socket, print_ports: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    listeners = Listeners(works, listener)
    ports = await listeners.open()
    works.workers.start(ports["http"] or 0)
    settings = works.house.settings
    if print_ports:
        sys.stdout.write(orjson.dumps(ports).decode() + "\n")
        sys.stdout.flush()
    elif sys.stderr.isatty() or settings.log_format == "text":
        sys.stderr.write(greeting(settings, ports))
        sys.stderr.flush()
    journal("serve").info("ready", **ports, data=str(settings.data), store=settings.store or "embedded")
    await stopping.wait()
    await listeners.close()


def greeting(settings: Settings, ports: dict[str, int | None]) -> str:
    """What a person wants to know first: where it listens, where it keeps, how to send."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    web = f"http://{host}:{ports['http']}"
    grpc = f"{host}:{ports['grpc']}" if ports["grpc"] is not None else "off"
    auth = "API keys are required" if settings.auth else "no API key needed on this machine"
    return (
        f"\n  Nervure listens on {web}  (OTLP/HTTP, API, pages) and {grpc}  (OTLP/gRPC); {auth}.\n"
        f"  Telemetry is kept in {settings.store.rpartition('@')[2] or settings.data.resolve()}.\n\n"
        f"  Send:  export OTEL_EXPORTER_OTLP_ENDPOINT={web}\n"
        f"  Look:  nervure traces    Try: nervure demo    Stop: Ctrl-C\n\n"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror or error}): another program may have the port; "
            "choose another with --port or NERVURE_PORT (0 takes any free one)"
        ) from error
    listener.setblocking(False)
    return listener


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        asyncio.run(work)
    else:
        uvloop.run(work)
