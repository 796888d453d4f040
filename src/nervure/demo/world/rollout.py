"""Versions of prompts and releases of services: which one a request meets."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Literal

from nervure.demo.world.fault import Fault

Carrier = Literal["prompt", "release"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version, in force from from_ns. fault: the fault it brings, which is rolled out and back with it."""

    name: str
    from_ns: int
    fault: Fault | None = None


class Rollouts:
    """All versions of a world."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str], list[Version]] = defaultdict(list)

    def add(self, carrier: Carrier, name: str, version: Version) -> None:
        """Puts a version on its line, which is kept in order of time."""
        self._versions[(carrier, name)].append(version)
        self._versions[(carrier, name)].sort(key=lambda one: one.from_ns)

    def at(self, carrier: Carrier, name: str, now_ns: int, rng: Random) -> str:
        """The version one request meets. A faulty one is met by the share of requests it is rolled out to.

        With nothing recorded: version "1".
        """
        current = "1"
        for version in self._versions.get((carrier, name), ()):
            if version.from_ns > now_ns:
                break
            if version.fault is None:
                current = version.name
            elif (level := version.fault.level(now_ns)) and rng.random() < level:
                return version.name
        return current
