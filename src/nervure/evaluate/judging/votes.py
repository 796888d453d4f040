"""Several verdicts as one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Vote


@dataclass(frozen=True, slots=True)
class Ballot:
    """One verdict. label "": no verdict, `reasoning` says why. by: the model. cost_usd: None if not known; 0 from memory.

    order: of a comparison, `both`, or the only order it was asked in.
    """

    label: str
    score: float | None
    reasoning: str
    by: str
    repeat: int = 0
    quotes: tuple[str, ...] = ()
    cost_usd: float | None = 0.0
    from_memory: bool = False
    order: str = ""
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """label "": no verdict, `why` says why not. agreement: share of the votes for it; valid: votes that are verdicts."""

    label: str
    score: float | None
    agreement: float | None
    valid: int
    asked: int
    why: str = ""


def count(rubric: Rubric, ballots: Sequence[Ballot], vote: Vote) -> Outcome:
    """The verdict of the panel.

    Half or more without a verdict gives none, and so does a split vote: two models that say opposite things are no
    evidence for either. By the mean, the label is that of the nearest grade.
    """
    valid = [one for one in ballots if one.label]
    asked = len(ballots)
    if not valid or 2 * len(valid) <= asked:
        reasons = "; ".join(dict.fromkeys(f"{one.by}: {one.reasoning}" for one in ballots if not one.label))
        return Outcome("", None, None, len(valid), asked, reasons or "nobody was asked")
    counts = Counter(one.label for one in valid)
    ordered = counts.most_common()
    agreement = ordered[0][1] / len(valid)
    if vote == "mean":
        mean = sum(one.score or 0.0 for one in valid) / len(valid)
        nearest = min(rubric.grades, key=lambda grade: (abs(grade.score - mean), -grade.score))
        return Outcome(nearest.label, mean, agreement, len(valid), asked)
    if len(ordered) > 1 and ordered[0][1] == ordered[1][1]:
        split = ", ".join(f"{label} {votes}" for label, votes in ordered)
        return Outcome("", None, agreement, len(valid), asked, f"the votes are split: {split}")
    grade = rubric.grade(ordered[0][0])
    assert grade is not None
    return Outcome(grade.label, grade.score, agreement, len(valid), asked)


def is_decided(ballots: Sequence[Ballot], remaining: int) -> bool:
    """Whether the votes still to come cannot change the majority."""
    counts = Counter(one.label for one in ballots if one.label).most_common()
    if not counts:
        return False
    second = counts[1][1] if len(counts) > 1 else 0
    # All that remain could also be abstentions, which must not leave fewer than half.
    valid = sum(votes for _, votes in counts)
    return counts[0][1] > second + remaining and 2 * valid > len(ballots) + remaining


def both_orders(first: Ballot, second: Ballot) -> Ballot:
    """One vote of a comparison asked in both orders: a verdict that follows the order is a tie."""
    cost = None if first.cost_usd is None or second.cost_usd is None else first.cost_usd + second.cost_usd
    memory = first.from_memory and second.from_memory
    if not first.label or not second.label:
        why = first.reasoning if not first.label else second.reasoning
        return Ballot("", None, why, first.by, first.repeat, (), cost, memory, "both")
    if first.label == second.label:
        return Ballot(
            first.label, first.score, first.reasoning, first.by, first.repeat, first.quotes, cost, memory, "both"
        )
    told = f"the verdict follows the order of the answers ({first.label}, then {second.label} when swapped): a tie"
    return Ballot("tie", 0.5, f"{told}. {first.reasoning}", first.by, first.repeat, (), cost, memory, "both", True)
