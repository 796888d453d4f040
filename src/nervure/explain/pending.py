"""What is said of findings as long as their diagnosis could not be made: a statement was stopped at its limits."""

from collections.abc import Sequence

from nervure.base.clock import iso
from nervure.explain.words import amounts, scope_words
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis


def undiagnosed(findings: Sequence[Finding], reason: str, again_ns: int) -> Diagnosis:
    """Only what the findings say by themselves, of the one that carries most of the change (the first).

    reason: why there is no diagnosis, as a clause. again_ns: when it is tried again. How many people are hit is not
    known either, so it is neither a page nor nothing: medium.
    """
    first = findings[0]
    where = scope_words(first.scope)
    observed, expected, unit = amounts(first)
    text = (
        f"{first.measure} is {first.direction} for {where}: {observed:.4g}{unit} since {_minute(first.onset_ns)} UTC,"
        f" {expected:.4g} is usual.\n\nWhy is not known yet, because {reason}. The diagnosis is tried again at"
        f" {_minute(again_ns)} UTC."
    )
    return Diagnosis(
        cause="unknown", nature="unknown", confidence=0.0, severity="medium", scope=(dict(first.scope),),
        title=f"{first.measure} {first.direction}, not diagnosed yet: {where}", narrative=text,
        ruled_out=(f"nothing was ruled out: {reason}",),
    )  # fmt: skip


def _minute(at_ns: int) -> str:
    return iso(at_ns)[:16].replace("T", " ")
