"""Saved views: named per project and page, at most one of a page its default."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import ViewRow
from nervure.model.view import View

LONGEST_NAME = 200
LONGEST_PAGE = 64
# A filter has at most 20,000 characters, and an address writes some of them as three.
LONGEST_SEARCH = 64_000
MOST_VIEWS = 500


class Views:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def list(self, project: str, page: str = "") -> list[View]:
        """A project's views by page and name; of one page when it is named."""
        statement = select(ViewRow).where(ViewRow.project == project).order_by(ViewRow.page, ViewRow.name)
        if page:
            statement = statement.where(ViewRow.page == page)
        with self._database.read() as session:
            return [_view(row) for row in session.scalars(statement)]

    def get(self, project: str, view_id: str) -> View:
        """A view. Raises NotFound."""
        with self._database.read() as session:
            return _view(_row(session, project, view_id))

    def create(
        self, project: str, page: str, name: str, search: str = "", is_default: bool = False, actor: str = "system"
    ) -> View:
        """A new view. Raises Conflict when the page has one of that name, BadInput for unusable values."""
        if not 0 < len(page) <= LONGEST_PAGE or not page.isprintable():
            raise BadInput(f"page: use 1 to {LONGEST_PAGE} printable characters, such as traces")
        now_ns = self._clock.now_ns()
        view = View(
            self._ids.token("view"), project, page, checked_name(name), _search(search), is_default, actor, now_ns, now_ns
        )  # fmt: skip
        with self._database.write() as session:
            self._check_name_is_free(session, view)
            ours = select(func.count()).select_from(ViewRow).where(ViewRow.project == project, ViewRow.page == page)
            if session.scalars(ours).one() >= MOST_VIEWS:
                raise BadInput(f"the page {page} has {MOST_VIEWS} views already: delete one that nobody uses")
            if is_default:
                _clear_default(session, view)
            session.add(
                ViewRow(
                    id=view.id, project=project, page=page, name=view.name, search=search, is_default=is_default,
                    author=actor, created_ns=now_ns, changed_ns=now_ns,
                )
            )  # fmt: skip
            self._audit.record(session, actor, "create", "view", view.id, None, view, project)
        return view

    def update(
        self,
        project: str,
        view_id: str,
        name: str | None = None,
        search: str | None = None,
        is_default: bool | None = None,
        actor: str = "system",
    ) -> View:
        """Changes what is given. Raises NotFound, BadInput, and Conflict when the name is taken."""
        with self._database.write() as session:
            row = _row(session, project, view_id)
            before = _view(row)
            after = replace(
                before,
                name=before.name if name is None else checked_name(name),
                search=before.search if search is None else _search(search),
                is_default=before.is_default if is_default is None else is_default,
            )
            if after == before:
                return before
            after = replace(after, changed_ns=self._clock.now_ns())
            self._check_name_is_free(session, after)
            if after.is_default:
                _clear_default(session, after)
            row.name, row.search, row.is_default = after.name, after.search, after.is_default
            row.changed_ns = after.changed_ns
            self._audit.record(session, actor, "update", "view", view_id, before, after, project)
        return after

    def delete(self, project: str, view_id: str, actor: str = "system") -> None:
        """Forgets a view. Raises NotFound."""
        with self._database.write() as session:
            row = _row(session, project, view_id)
            self._audit.record(session, actor, "delete", "view", view_id, _view(row), None, project)
            session.delete(row)

    def _check_name_is_free(self, session: Session, view: View) -> None:
        taken = session.scalar(
            select(ViewRow).where(
                ViewRow.project == view.project,
                ViewRow.page == view.page,
                ViewRow.name == view.name,
                ViewRow.id != view.id,
            )
        )
        if taken is not None:
            raise Conflict(
                f"the page {view.page} has a view named {view.name!r} already, by {taken.author or 'somebody'}: "
                f"choose another name, or change that one (PATCH /api/v1/views/{taken.id})"
            )


def checked_name(name: str) -> str:
    """A name people can read and tell apart. Raises BadInput."""
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput(
            f"name {name[:LONGEST_NAME]!r}: use 1 to {LONGEST_NAME} printable characters without spaces at the ends"
        )
    return name


def _search(search: str) -> str:
    if len(search) > LONGEST_SEARCH or search.startswith("?"):
        raise BadInput(f"search: the address' query string without its question mark, at most {LONGEST_SEARCH} long")
    return search


def _clear_default(session: Session, view: View) -> None:
    """The page's other views are no default any more."""
    others = select(ViewRow).where(
        ViewRow.project == view.project, ViewRow.page == view.page, ViewRow.is_default.is_(True), ViewRow.id != view.id
    )
    for row in session.scalars(others):
        row.is_default = False


def _row(session: Session, project: str, view_id: str) -> ViewRow:
    row = session.get(ViewRow, view_id)
    # What belongs to another project is not there: whether it exists elsewhere is nobody's business.
    if row is None or row.project != project:
        raise NotFound(f"project {project!r} has no view {view_id!r}: GET /api/v1/views lists those there are")
    return row


def _view(row: ViewRow) -> View:
    return View(
        row.id, row.project, row.page, row.name, row.search, row.is_default, row.author, row.created_ns, row.changed_ns
    )
