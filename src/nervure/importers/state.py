"""Where an import stands, in a small file: one that was stopped goes on there."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nervure.base.errors import BadInput
from nervure.importers.importer import Cursor, Noun

FORM = 1


@dataclass(slots=True)
class State:
    """identity: what is imported from where to where; a file of another import is refused.

    until_ns: end of the range, fixed when the import began, so that what arrives meanwhile does not move the pages.
    cursors: by noun, after the last page that is stored. done: nouns read to their end. units: read of each noun.
    """

    path: Path
    identity: str
    until_ns: int
    cursors: dict[Noun, Cursor] = field(default_factory=dict)
    units: dict[Noun, int] = field(default_factory=dict)
    done: list[Noun] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    is_complete: bool = False

    def save(self) -> None:
        """Replaces the file: it is the old one or the new one, whenever the process is killed."""
        draft = self.path.with_name(f".{self.path.name}.new")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        held = {
            "form": FORM, "identity": self.identity, "until_ns": self.until_ns, "cursors": self.cursors,
            "units": self.units, "done": self.done, "counts": self.counts, "is_complete": self.is_complete,
        }  # fmt: skip
        with draft.open("w", encoding="utf-8") as file:
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def load(path: Path, identity: str, until_ns: int) -> State:
    """The state to go on from, else a fresh one. Raises BadInput for a file of another import, or of another form."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return State(path, identity, until_ns)
    try:
        held: dict[str, Any] = json.loads(text)
        is_ours = held["form"] == FORM and held["identity"] == identity
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is no state of an import: name another file with --state, or delete it") from error
    if not is_ours:
        raise BadInput(
            f"{path} belongs to another import ({held.get('identity')}, not {identity}): name another file with "
            "--state, or delete it to begin anew"
        )
    if held["is_complete"]:
        return State(path, identity, until_ns)
    return State(
        path, identity, int(held["until_ns"]), dict(held["cursors"]), dict(held["units"]), list(held["done"]),
        dict(held["counts"]),
    )  # fmt: skip
