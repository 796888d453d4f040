"""Says in the journal when the intake is stuck, and when it is well again: for those who do not poll /readyz."""

from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop

_said: dict[int, list[str]] = {}


def run(hands: Hands) -> None:
    """One round."""
    problems, before = hands.intake.ready(), _said.get(id(hands.intake), [])
    kinds, kinds_before = _kinds(problems), _kinds(before)
    if kinds and kinds != kinds_before:
        journal("watch").error("not ready", problems=problems, waiting_bytes=hands.intake.waiting_bytes)
    elif kinds_before and not kinds:
        journal("watch").info("ready again")
    _said[id(hands.intake)] = problems


def _kinds(problems: list[str]) -> list[str]:
    """Problems without their numbers, which change from second to second."""
    return ["".join(letter for letter in problem if not letter.isdigit()) for problem in problems]


LOOP = Loop(name="watch", every_s=5.0, run=run, first_s=5.0)
