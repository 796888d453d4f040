"""Which wire a path belongs to, and what the path says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nervure.decode.wire import Wire

NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """A wire at a path. pattern: which of its paths. said: the segments that stand in the place of that path's names."""

    wire: Wire
    pattern: str
    said: Mapping[str, str]


class Paths:
    """The paths of all wires, with any prefix before each."""

    def __init__(self, wires: Iterable[Wire]) -> None:
        # More segments first, so that /api/x/v1/traces of one wire goes before /v1/traces of another; then fewer names.
        patterns = sorted(
            ((tuple(path.strip("/").split("/")), wire) for wire in wires for path in wire.paths),
            key=lambda pair: (-len(pair[0]), sum(map(is_name, pair[0]))),
        )
        self._left = {wire.name: [tuple(path.strip("/").split("/")) for path in wire.leaves] for _, wire in patterns}
        self._exact = {
            "/" + "/".join(parts): wire for parts, wire in reversed(patterns) if not any(map(is_name, parts))
        }
        # By the last segment, because nearly every path of every wire ends in a word of its own.
        self._open = [pair for pair in patterns if is_name(pair[0][-1])]
        self._by_end = {
            parts[-1]: [pair for pair in patterns if pair[0][-1] == parts[-1] or is_name(pair[0][-1])]
            for parts, _ in patterns
            if not is_name(parts[-1])
        }

    def find(self, path: str, method: str) -> Found | None:
        """The wire that takes this method at this path, None when no wire does. path: without a slash at its end."""
        # A path without any prefix, which is that of every OTLP exporter: nothing more specific can fit.
        if (wire := self._exact.get(path)) and method in wire.methods:
            return Found(wire, path, NONE)
        return next((found for found in self._fitting(path) if method in found.wire.methods), None)

    def methods(self, path: str) -> tuple[list[str], Wire | None]:
        """What may be sent to a path, and the wire that goes first there: none and None when no wire is there."""
        fitting = list(self._fitting(path))
        methods = dict.fromkeys(method for found in fitting for method in found.wire.methods)
        return list(methods), fitting[0].wire if fitting else None

    def _fitting(self, path: str) -> Iterable[Found]:
        segments = path.split("/")[1:]
        for parts, wire in self._by_end.get(segments[-1] if segments else "", self._open):
            said = _said(parts, segments)
            if said is not None and not any(_said(left, segments) is not None for left in self._left[wire.name]):
                yield Found(wire, "/" + "/".join(parts), said)


def _said(parts: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    """What stands in the places of a pattern's names at the end of a path; None when it does not end so."""
    if len(parts) > len(segments):
        return None
    said: dict[str, str] = {}
    for part, segment in zip(reversed(parts), reversed(segments), strict=False):
        if not is_name(part):
            if part != segment:
                return None
        elif not segment:
            return None
        else:
            said[part[1:-1]] = segment
    return said


def is_name(part: str) -> bool:
    """Whether a segment of a pattern stands for any segment: "{id}"."""
    return part.startswith("{") and part.endswith("}")
