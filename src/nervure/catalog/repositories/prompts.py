"""Prompts: versions never change, labels move, and what is deleted keeps its numbers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import IdSource, name_uuid
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.changes import Changes
from nervure.catalog.repositories.prompt_checks import (
    checked_draft,
    checked_label,
    checked_prompt_name,
    checked_tags,
    commit_of,
)
from nervure.catalog.tables import PromptLabelRow, PromptRow, PromptVersionRow
from nervure.model.change import Change
from nervure.model.prompt import (
    LATEST,
    PRODUCTION,
    PROMPT_TYPES,
    Draft,
    Prompt,
    PromptType,
    PromptVersion,
    variables_of,
)

# Inside the class `list` is its method.
Found = list[Prompt]
Versions = list[PromptVersion]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which prompts a list is of: all, unless it says otherwise. text: part of a name, in any case."""

    text: str = ""
    name: str = ""
    tag: str = ""
    label: str = ""
    type: str = ""


class Prompts:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog, changes: Changes) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit
        self._changes = changes

    def list(
        self,
        project: str,
        wanted: Wanted = Wanted(),
        limit: int = 100,
        after: str = "",
        offset: int = 0,
    ) -> Found:
        """Prompts by name, beginning behind the name `after`."""
        statement = _matching(project, wanted).order_by(PromptRow.name).limit(limit).offset(offset)
        if after:
            statement = statement.where(PromptRow.name > after)
        with self._database.read() as session:
            rows = session.scalars(statement).all()
            labels = _labels(session, [row.id for row in rows])
            latest = _latest(session, [row.id for row in rows])
            return [_prompt(row, latest.get(row.id, 0), labels.get(row.id, {})) for row in rows]

    def count(self, project: str, wanted: Wanted = Wanted()) -> int:
        """How many prompts match."""
        with self._database.read() as session:
            return session.scalars(select(func.count()).select_from(_matching(project, wanted).subquery())).one()

    def get(self, project: str, name: str) -> Prompt:
        """A prompt by name. Raises NotFound."""
        with self._database.read() as session:
            return _whole(session, _row(session, project, name))

    def find_by_id(self, project: str, identity: str) -> Prompt | None:
        """A prompt by our id or the vendor's; None when there is none."""
        statement = select(PromptRow).where(
            PromptRow.project == project,
            PromptRow.deleted_ns == 0,
            (PromptRow.id == identity) | (PromptRow.external_id == identity),
        )
        with self._database.read() as session:
            row = session.scalars(statement).first()
            return _whole(session, row) if row else None

    def versions(self, project: str, name: str, limit: int = 1000, below: int | None = None) -> Versions:
        """A prompt's versions, newest first; below: only lower numbers. Raises NotFound."""
        with self._database.read() as session:
            row = _row(session, project, name)
            statement = _standing(row.id).order_by(PromptVersionRow.version.desc()).limit(limit)
            if below is not None:
                statement = statement.where(PromptVersionRow.version < below)
            prompt = _whole(session, row)
            return [_version(one, prompt) for one in session.scalars(statement)]

    def version(self, project: str, name: str, version: int | None = None, label: str = "") -> PromptVersion:
        """One version: by number, else by label; the one labelled production, else the newest, when neither is said.

        Raises NotFound, which says what there is.
        """
        with self._database.read() as session:
            prompt = _whole(session, _row(session, project, name))
            number = version
            if number is None and label:
                number = prompt.labels.get(label)
                if number is None:
                    there = ", ".join(sorted(prompt.labels))
                    raise NotFound(f"the prompt {name!r} has no label {label!r}: it has {there}")
            if number is None:
                number = prompt.labels.get(PRODUCTION, prompt.latest)
            found = session.scalars(_standing(prompt.id).where(PromptVersionRow.version == number)).first()
            if found is None:
                raise NotFound(f"the prompt {name!r} has no version {number}: its newest is {prompt.latest}")
            return _version(found, prompt)

    def find_version(self, project: str, identity: str) -> PromptVersion | None:
        """A version by our id, the vendor's, or its commit (at least 7 digits); None when there is none."""
        row = PromptVersionRow
        matches = (row.id == identity) | (row.external_id == identity)
        if len(identity) >= 7 and identity.isalnum():
            matches = matches | row.commit_hash.startswith(identity)
        statement = (
            select(row)
            .join(PromptRow, PromptRow.id == row.prompt_id)
            .where(PromptRow.project == project, PromptRow.deleted_ns == 0, row.deleted_ns == 0, matches)
            .order_by(row.version.desc())
        )
        with self._database.read() as session:
            found = session.scalars(statement).first()
            if found is None:
                return None
            return _version(found, _whole(session, session.get_one(PromptRow, found.prompt_id)))

    def put(
        self,
        project: str,
        name: str,
        draft: Draft,
        type: PromptType | None = None,
        labels: Sequence[str] = (),
        tags: Sequence[str] | None = None,
        description: str | None = None,
        actor: str = "system",
        *,
        only_changed: bool = False,
        metadata: dict[str, Any] | None = None,
        external_id: str = "",
    ) -> PromptVersion:
        """A new version of a prompt, which is made when there is none of that name; labels then point at the version.

        type: told by the template when left out. tags, description, metadata, external_id: of the prompt; None leaves
        them as they are. A version whose external id is there already is not made again; with `only_changed`, nor is
        one that says the same as the newest. Raises BadInput.
        """
        kind: PromptType = type or ("text" if isinstance(draft.template, str) else "chat")
        if kind not in PROMPT_TYPES:
            raise BadInput(f"type = {kind!r}: use text or chat")
        draft = checked_draft(kind, draft)
        moved = [checked_label(label) for label in dict.fromkeys(labels) if label != LATEST]
        with self._database.write() as session:
            row = self._opened(session, project, checked_prompt_name(name), kind, actor, external_id)
            before = _whole(session, row)
            if tags is not None:
                row.tags = checked_tags(tags)
            if description is not None:
                row.description = description
            if metadata is not None:
                row.details = metadata
            held = _same(session, row, draft, kind, only_changed)
            if held is None:
                row.version += 1
                held = self._version_row(row, draft, kind, actor)
                session.add(held)
                session.flush()
                self._audit.record(
                    session, actor, "create", "prompt_version", f"{name}@{held.version}", None,
                    {"version": held.version, "commit": held.commit_hash, "message": held.message}, project,
                )  # fmt: skip
            for label in moved:
                self._move(session, row, label, held.version, actor)
            session.flush()
            after = _whole(session, row)
            if asdict(before) != asdict(after):
                row.changed_ns = self._clock.now_ns()
            return _version(held, after)

    def _opened(
        self, session: Session, project: str, name: str, kind: PromptType, actor: str, external_id: str
    ) -> PromptRow:
        """The prompt's row, made or brought back as needed."""
        row = session.scalars(
            select(PromptRow).where(PromptRow.project == project, PromptRow.name == name).with_for_update()
        ).first()
        now_ns = self._clock.now_ns()
        if row is None:
            identity = self._ids.token("prompt")
            row = PromptRow(
                id=identity, project=project, name=name, type=kind, description="", tags=[], details={}, version=0,
                external_id=external_id or name_uuid(identity), author=actor, created_ns=now_ns, changed_ns=now_ns,
                deleted_ns=0,
            )  # fmt: skip
            session.add(row)
            session.flush()
            self._audit.record(session, actor, "create", "prompt", name, None, _prompt(row, 0, {}), project)
        elif row.deleted_ns:
            # Numbers go on: version 3 of a name never means two things.
            row.deleted_ns, row.type = 0, kind
            self._audit.record(session, actor, "restore", "prompt", name, None, _prompt(row, 0, {}), project)
        elif row.type != kind:
            raise BadInput(f"the prompt {name!r} is of type {row.type}: a version of type {kind} needs another name")
        return row

    def _version_row(self, row: PromptRow, draft: Draft, kind: PromptType, actor: str) -> PromptVersionRow:
        variables = variables_of(draft.template) if draft.variables is None else draft.variables
        identity = self._ids.token("version")
        return PromptVersionRow(
            id=identity, prompt_id=row.id, version=row.version, template=draft.template, config=draft.config,
            variables=list(variables), commit_hash=commit_of(kind, draft), message=draft.message,
            external_id=draft.external_id or name_uuid(identity), author=actor,
            created_ns=draft.created_ns or self._clock.now_ns(), deleted_ns=0,
        )  # fmt: skip

    def label(self, project: str, name: str, label: str, version: int | None, actor: str = "system") -> Prompt:
        """Points a label at a version, or takes it away with None. Raises NotFound, BadInput."""
        checked_label(label)
        with self._database.write() as session:
            row = _row(session, project, name, lock=True)
            if version is None:
                held = session.get(PromptLabelRow, (row.id, label))
                if held is None:
                    raise NotFound(f"the prompt {name!r} has no label {label!r}")
                before = {"version": held.version}
                session.delete(held)
                self._audit.record(session, actor, "delete", "prompt_label", f"{name}#{label}", before, None, project)
            else:
                if session.scalars(_standing(row.id).where(PromptVersionRow.version == version)).first() is None:
                    raise NotFound(f"the prompt {name!r} has no version {version}: its newest is {row.version}")
                self._move(session, row, label, version, actor)
            row.changed_ns = self._clock.now_ns()
            session.flush()
            return _whole(session, row)

    def describe(
        self,
        project: str,
        name: str,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: dict[str, Any] | None = None,
        actor: str = "system",
    ) -> Prompt:
        """Changes what is said of a prompt, not its versions. Raises NotFound, BadInput."""
        with self._database.write() as session:
            row = _row(session, project, name, lock=True)
            before = _whole(session, row)
            row.description = row.description if description is None else description
            row.tags = row.tags if tags is None else checked_tags(tags)
            row.details = row.details if metadata is None else metadata
            row.changed_ns = self._clock.now_ns()
            after = _whole(session, row)
            self._audit.record(session, actor, "update", "prompt", name, before, after, project)
            return after

    def delete(self, project: str, name: str, version: int | None = None, actor: str = "system") -> None:
        """Takes a prompt away, or one of its versions with the labels on it; the numbers are not given again.

        The prompt goes with its last version. Raises NotFound.
        """
        with self._database.write() as session:
            row = _row(session, project, name, lock=True)
            before, now_ns = _whole(session, row), self._clock.now_ns()
            standing = list(session.scalars(_standing(row.id)))
            going = [one for one in standing if version is None or one.version == version]
            if not going:
                raise NotFound(f"the prompt {name!r} has no version {version}: its newest is {before.latest}")
            numbers = {one.version for one in going}
            for one in going:
                one.deleted_ns = now_ns
            for label in session.scalars(select(PromptLabelRow).where(PromptLabelRow.prompt_id == row.id)):
                if label.version in numbers:
                    session.delete(label)
            row.changed_ns = now_ns
            if len(going) == len(standing):
                row.deleted_ns = now_ns
            noun, identity = ("prompt", name) if version is None else ("prompt_version", f"{name}@{version}")
            self._audit.record(session, actor, "delete", noun, identity, before, None, project)

    def _move(self, session: Session, row: PromptRow, label: str, version: int, actor: str) -> None:
        held = session.get(PromptLabelRow, (row.id, label))
        if held is not None and held.version == version:
            return
        before = {"version": held.version} if held else None
        if held is None:
            held = PromptLabelRow(prompt_id=row.id, label=label, version=version, author=actor, moved_ns=0)
            session.add(held)
        held.version, held.author, held.moved_ns = version, actor, self._clock.now_ns()
        self._audit.record(
            session, actor, "move", "prompt_label", f"{row.name}#{label}", before, {"version": version}, row.project
        )
        if label == PRODUCTION and before is not None:
            # What production is served with has changed: who looks for the cause of something finds it there.
            told = Change(
                "", row.project, held.moved_ns, "prompt", row.name, str(before["version"]), str(version),
                {"prompt": row.name}, "the label production was moved",
            )  # fmt: skip
            self._changes.add(session, told, actor)


def _matching(project: str, wanted: Wanted) -> Select[PromptRow]:
    statement = select(PromptRow).where(PromptRow.project == project, PromptRow.deleted_ns == 0)
    if wanted.name:
        statement = statement.where(PromptRow.name == wanted.name)
    if wanted.text:
        statement = statement.where(func.lower(PromptRow.name).contains(wanted.text.lower(), autoescape=True))
    if wanted.type:
        statement = statement.where(PromptRow.type == wanted.type)
    if wanted.tag:
        # A list of tags is JSON text on both databases; a tag has no quotes, so its quoted form is there or not.
        statement = statement.where(cast(PromptRow.tags, Text).contains(json.dumps(wanted.tag), autoescape=True))
    if wanted.label and wanted.label != LATEST:
        labelled = select(PromptLabelRow.prompt_id).where(PromptLabelRow.label == wanted.label)
        statement = statement.where(PromptRow.id.in_(labelled))
    return statement


def _row(session: Session, project: str, name: str, lock: bool = False) -> PromptRow:
    statement = select(PromptRow).where(PromptRow.project == project, PromptRow.name == name)
    row = session.scalars(statement.with_for_update() if lock else statement).first()
    if row is None or row.deleted_ns:
        raise NotFound(f"project {project!r} has no prompt {name!r}: GET /api/v1/prompts lists those there are")
    return row


def _standing(prompt_id: str) -> Select[PromptVersionRow]:
    return select(PromptVersionRow).where(PromptVersionRow.prompt_id == prompt_id, PromptVersionRow.deleted_ns == 0)


def _same(
    session: Session, row: PromptRow, draft: Draft, kind: PromptType, only_changed: bool
) -> PromptVersionRow | None:
    """The version there is already for this draft, if so it is."""
    if draft.external_id:
        found = session.scalars(_standing(row.id).where(PromptVersionRow.external_id == draft.external_id)).first()
        if found is not None:
            return found
    if not only_changed:
        return None
    newest = session.scalars(_standing(row.id).order_by(PromptVersionRow.version.desc()).limit(1)).first()
    return newest if newest is not None and newest.commit_hash == commit_of(kind, draft) else None


def _labels(session: Session, prompt_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    statement = select(PromptLabelRow).where(PromptLabelRow.prompt_id.in_(prompt_ids)).order_by(PromptLabelRow.label)
    for row in session.scalars(statement):
        found.setdefault(row.prompt_id, {})[row.label] = row.version
    return found


def _latest(session: Session, prompt_ids: Sequence[str]) -> dict[str, int]:
    statement = (
        select(PromptVersionRow.prompt_id, func.max(PromptVersionRow.version))
        .where(PromptVersionRow.prompt_id.in_(prompt_ids), PromptVersionRow.deleted_ns == 0)
        .group_by(PromptVersionRow.prompt_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _whole(session: Session, row: PromptRow) -> Prompt:
    return _prompt(row, _latest(session, [row.id]).get(row.id, 0), _labels(session, [row.id]).get(row.id, {}))


def _prompt(row: PromptRow, latest: int, labels: dict[str, int]) -> Prompt:
    marked = labels | ({LATEST: latest} if latest else {})
    return Prompt(
        row.id, row.project, row.name, row.type, row.description, tuple(row.tags), latest, marked,  # type: ignore[arg-type]
        row.details, row.external_id, row.author, row.created_ns, row.changed_ns, row.deleted_ns,
    )  # fmt: skip


def _version(row: PromptVersionRow, prompt: Prompt) -> PromptVersion:
    labels = tuple(sorted(label for label, version in prompt.labels.items() if version == row.version))
    return PromptVersion(
        row.id, row.prompt_id, prompt.name, prompt.type, row.version, row.template, row.config, tuple(row.variables),
        row.commit_hash, row.message, labels, prompt.tags, row.external_id, row.author, row.created_ns,
    )  # fmt: skip
