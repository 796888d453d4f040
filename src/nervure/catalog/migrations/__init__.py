"""Migrations of the catalog: run at start, forwards only, the same files on SQLite and PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from nervure.base.errors import StoreError
from nervure.catalog.database import Database

# Any number, the same in every replica: two that start together must not migrate together.
ADVISORY_LOCK = 7_302_114_905


def migrate(database: Database) -> str:
    """Brings the catalog to this version's form and returns its revision.

    Raises StoreError when the catalog was written by a newer version: it is left untouched.
    """
    config = _config()
    newest = ScriptDirectory.from_config(config)
    with database.write() as session:
        connection = session.connection()
        if database.is_postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": ADVISORY_LOCK})
        found = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in newest.walk_revisions()}
        if found and found not in known:
            raise StoreError(
                f"the catalog is at revision {found}, which this version does not know: it was used by a newer "
                "Nervure; start that version, or restore a backup made with this one"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest.get_current_head() or ""


def current_revision(connection: Connection) -> str:
    """The catalog's revision, "" for an empty database."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
