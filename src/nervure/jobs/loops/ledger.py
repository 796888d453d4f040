"""Writes ledger entries that only memory holds (refusals, repeats) when no telemetry comes to take them along."""

from nervure.jobs.loop import Hands, Loop


def run(hands: Hands) -> None:
    """One round."""
    hands.intake.flush_ledger()


LOOP = Loop(name="ledger", every_s=5.0, run=run, first_s=5.0)
