"""The operator's prices in the catalog, and the pricer's view of them."""

import threading
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from nervure.base.clock import Clock
from nervure.base.errors import Busy, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.base.journal import journal
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import PriceRow
from nervure.model.price import TOKEN_CLASSES, PriceOverride

PRICES = (*TOKEN_CLASSES, "per_second", "per_request", "book_factor")
MATCHES = {"exact": "exact", "glob": "glob", "regex": "regex"}
# A price changed on another replica holds here after this long; one changed here, at once.
REMEMBERED_S = 10.0


class Prices:
    """Thread-safe. `overrides` is called for every span and answers from memory."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit
        self._current: tuple[PriceOverride, ...] = ()
        self._until_s = float("-inf")
        self._loading = threading.Lock()

    def overrides(self) -> tuple[PriceOverride, ...]:
        """All overrides; the same tuple until one of them changes.

        When the catalog cannot be reached the last known ones hold: telemetry is not refused over its price.
        """
        if self._clock.monotonic_s() < self._until_s:
            return self._current
        # Whoever comes while another thread asks the catalog takes what is known; nobody waits.
        if self._loading.acquire(blocking=False):
            try:
                self._load()
            finally:
                self._loading.release()
        return self._current

    def _load(self) -> None:
        self._until_s = self._clock.monotonic_s() + REMEMBERED_S
        try:
            found = tuple(self.list())
        except Busy as error:
            journal("catalog").warning("prices not read again, the last known ones hold", error=str(error))
            return
        if found != self._current:
            self._current = found

    def list(self) -> list[PriceOverride]:
        """All overrides by name."""
        with self._database.read() as session:
            return [_override(row) for row in session.scalars(select(PriceRow).order_by(PriceRow.name))]

    def get(self, price_id: str) -> PriceOverride:
        """An override by its id. Raises NotFound."""
        with self._database.read() as session:
            return _override(_found(session.get(PriceRow, price_id), price_id))

    def create(self, override: PriceOverride, actor: str = "system") -> PriceOverride:
        """Keeps a new override (checked by `price.overrides`), gives it id and time. Raises Conflict for its name."""
        made = replace(override, id=self._ids.token("price", 8), created_ns=self._clock.now_ns())
        with self._database.write() as session:
            if session.scalars(select(PriceRow).where(PriceRow.name == made.name)).first():
                raise Conflict(f"a price named {made.name!r} is there already: change it, or choose another name")
            session.add(_fill(PriceRow(), made))
            self._audit.record(session, actor, "create", "price", made.id, None, made, made.project)
        self._reload()
        return made

    def update(self, price_id: str, override: PriceOverride, actor: str = "system") -> PriceOverride:
        """Replaces an override, keeping its id and time. Raises NotFound, Conflict."""
        with self._database.write() as session:
            row = _found(session.get(PriceRow, price_id), price_id)
            before = _override(row)
            after = replace(override, id=before.id, created_ns=before.created_ns)
            if after != before:
                _fill(row, after)
                self._audit.record(session, actor, "update", "price", price_id, before, after, after.project)
        self._reload()
        return after

    def delete(self, price_id: str, actor: str = "system") -> None:
        """Takes an override away; spans priced by it keep their cost until they are re-priced. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session.get(PriceRow, price_id), price_id)
            before = _override(row)
            self._audit.record(session, actor, "delete", "price", price_id, before, None, before.project)
            session.delete(row)
        self._reload()

    def _reload(self) -> None:
        with self._loading:
            self._load()


def _found(row: PriceRow | None, price_id: str) -> PriceRow:
    if row is None:
        raise NotFound(f"there is no price {price_id!r}: GET /api/v1/prices lists those there are")
    return row


def _override(row: PriceRow) -> PriceOverride:
    prices = {name: Decimal(text) for name, text in row.prices.items()}
    return PriceOverride(
        name=row.name,
        model=row.model,
        match=MATCHES[row.match],  # type: ignore[arg-type]
        id=row.id,
        project=row.project,
        provider=row.provider,
        valid_from_ns=row.valid_from_ns,
        valid_to_ns=row.valid_to_ns,
        book_model=row.book_model,
        note=row.note,
        created_ns=row.created_ns,
        **prices,
    )


def _fill(row: PriceRow, override: PriceOverride) -> PriceRow:
    row.id, row.name, row.note, row.created_ns = override.id, override.name, override.note, override.created_ns
    row.project, row.provider, row.model, row.match = (
        override.project,
        override.provider,
        override.model,
        override.match,
    )
    row.valid_from_ns, row.valid_to_ns, row.book_model = (
        override.valid_from_ns,
        override.valid_to_ns,
        override.book_model,
    )
    row.prices = {name: str(value) for name in PRICES if (value := getattr(override, name)) is not None}
    return row
