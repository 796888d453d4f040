"""Rules of online evaluation: every change that alters what is scored is a version of its own."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import EvaluationRuleRow, EvaluationRuleVersionRow
from nervure.model.evaluation import Choice, Rule, Sampling

MOST_RULES = 200
# What a version is made of; the rest may change without one.
BODY = ("choices", "level", "where", "sampling", "settle_s")


class EvaluationRules:
    """Thread-safe. Whether a rule can be used is for `evaluate.online` to say before it is put here."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def get(self, project: str, rule_id: str) -> Rule:
        """A rule in its newest version. Raises NotFound."""
        with self._database.read() as session:
            return rule_of(_found(session, project, rule_id))

    def at_version(self, rule_id: str, version: int) -> Rule:
        """A rule as a version had it. Raises NotFound."""
        with self._database.read() as session:
            row = session.get(EvaluationRuleRow, rule_id)
            held = session.get(EvaluationRuleVersionRow, (rule_id, version))
            if row is None or held is None:
                raise NotFound(f"there is no version {version} of an evaluation rule {rule_id!r}")
            return replace(rule_of(row), version=version, **_body_of(held.body))

    def versions(self, project: str, rule_id: str) -> list[Rule]:
        """All versions, newest first. Raises NotFound."""
        statement = select(EvaluationRuleVersionRow).where(EvaluationRuleVersionRow.rule_id == rule_id)
        with self._database.read() as session:
            rule = rule_of(_found(session, project, rule_id))
            rows = session.scalars(statement.order_by(EvaluationRuleVersionRow.version.desc()))
            return [
                replace(rule, version=row.version, author=row.author, changed_ns=row.created_ns, **_body_of(row.body))
                for row in rows
            ]

    def create(self, rule: Rule, actor: str = "system") -> Rule:
        """Keep a new rule; it scores what is complete from now on. Raises Conflict for a taken name, BadInput."""
        _check_name(rule.name)
        now_ns = self._clock.now_ns()
        made = replace(
            rule, id=self._ids.token("rule", 8), version=1, author=actor, created_ns=now_ns, changed_ns=now_ns,
            through_ns=now_ns, problem="",
        )  # fmt: skip
        with self._database.write() as session:
            rows = list(session.scalars(select(EvaluationRuleRow)))
            if len(rows) >= MOST_RULES:
                raise BadInput(f"there are {MOST_RULES} rules already: delete one that nobody needs")
            _check_free(rows, made)
            session.add(
                EvaluationRuleRow(
                    id=made.id, project=made.project, name=made.name, version=1, body=_body(made), enabled=made.enabled,
                    through_ns=now_ns, problem="", author=actor, created_ns=now_ns, changed_ns=now_ns,
                )
            )  # fmt: skip
            session.flush()
            session.add(_version_row(made, actor, now_ns))
            self._audit.record(session, actor, "create", "evaluation_rule", made.id, None, made, made.project)
        return made

    def update(self, rule: Rule, actor: str = "system") -> Rule:
        """Keep another state of a rule. Raises NotFound, Conflict, BadInput.

        What it scores, and how, makes a new version; a rule that was off scores what is complete from now on.
        """
        _check_name(rule.name)
        now_ns = self._clock.now_ns()
        with self._database.write() as session:
            row = _found(session, rule.project, rule.id)
            before = rule_of(row)
            _check_free(list(session.scalars(select(EvaluationRuleRow))), rule)
            changed = _body(rule) != _body(before)
            version = before.version + int(changed)
            through_ns = now_ns if rule.enabled and not before.enabled else before.through_ns
            after = replace(
                rule, version=version, author=before.author, created_ns=before.created_ns, changed_ns=now_ns,
                through_ns=through_ns, problem="",
            )  # fmt: skip
            if replace(after, changed_ns=before.changed_ns, problem=before.problem) == before:
                return before
            row.name, row.version, row.body, row.enabled = after.name, version, _body(after), after.enabled
            row.through_ns, row.problem, row.changed_ns = through_ns, "", now_ns
            if changed:
                session.add(_version_row(after, actor, now_ns))
            self._audit.record(session, actor, "update", "evaluation_rule", rule.id, before, after, rule.project)
        return after

    def delete(self, project: str, rule_id: str, actor: str = "system") -> None:
        """Forget a rule with its queue and its counts. Its scores stay. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session, project, rule_id)
            self._audit.record(session, actor, "delete", "evaluation_rule", rule_id, rule_of(row), None, project)
            session.delete(row)

    def note_problem(self, rule_id: str, problem: str) -> None:
        """Why planning fails, "" when it is well again. Not audited: nobody did it."""
        with self._database.write() as session:
            row = session.get(EvaluationRuleRow, rule_id)
            if row is not None and row.problem != problem:
                row.problem = problem[:2000]

    def list(self, project: str = "") -> list[Rule]:
        """Rules by name. project: "" for all."""
        with self._database.read() as session:
            rules = [rule_of(row) for row in session.scalars(select(EvaluationRuleRow))]
        return sorted((rule for rule in rules if project in ("", rule.project)), key=lambda rule: (rule.name, rule.id))


def rule_of(row: EvaluationRuleRow) -> Rule:
    """The rule of a row."""
    return Rule(
        id=row.id, project=row.project, name=row.name, enabled=row.enabled, version=row.version, author=row.author,
        created_ns=row.created_ns, changed_ns=row.changed_ns, through_ns=row.through_ns, problem=row.problem,
        **_body_of(row.body),
    )  # fmt: skip


def _body(rule: Rule) -> dict[str, Any]:
    values = asdict(rule)
    return {name: list(values[name]) if name == "choices" else values[name] for name in BODY}


def _body_of(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **body,
        "choices": tuple(Choice(**choice) for choice in body["choices"]),
        "sampling": Sampling(**body["sampling"]),
    }


def _version_row(rule: Rule, actor: str, now_ns: int) -> EvaluationRuleVersionRow:
    return EvaluationRuleVersionRow(
        rule_id=rule.id, version=rule.version, body=_body(rule), author=actor, created_ns=now_ns
    )


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= 200 or not name.isprintable():
        raise BadInput("name: use 1 to 200 printable characters")


def _check_free(rows: list[EvaluationRuleRow], rule: Rule) -> None:
    for row in rows:
        if row.project == rule.project and row.name == rule.name and row.id != rule.id:
            raise Conflict(f"there is a rule named {rule.name!r} already ({row.id}): choose another name")


def _found(session: Session, project: str, rule_id: str) -> EvaluationRuleRow:
    row = session.get(EvaluationRuleRow, rule_id)
    if row is None or row.project != project:
        raise NotFound(f"there is no evaluation rule {rule_id!r}: GET /api/v1/evaluations/rules lists those there are")
    return row
