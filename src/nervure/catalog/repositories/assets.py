"""Assets: what clients upload beside their telemetry. Written by programs, like telemetry, and so not audited."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.database import Database
from nervure.catalog.tables import AssetRow
from nervure.model.asset import Asset, AssetKind

MOST_ASSETS = 100_000
LONGEST_NAME, LONGEST_DIGEST = 256, 128
# Content up to this many characters stands in the catalog; longer content belongs into the media folder.
MOST_TEXT = 64 << 10
LATEST = "latest"


class Assets:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def keep(self, asset: Asset) -> Asset:
        """The asset as it is kept; one that is there already stays as it is. Raises BadInput."""
        if not asset.name or len(asset.name) > LONGEST_NAME or len(asset.digest) > LONGEST_DIGEST:
            raise BadInput(f"a name has 1 to {LONGEST_NAME} characters and a digest at most {LONGEST_DIGEST}")
        with self._database.write() as session:
            held = session.get(AssetRow, (asset.project, asset.kind, asset.name, asset.digest))
            if held is not None:
                return _asset(held)
            own = select(func.count()).select_from(AssetRow).where(AssetRow.project == asset.project)
            if session.execute(own).scalar_one() >= MOST_ASSETS:
                raise BadInput(
                    f"project {asset.project!r} has {MOST_ASSETS} objects and files already: delete some, or use another project"
                )
            before = select(func.max(AssetRow.version)).where(
                AssetRow.project == asset.project, AssetRow.kind == asset.kind, AssetRow.name == asset.name
            )
            last = session.execute(before).scalar_one()
            made = replace(asset, version=0 if last is None else last + 1, created_ns=self._clock.now_ns())
            session.add(
                AssetRow(
                    project=made.project, kind=made.kind, name=made.name, digest=made.digest, version=made.version,
                    text=made.text, sha256=made.sha256, size=made.size, facts=made.facts, author=made.author,
                    created_ns=made.created_ns,
                )
            )  # fmt: skip
        return made

    def get(self, project: str, kind: AssetKind, digest: str, name: str = "") -> Asset:
        """An asset by digest; by name as well when one is given, whose newest the digest `latest` means. Raises NotFound."""
        statement = select(AssetRow).where(AssetRow.project == project, AssetRow.kind == kind)
        if name:
            statement = statement.where(AssetRow.name == name)
        if digest[:1] == "v" and digest[1:].isdecimal():
            statement = statement.where(AssetRow.version == int(digest[1:][:9]))
        elif digest != LATEST:
            statement = statement.where(AssetRow.digest == digest)
        with self._database.read() as session:
            row = session.scalars(statement.order_by(AssetRow.version.desc()).limit(1)).first()
            if row is None or (digest == LATEST and not name):
                raise NotFound(f"project {project!r} has no {kind} {name + ':' if name else ''}{digest}")
            return _asset(row)

    def list(self, project: str, kind: AssetKind, names: Sequence[str] = ()) -> list[Asset]:
        """Assets of a kind, newest first; names: only these."""
        statement = select(AssetRow).where(AssetRow.project == project, AssetRow.kind == kind)
        if names:
            statement = statement.where(AssetRow.name.in_(names))
        statement = statement.order_by(AssetRow.created_ns.desc(), AssetRow.version.desc())
        with self._database.read() as session:
            return [_asset(row) for row in session.scalars(statement)]

    def newest(self, project: str, kind: AssetKind) -> dict[str, int]:
        """The highest version of each name."""
        statement = (
            select(AssetRow.name, func.max(AssetRow.version))
            .where(AssetRow.project == project, AssetRow.kind == kind)
            .group_by(AssetRow.name)
        )
        with self._database.read() as session:
            return {row[0]: row[1] for row in session.execute(statement)}

    def delete(self, project: str, kind: AssetKind, name: str, digests: Sequence[str] = ()) -> int:
        """Forgets assets of a name, all or these; how many there were."""
        with self._database.write() as session:
            rows = _rows(session, project, kind, name, digests)
            for row in rows:
                session.delete(row)
            return len(rows)


def _rows(session: Session, project: str, kind: str, name: str, digests: Sequence[str]) -> Sequence[AssetRow]:
    statement = select(AssetRow).where(AssetRow.project == project, AssetRow.kind == kind, AssetRow.name == name)
    return session.scalars(statement.where(AssetRow.digest.in_(digests)) if digests else statement).all()


def _asset(row: AssetRow) -> Asset:
    kind: AssetKind = "object" if row.kind == "object" else "table" if row.kind == "table" else "file"
    return Asset(
        row.project, kind, row.name, row.digest, row.version, row.text, row.sha256, row.size, dict(row.facts),
        row.author, row.created_ns,
    )  # fmt: skip
