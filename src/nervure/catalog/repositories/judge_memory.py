"""What judges have answered before, their frozen sets, and the rounds over them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.tables import SettingRow
from nervure.catalog.tables.judging import JudgeAnswerRow, JudgeCheckRow, JudgeProbeRow
from nervure.model.judge import Check, Probe

KEEP_S = 90 * 86_400
MOST_PROBES = 500
KEPT_CHECKS = 200


class JudgeMemory:
    """Thread-safe; several processes may share one."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self._database, self._clock, self._ids = database, clock, ids

    def recall(self, key: str) -> dict[str, Any] | None:
        """The answer kept under a key, None when there is none or it is older than KEEP_S."""
        with self._database.read() as session:
            row = session.get(JudgeAnswerRow, key)
            if row is None or row.made_ns < self._clock.now_ns() - KEEP_S * NS_PER_S:
                return None
            found: dict[str, Any] = json.loads(row.answer)
            return found

    def keep(self, key: str, answer: Mapping[str, Any]) -> None:
        """Keeps an answer in place of an earlier one."""
        values = {"key": key, "answer": json.dumps(answer), "made_ns": self._clock.now_ns()}
        insert = postgres_insert if self._database.is_postgres else sqlite_insert
        changed = {"answer": values["answer"], "made_ns": values["made_ns"]}
        statement = insert(JudgeAnswerRow).values(values)
        with self._database.write() as session:
            session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))

    def forget(self) -> None:
        """Removes answers too old to be used."""
        before_ns = self._clock.now_ns() - KEEP_S * NS_PER_S
        with self._database.write() as session:
            session.execute(delete(JudgeAnswerRow).where(JudgeAnswerRow.made_ns < before_ns))

    def probes(self, judge_id: str) -> list[Probe]:
        """The frozen set in the order it was frozen."""
        statement = select(JudgeProbeRow).where(JudgeProbeRow.judge_id == judge_id).order_by(JudgeProbeRow.id)
        with self._database.read() as session:
            return [
                Probe(row.id, row.judge_id, dict(row.example), row.label, row.created_ns)
                for row in session.scalars(statement)
            ]

    def freeze(self, judge_id: str, examples: Sequence[tuple[dict[str, Any], float | None]]) -> list[Probe]:
        """Puts a set in place of the one there is; rounds over the former are forgotten, they compare with nothing.

        examples: of an Example's fields as JSON, and what people say of it. Raises BadInput for none or too many.
        """
        if not 1 <= len(examples) <= MOST_PROBES:
            raise BadInput(f"a frozen set has 1 to {MOST_PROBES} examples, got {len(examples)}")
        now_ns, stem = self._clock.now_ns(), self._ids.token("probe", 6)
        with self._database.write() as session:
            session.execute(delete(JudgeProbeRow).where(JudgeProbeRow.judge_id == judge_id))
            session.execute(delete(JudgeCheckRow).where(JudgeCheckRow.judge_id == judge_id))
            for number, (example, label) in enumerate(examples):
                session.add(
                    JudgeProbeRow(
                        id=f"{stem}-{number:04d}", judge_id=judge_id, example=example, label=label, created_ns=now_ns
                    )
                )
        return self.probes(judge_id)

    def checks(self, judge_id: str, limit: int = KEPT_CHECKS) -> list[Check]:
        """Rounds over the frozen set, oldest first."""
        statement = select(JudgeCheckRow).where(JudgeCheckRow.judge_id == judge_id)
        with self._database.read() as session:
            rows = list(session.scalars(statement.order_by(JudgeCheckRow.started_ns.desc()).limit(limit)))
        return [_check(row) for row in reversed(rows)]

    def add_check(self, check: Check) -> Check:
        """Keeps a round. The first one stays, it is what later ones are held against; of the others the latest."""
        made = self._ids.token("check", 8)
        result = {"scores": check.scores, "labels": check.labels, "models": list(check.models)}
        with self._database.write() as session:
            held = select(JudgeCheckRow.id).where(
                JudgeCheckRow.judge_id == check.judge_id, JudgeCheckRow.state == "done"
            )
            oldest = held.order_by(JudgeCheckRow.started_ns).limit(1).scalar_subquery()
            recent = (
                select(JudgeCheckRow.id)
                .where(JudgeCheckRow.judge_id == check.judge_id)
                .order_by(JudgeCheckRow.started_ns.desc())
                .limit(KEPT_CHECKS - 2)
            )
            session.execute(
                delete(JudgeCheckRow).where(
                    JudgeCheckRow.judge_id == check.judge_id,
                    JudgeCheckRow.id.not_in(list(session.scalars(recent))),
                    JudgeCheckRow.id != func.coalesce(oldest, ""),
                )
            )
            session.add(
                JudgeCheckRow(
                    id=made, judge_id=check.judge_id, judge_version=check.judge_version, started_ns=check.started_ns,
                    ended_ns=check.ended_ns, result=result, cost_usd=check.cost_usd, state=check.state,
                    error=check.error,
                )
            )  # fmt: skip
        return self.checks(check.judge_id, 1)[-1]

    def claim(self, judge_id: str, every_s: float, lease_s: float) -> bool:
        """Whether this process may judge the frozen set now: it is due, and nobody else has begun.

        The next round is due `every_s` after this one began; a process that dies leaves it to others after `lease_s`.
        """
        key, now_ns = f"judge_turn/{judge_id}", self._clock.now_ns()
        with self._database.write() as session:
            row = session.get(SettingRow, key, with_for_update=True)
            if row is None:
                session.add(SettingRow(name=key, value={"busy": True}, changed_ns=now_ns))
                return True
            waits_s = lease_s if row.value.get("busy") else every_s
            if now_ns - row.changed_ns < waits_s * NS_PER_S:
                return False
            row.value, row.changed_ns = {"busy": True}, now_ns
        return True

    def is_busy(self, judge_id: str, lease_s: float) -> bool:
        """Whether somebody is judging the frozen set."""
        with self._database.read() as session:
            row = session.get(SettingRow, f"judge_turn/{judge_id}")
            fresh = row is not None and self._clock.now_ns() - row.changed_ns < lease_s * NS_PER_S
            return row is not None and fresh and bool(row.value.get("busy"))

    def release(self, judge_id: str) -> None:
        """The round is over."""
        with self._database.write() as session:
            row = session.get(SettingRow, f"judge_turn/{judge_id}", with_for_update=True)
            if row is not None:
                row.value = {"busy": False}

    def forget_judge(self, judge_id: str) -> None:
        """Removes what was kept for a judge that is no more; what it spent stays known."""
        with self._database.write() as session:
            session.execute(delete(JudgeProbeRow).where(JudgeProbeRow.judge_id == judge_id))
            session.execute(delete(JudgeCheckRow).where(JudgeCheckRow.judge_id == judge_id))
            session.execute(delete(SettingRow).where(SettingRow.name == f"judge_turn/{judge_id}"))


def _check(row: JudgeCheckRow) -> Check:
    return Check(
        row.id, row.judge_id, row.judge_version, row.started_ns, row.ended_ns, dict(row.result["scores"]),
        dict(row.result["labels"]), tuple(row.result["models"]), row.cost_usd, row.state, row.error,
    )  # fmt: skip
