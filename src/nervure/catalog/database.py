"""The catalog's database: SQLite in the data folder or PostgreSQL by DSN, the same statements on both."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from nervure.base.errors import BadInput, Conflict, SettingsError, StoreDown, StoreError
from nervure.catalog.seal import Plain, Seal

FILE = "catalog.db"
# SQLite waits this long for another process (a backup, the command line) to let go of the file.
BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 10
POSTGRES = "postgresql"


class Database:
    """Sessions over one engine. Thread-safe; every call may block."""

    def __init__(self, where: str | Path, seal: Seal | Plain | None = None) -> None:
        """where: a PostgreSQL DSN, or a folder or file for SQLite. Raises SettingsError for anything else."""
        self.seal = seal or Plain()
        self.url = database_url(where)
        self.is_postgres = self.url.get_backend_name() == POSTGRES
        self.engine = _open(self.url, self.is_postgres)
        # SQLite has one writer; waiting here is fair and costs nothing, waiting in the file is neither.
        self._writer = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads."""
        with _told(), Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are kept together when the block ends, or not at all when it raises.

        Raises Conflict when a unique value is taken, StoreDown when the database cannot be reached.
        """
        if self.is_postgres:
            with _told(), Session(self.engine) as session, session.begin():
                yield session
            return
        with self._writer, _told(), Session(self.engine.execution_options(writes=True)) as session, session.begin():
            yield session

    def ping(self) -> str:
        """The database's name and version. Raises StoreDown."""
        with self.read() as session:
            statement = "SHOW server_version" if self.is_postgres else "SELECT sqlite_version()"
            version = session.connection().exec_driver_sql(statement).scalar_one()
        return f"{'PostgreSQL' if self.is_postgres else 'SQLite'} {version}"

    def backup(self, folder: Path) -> Path:
        """A whole copy of the catalog in a folder, made while others write. Returns the file.

        Raises BadInput for PostgreSQL, which has better tools for it, and Conflict when the file is there already.
        """
        if self.is_postgres:
            raise BadInput("the catalog is in PostgreSQL: copy it with pg_dump, and restore it with pg_restore")
        file = folder / FILE
        if file.exists():
            raise Conflict(f"{file} is there already: name a new or empty folder")
        with _told(), closing(self.engine.raw_connection()) as source, closing(sqlite3.connect(file)) as target:
            source.driver_connection.backup(target)  # type: ignore[union-attr]
        return file

    def close(self) -> None:
        self.engine.dispose()


def database_url(where: str | Path) -> URL:
    """The SQLAlchemy address of a catalog."""
    text = str(where)
    if "://" not in text:
        path = Path(text)
        path = path if path.suffix == ".db" else path / FILE
        return URL.create("sqlite+pysqlite", database=str(path))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise SettingsError("catalog: not a DSN; write postgresql://user:password@host:5432/database") from error
    if url.get_backend_name() in (POSTGRES, "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite+pysqlite")
    raise SettingsError(f"catalog: {url.get_backend_name()}:// is not served; write postgresql:// or leave it empty")


def _open(url: URL, is_postgres: bool) -> Engine:
    if is_postgres:
        return create_engine(url, pool_size=POOL_SIZE, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=POOL_SIZE, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin too late (at the first write): we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes must take the write lock first: SQLite cannot upgrade a stale read.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told() -> Iterator[None]:
    """The database's errors as ours."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"the catalog refused a value that is taken or contradicts another: {error.orig}") from error
    except (OperationalError, InterfaceError) as error:
        raise StoreDown(f"the catalog cannot be reached or written: {error.orig}") from error
    except DBAPIError as error:
        raise StoreError(f"the catalog refused: {error.orig}") from error
