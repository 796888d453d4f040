"""Keeps telemetry: one SQL dialect, one client, two layouts (embedded engine, cluster)."""

from pathlib import Path

from nervure.base.settings import Settings
from nervure.store.engine import Engine, Limits
from nervure.store.migrate import migrate

__all__ = ["insert_spans", "migrate", "open_engine"]


def open_engine(settings: Settings) -> Engine:
    """The engine the settings name. Its tables are made by `migrate`.

    Raises StoreError when another process has the data folder, StoreDown when the server cannot be reached.
    """
    limits = Limits(timeout_s=settings.query_timeout_s, memory_bytes=settings.query_memory_bytes)
    if settings.is_embedded:
        # Imported here because each engine loads a client library the other has no use for: chDB alone is 0.5 GB.
        from nervure.store.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(
            settings.data,
            memory_bytes=settings.store_memory_bytes,
            fsync=settings.fsync,
            query_slots=settings.query_threads,
            limits=limits,
        )
    from nervure.store.engines.cluster import ClusterEngine

    return ClusterEngine(
        settings.store,
        cluster=settings.cluster,
        query_slots=settings.query_threads,
        limits=limits,
        fsync=settings.fsync,
    )


def insert_spans(engine: Engine, rows: Path, token: str) -> None:
    """Spans into their table and at once into traces and roll-ups; the intake does the second a moment later."""
    engine.insert("spans", rows, token)
    engine.insert("arrivals", rows, token)
