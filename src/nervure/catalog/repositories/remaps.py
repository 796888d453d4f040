"""Re-applications of mappings: asked for by the API, worked on by whichever process holds the lease."""

from typing import Any

from nervure.base.errors import BadInput
from nervure.catalog.repositories.work import Work
from nervure.model.remap import RemapJob


class Remaps(Work[RemapJob]):
    """Thread-safe."""

    noun, words, address = "remap", "re-application of mappings", "/api/v1/remaps"

    def create(
        self,
        project: str,
        from_ns: int,
        to_ns: int,
        mappings: tuple[tuple[str, int], ...],
        where: str = "",
        dry_run: bool = False,
        draft: str = "",
        actor: str = "system",
    ) -> RemapJob:
        """Asks for it. mappings: (name, version) to read with. where, draft: were found valid.

        Raises BadInput for an empty range, and for a draft that would be stored.
        """
        if from_ns >= to_ns:
            raise BadInput("the time range is empty: `from` must lie before `to`")
        if draft and not dry_run:
            raise BadInput("a draft is only tried out: put the mapping first, or ask with dry_run")
        now_ns = self._clock.now_ns()
        job = RemapJob(
            self._ids.token("remap", 8), project, from_ns, to_ns, where, dry_run, draft, mappings,
            created_ns=now_ns, changed_ns=now_ns, actor=actor, at_ns=from_ns,
        )  # fmt: skip
        self._add(job, actor)
        return job

    def read(self, values: dict[str, Any]) -> RemapJob:
        """See Work."""
        return RemapJob(
            **{
                **values,
                "mappings": tuple((str(name), int(version)) for name, version in values.get("mappings", ())),
                "samples": tuple(values.get("samples", ())),
            }
        )
