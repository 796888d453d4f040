"""What `nervure doctor` looks at: each check is a function that tells what it found."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx

import nervure
from nervure.base.clock import NS_PER_S, Clock
from nervure.base.connection import Connection
from nervure.base.errors import SettingsError
from nervure.base.settings import Settings
from nervure.cli.judging import choose_models
from nervure.cli.need import server_part
from nervure.cli.show import size

Verdict = Literal["ok", "note", "wrong"]
SKEW_S = 5.0
# No span can be older than the first release; a clock before it was never set.
FIRST_RELEASE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Finding:
    """verdict: "wrong" makes the command fail."""

    subject: str
    verdict: Verdict
    words: str


def examine(settings: Settings, where: Connection, clock: Clock) -> Iterator[Finding]:
    """All checks, cheapest first."""
    yield _python()
    yield from _packages()
    yield from _models(settings)
    yield from _folder(settings.data)
    yield _disk(settings)
    yield _own_clock(clock)
    answer = _ask(where, "/readyz")
    yield from _server(where, answer, clock)
    if not isinstance(answer, httpx.Response):
        yield from _ports(settings)
    if settings.data.stat().st_mode & stat.S_IRWXO if settings.data.is_dir() else False:
        yield Finding("permissions", "note", f"others on this machine can read {settings.data}: chmod o-rwx")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", version)


def _packages() -> Iterator[Finding]:
    from nervure.cli.commands.version import versions

    missing = [name for name, version in versions().items() if version == "not installed"]
    if missing:
        yield Finding(
            "packages", "note", f"light install, without {', '.join(missing)}: pip install 'nervure[server]' to serve"
        )
    else:
        yield Finding(
            "packages",
            "ok",
            ", ".join(f"{name} {version}" for name, version in versions().items() if name != "platform"),
        )


def _models(settings: Settings) -> Iterator[Finding]:
    """The models the settings name, each asked one small question. Light installs have none."""
    if find_spec("wordllama") is None:
        return
    chosen = server_part("nervure.evaluate.chosen")
    try:
        choose_models(settings)
    except SettingsError as error:
        yield Finding("models", "wrong", str(error))
        return
    for subject, answers, words in chosen.tried():
        yield Finding(subject, "ok" if answers else "wrong", words)


def _folder(data: Path) -> Iterator[Finding]:
    if not data.exists():
        parent = next(parent for parent in data.resolve().parents if parent.exists())
        if os.access(parent, os.W_OK):
            yield Finding("data folder", "ok", f"{data} does not exist yet and can be made")
        else:
            yield Finding(
                "data folder",
                "wrong",
                f"{data} does not exist and {parent} is not writable: choose another with --data",
            )
        return
    if not data.is_dir():
        yield Finding("data folder", "wrong", f"{data} is not a folder")
    elif not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data folder", "wrong", f"{data} is not writable by this user (uid {os.getuid()})")
    else:
        yield Finding("data folder", "ok", str(data.resolve()))


def _disk(settings: Settings) -> Finding:
    existing = next(place for place in (settings.data.resolve(), *settings.data.resolve().parents) if place.exists())
    usage = shutil.disk_usage(existing)
    words = f"{size(usage.free)} free of {size(usage.total)}"
    if usage.free < settings.disk_free_min_bytes:
        return Finding(
            "disk",
            "wrong",
            f"{words}: below disk_free_min_bytes ({size(settings.disk_free_min_bytes)}), telemetry is refused",
        )
    if usage.free < 5 * settings.disk_free_min_bytes:
        return Finding("disk", "note", f"{words}: nearly at disk_free_min_bytes ({size(settings.disk_free_min_bytes)})")
    return Finding("disk", "ok", words)


def _own_clock(clock: Clock) -> Finding:
    now_s = clock.now_ns() / NS_PER_S
    told = f"{datetime.fromtimestamp(now_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if now_s < FIRST_RELEASE:
        return Finding("clock", "wrong", f"{told}: it was never set; spans would be filed under that time")
    return Finding("clock", "ok", told)


def _ask(where: Connection, path: str) -> httpx.Response | httpx.HTTPError:
    try:
        return httpx.get(f"{where.url}{path}", headers=where.headers, timeout=5.0)
    except httpx.HTTPError as error:
        return error


def _server(where: Connection, answer: httpx.Response | httpx.HTTPError, clock: Clock) -> Iterator[Finding]:
    if isinstance(answer, httpx.HTTPError):
        yield Finding(
            "server",
            "note",
            f"none answers at {where.url} ({answer}): start one with `nervure serve`, or set NERVURE_URL",
        )
        return
    try:
        body = answer.json()
        is_ready, version = bool(body["ready"]), str(body["version"])
    except (ValueError, KeyError, TypeError):
        yield Finding(
            "server", "wrong", f"{where.url} is served by something else than Nervure (HTTP {answer.status_code})"
        )
        return
    engine = f", engine {body.get('engine')}" if body.get("engine") else ""
    yield Finding(
        "server", "ok" if is_ready else "wrong", f"{version} at {where.url}{engine}{'' if is_ready else ', not ready'}"
    )
    if version != nervure.__version__:
        yield Finding("versions", "note", f"this command is {nervure.__version__}, the server {version}")
    for problem in body.get("problems") or []:
        yield Finding("server", "wrong", str(problem))
    for notice in body.get("notices") or []:
        yield Finding("server", "note", str(notice))
    if "date" in answer.headers:
        skew_s = parsedate_to_datetime(answer.headers["date"]).timestamp() - clock.now_ns() / NS_PER_S
        if abs(skew_s) > SKEW_S:
            yield Finding("clock", "wrong", f"the server's clock differs from this one by {skew_s:+.0f} s")
    yield from _access(where)


def _access(where: Connection) -> Iterator[Finding]:
    answer = _ask(where, "/api/v1/traces?limit=1")
    if isinstance(answer, httpx.HTTPError):
        yield Finding("access", "wrong", f"asking failed: {answer}")
    elif answer.status_code in (401, 403):
        yield Finding("access", "wrong", "the server asks for an API key that may read: set NERVURE_API_KEY")
    elif answer.is_error:
        yield Finding("access", "wrong", f"asking for traces gave HTTP {answer.status_code}: {answer.text[:200]}")
    else:
        yield Finding("access", "ok", "traces can be read")


def _ports(settings: Settings) -> Iterator[Finding]:
    """Only asked when no server answers: then a taken port is somebody else's."""
    for name, port in (("port", settings.port), ("grpc_port", settings.grpc_port)):
        if port <= 0:
            continue
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host.strip("[]"), port))
            except OSError as error:
                yield Finding(
                    name,
                    "wrong",
                    f"{settings.host}:{port} cannot be used ({error.strerror}): choose another with NERVURE_{name.upper()}",
                )
            else:
                yield Finding(name, "ok", f"{settings.host}:{port} is free")
