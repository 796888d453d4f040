"""Makes a catalog entry for projects that telemetry has named, so that people find them in lists."""

from nervure.jobs.loop import Hands, Loop


def run(hands: Hands) -> None:
    """One round."""
    hands.catalog.projects.catch_up()


LOOP = Loop(name="projects", every_s=5.0, run=run, first_s=2.0)
