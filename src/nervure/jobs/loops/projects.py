"""Makes a catalog entry for projects that telemetry has named, so that people find them in lists."""

from nervure.jobs.loop import Hands, Loop


def run(hands: Hands) -> None:
    """One round."""
    for name in sorted({project for project, _, _ in hands.intake.ledger.totals() if project}):
        hands.catalog.projects.seen(name)


LOOP = Loop(name="projects", every_s=5.0, run=run, first_s=2.0)
