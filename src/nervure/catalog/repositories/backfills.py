"""Backfills of online evaluation: asked for by the API, planned by whichever process holds the lease."""

from dataclasses import replace
from typing import Any

from nervure.base.errors import BadInput
from nervure.catalog.repositories.evaluation_tasks import EvaluationTasks
from nervure.catalog.repositories.work import Work
from nervure.model.evaluation import Backfill, Rule, Target


class Backfills(Work[Backfill]):
    """Thread-safe."""

    noun, words, address = "backfill", "backfill", "/api/v1/evaluations/backfills"

    def create(self, backfill: Backfill, actor: str = "system") -> Backfill:
        """Asks for a backfill. Raises BadInput for an empty range."""
        if backfill.from_ns >= backfill.to_ns:
            raise BadInput("the time range is empty: `from` must lie before `to`")
        now_ns = self._clock.now_ns()
        made = replace(
            backfill, id=self._ids.token("backfill", 8), state="waiting", created_ns=now_ns, changed_ns=now_ns,
            actor=actor, at_ns=backfill.from_ns,
        )  # fmt: skip
        self._add(made, actor)
        return made

    def advance(
        self, backfill: Backfill, holder: str, rule: Rule, targets: list[Target], tasks: EvaluationTasks
    ) -> Backfill:
        """Queues targets and notes how far the backfill is, both or neither; the state is as it was when cancelled."""
        with self._database.write() as session:
            row = self._found(session, backfill.id, with_for_update=True)
            before = self._job(row)
            # Somebody else may have planned the same stretch, or it was cancelled: then nothing of this counts.
            if before.at_ns >= backfill.at_ns or not before.is_open:
                return before
            kept = replace(backfill, changed_ns=self._clock.now_ns())
            tasks.add_backfill(session, rule, targets, backfill.id)
            row.value = self._held(kept, holder)
            row.changed_ns = kept.changed_ns
        return kept

    def read(self, values: dict[str, Any]) -> Backfill:
        """See Work."""
        return Backfill(**values)
