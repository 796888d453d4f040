"""A named stretch of telemetry that later ones are compared with."""

from dataclasses import dataclass
from typing import Literal, get_args

WindowKind = Literal["absolute", "rolling", "release"]
WINDOW_KINDS: tuple[str, ...] = get_args(WindowKind)
# As far back as a release is looked for.
LOOK_BACK_NS = 90 * 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open range of time and a filter (in the filter language) that its spans pass; "" for all."""

    from_ns: int
    to_ns: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceWindow:
    """kind absolute: from_ns to to_ns. rolling: the length_ns that end gap_ns before the current window begins.

    release: everything of the release of the last 90 days before the current window ends. where: a filter besides, "" for
    none. Times and lengths that the kind does not use are 0.
    """

    id: str
    project: str
    name: str
    kind: WindowKind
    from_ns: int = 0
    to_ns: int = 0
    length_ns: int = 0
    gap_ns: int = 0
    release: str = ""
    where: str = ""
    note: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0

    def stretch(self, current: Stretch) -> Stretch:
        """The range and filter it means when `current` is compared with it."""
        if self.kind == "absolute":
            return Stretch(self.from_ns, self.to_ns, self.where)
        if self.kind == "rolling":
            to_ns = current.from_ns - self.gap_ns
            return Stretch(to_ns - self.length_ns, to_ns, self.where)
        pinned = "release = " + '"' + self.release.replace("\\", "\\\\").replace('"', '\\"') + '"'
        where = f"({self.where}) and {pinned}" if self.where else pinned
        return Stretch(current.to_ns - LOOK_BACK_NS, current.to_ns, where)
