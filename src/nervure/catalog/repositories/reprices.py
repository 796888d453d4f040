"""Re-pricing jobs: asked for by the API, worked on by whichever process holds the lease."""

from typing import Any

from nervure.base.errors import BadInput
from nervure.catalog.repositories.work import Work, place
from nervure.model.reprice import RepriceJob


class Reprices(Work[RepriceJob]):
    """Thread-safe."""

    noun, words, address = "reprice", "re-pricing", "/api/v1/prices/reprice"

    def create(self, project: str, from_ns: int, to_ns: int, where: str = "", actor: str = "system") -> RepriceJob:
        """Asks for a re-pricing. where: a filter that was found valid. Raises BadInput for an empty range."""
        if from_ns >= to_ns:
            raise BadInput("the time range is empty: `from` must lie before `to`")
        now_ns = self._clock.now_ns()
        job = RepriceJob(
            self._ids.token("reprice", 8),
            project,
            from_ns,
            to_ns,
            where,
            created_ns=now_ns,
            changed_ns=now_ns,
            actor=actor,
        )
        self._add(job, actor)
        return job

    def read(self, values: dict[str, Any]) -> RepriceJob:
        """See Work."""
        return RepriceJob(**{**values, "at": place(values.get("at")), "until": place(values.get("until"))})
