"""Every test of the catalog runs on SQLite and on PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog

START_NS = 1_800_000_000 * NS_PER_S


def find_postgres() -> Path | None:
    """The folder with initdb and pg_ctl, as Debian installs them or on the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def demote() -> dict[str, int]:
    """PostgreSQL refuses to run as root; who runs the tests as root runs it as somebody else."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid}
    return {}


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throw-away server reached through a socket in its own folder; the DSN of its first database."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql runs these tests too")
    # A socket's path has at most 107 characters, and the folders above pytest's are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="nervure-pg-", dir="/tmp"))
    who = demote()
    if who:
        os.chown(folder, who["user"], who["group"])

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60, **who)  # type: ignore[call-overload]

    data, log = str(folder / "data"), str(folder / "log")
    try:
        run(str(binaries / "initdb"), "-D", data, "-U", "nervure", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        run(str(binaries / "pg_ctl"), "-D", data, "-l", log, "-w", "-t", "30", "-o", options, "start")
        try:
            yield f"postgresql://nervure@/postgres?host={folder}"
        finally:
            run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty catalog's address."""
    if request.param == "sqlite":
        yield str(tmp_path)
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"c{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield server.replace("/postgres?", f"/{name}?")
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START_NS)


@pytest.fixture
def catalog(where: str, clock: FixedClock) -> Iterator[Catalog]:
    opened = open_catalog(where, clock, RandomIds())
    yield opened
    opened.close()
