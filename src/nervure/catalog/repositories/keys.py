"""API keys: made once, shown once, kept as a hash."""

import hmac
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput, Busy, NotFound
from nervure.base.ids import IdSource, digest
from nervure.base.journal import journal
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.projects import checked_name
from nervure.catalog.tables import KeyRow
from nervure.model.key import RIGHTS, Key, Right

# Secrets begin with this, so that scanners of repositories and logs can find those that leaked.
SECRET_PREFIX = "nvk"
SECRET_BYTES = 20
SHOWN = len(SECRET_PREFIX) + 7
# A key revoked on another replica is refused here after this long; one revoked here, at once.
REMEMBERED_S = 5.0
MOST_REMEMBERED = 10_000
# Writing the time of use with every request would make a write of every read.
USED_EVERY_NS = 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class _Remembered:
    hash: str
    key: Key | None
    until_s: float


class Keys:
    """Thread-safe. `find` is called for every request."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit
        self._remembered: dict[str, _Remembered] = {}
        self._lock = threading.Lock()
        self._changes = 0

    def create(
        self,
        name: str,
        rights: Iterable[str],
        project: str = "",
        expires_ns: int | None = None,
        actor: str = "system",
    ) -> tuple[Key, str]:
        """A new key and its secret, which nobody can show again.

        rights: of "send", "read", "admin". project: the only one it opens, "" for all. Raises BadInput.
        """
        key, secret = self._made(name, rights, project, expires_ns)
        with self._database.write() as session:
            session.add(
                KeyRow(
                    id=key.id, name=key.name, prefix=key.prefix, hash=digest(secret.encode()), project=key.project,
                    rights=sorted(key.rights), created_ns=key.created_ns, expires_ns=key.expires_ns,
                )
            )  # fmt: skip
            self._audit.record(session, actor, "create", "key", key.id, None, key, key.project)
        self._forget()
        return key, secret

    def _made(self, name: str, rights: Iterable[str], project: str, expires_ns: int | None) -> tuple[Key, str]:
        granted = frozenset(rights)
        wrong = granted.difference(RIGHTS)
        if wrong or not granted:
            raise BadInput(f"rights = {sorted(granted)}: give at least one of {', '.join(RIGHTS)}")
        if not 0 < len(name.strip()) <= 200:
            raise BadInput("name: write 1 to 200 characters that say whose key this is")
        now_ns = self._clock.now_ns()
        if expires_ns is not None and expires_ns <= now_ns:
            raise BadInput(
                "expires lies in the past: give a later time, or leave it out for a key that does not expire"
            )
        secret = self._ids.token(SECRET_PREFIX, SECRET_BYTES)
        typed: frozenset[Right] = frozenset(right for right in RIGHTS if right in granted)
        key = Key(
            id=self._ids.token("key", 8),
            name=name.strip(),
            prefix=secret[:SHOWN],
            project=checked_name(project) if project else "",
            rights=typed,
            created_ns=now_ns,
            expires_ns=expires_ns,
        )
        return key, secret

    def find(self, secret: str) -> Key | None:
        """The active key of a secret; None for a secret nobody knows, a revoked or an expired key.

        Answers from memory for a few seconds. Raises StoreDown when the catalog cannot be asked.
        """
        wanted = digest(secret.encode("utf-8", "surrogateescape"))
        now_s, now_ns = self._clock.monotonic_s(), self._clock.now_ns()
        known = self._remembered.get(wanted)
        if known is None or known.until_s <= now_s:
            known = self._look_up(wanted, now_s)
        # The dictionary compared hashes already; this comparison takes the same time wherever they differ.
        if known.key is None or not hmac.compare_digest(known.hash, wanted) or not known.key.is_active(now_ns):
            return None
        return known.key

    def _look_up(self, wanted: str, now_s: float) -> _Remembered:
        changes = self._changes
        with self._database.read() as session:
            row = session.scalars(select(KeyRow).where(KeyRow.hash == wanted)).one_or_none()
            key = _key(row) if row else None
        if key is not None and key.is_active(self._clock.now_ns()):
            self._touch(key)
        found = _Remembered(wanted, key, now_s + REMEMBERED_S)
        with self._lock:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            # What was read before a key was revoked must not be remembered after it.
            if changes == self._changes:
                self._remembered[wanted] = found
        return found

    def _touch(self, key: Key) -> None:
        now_ns = self._clock.now_ns()
        if key.last_used_ns is not None and now_ns - key.last_used_ns < USED_EVERY_NS:
            return
        try:
            with self._database.write() as session:
                row = session.get(KeyRow, key.id)
                if row is not None:
                    row.last_used_ns = now_ns
        except Busy as error:
            # The time of use is a courtesy; a full disk must not lock its owner out.
            journal("catalog").warning("time of use of a key not written", key=key.id, error=str(error))

    def list(self, project: str = "") -> list[Key]:
        """Keys, newest first, revoked ones too. project: only those that open exactly this one; "" for all."""
        statement = select(KeyRow).order_by(KeyRow.created_ns.desc(), KeyRow.id)
        if project:
            statement = statement.where(KeyRow.project == project)
        with self._database.read() as session:
            return [_key(row) for row in session.scalars(statement)]

    def get(self, key_id: str) -> Key:
        """A key by its id. Raises NotFound."""
        with self._database.read() as session:
            row = session.get(KeyRow, key_id)
            if row is None:
                raise NotFound(f"there is no key {key_id!r}: GET /api/v1/keys lists those there are")
            return _key(row)

    def revoke(self, key_id: str, actor: str = "system") -> Key:
        """Ends a key for good; at once here, within seconds on other replicas. Raises NotFound."""
        with self._database.write() as session:
            row = session.get(KeyRow, key_id)
            if row is None:
                raise NotFound(f"there is no key {key_id!r}: GET /api/v1/keys lists those there are")
            before = _key(row)
            if row.revoked_ns is None:
                row.revoked_ns = self._clock.now_ns()
                self._audit.record(session, actor, "revoke", "key", key_id, before, _key(row), before.project)
            after = _key(row)
        self._forget()
        return after

    def _forget(self) -> None:
        with self._lock:
            self._changes += 1
            self._remembered.clear()


def _key(row: KeyRow) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        project=row.project,
        rights=frozenset(right for right in RIGHTS if right in row.rights),
        created_ns=row.created_ns,
        last_used_ns=row.last_used_ns,
        revoked_ns=row.revoked_ns,
        expires_ns=row.expires_ns,
    )
