"""Misses that are known, each with its reason: they count as missed, and say why."""

import tomllib
from pathlib import Path

from .compare import Outcome

KNOWN = Path(__file__).with_name("known_misses.toml")


def known_misses(path: Path = KNOWN, with_server: bool = True) -> dict[tuple[str, str, str], str]:
    """(case, where, field) to the reason. The file: [[miss]] tables with case, where, field, reason.

    only = "server": missed by what a server answers, while the decoders alone meet it.
    """
    entries = [one for one in tomllib.loads(path.read_text()).get("miss", []) if with_server or not one.get("only")]
    return {(entry["case"], entry["where"], entry["field"]): entry["reason"] for entry in entries}


def reason_of(known: dict[tuple[str, str, str], str], case: str, outcome: Outcome) -> str | None:
    """Why this outcome is missed, None when nobody knows."""
    return known.get((case, outcome.where, outcome.field))
