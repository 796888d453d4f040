"""Judges: who judges what, by which rubric, for how much money."""

from typing import Any

from nervure.base.errors import NotFound
from nervure.catalog.repositories.entries import Entries
from nervure.model.judge import Grade, Judge, Seat, Shot


class Judges(Entries[Judge]):
    """Thread-safe. Whether one can judge is for `evaluate.judging` to say before it is put here."""

    noun = "judge"
    address = "/api/v1/judges"

    def read(self, values: dict[str, Any]) -> Judge:
        return read_judge(values)

    def without_secrets(self, entry: Judge) -> Judge:
        return entry

    def named(self, name: str, project: str) -> Judge:
        """By name, with or without `judge:`; the project's own before one for all. Raises NotFound."""
        bare = name.removeprefix("judge:")
        found = [one for one in self.list() if bare in (one.name, one.id) and one.project in ("", project)]
        if not found:
            known = ", ".join(sorted({one.name for one in self.list() if one.project in ("", project)})) or "none"
            raise NotFound(f"there is no judge {bare!r} in the project {project!r}; there are: {known}")
        return max(found, key=lambda one: one.project)


def read_judge(values: dict[str, Any]) -> Judge:
    """A judge of its members as JSON writes them."""
    made = dict(values)
    for name, kind in (("panel", Seat), ("grades", Grade), ("shots", Shot)):
        if name in made:
            made[name] = tuple(one if isinstance(one, kind) else kind(**one) for one in made[name])
    if "needs" in made:
        made["needs"] = tuple(made["needs"])
    return Judge(**made)
