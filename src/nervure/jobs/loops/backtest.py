"""Runs the backtests people asked for, one after the other, telling how far each is."""

import os
from dataclasses import replace

from nervure.act.backtest import found_cases
from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop
from nervure.model.backtest import BacktestJob

MOST_TRIES = 3
TELL_EVERY_S = 1.0


class _Cancelled(Exception):
    """Nobody wants to know any more."""


def run(hands: Hands) -> None:
    """One round: the oldest backtest that waits, or whose process died."""
    backtests = hands.catalog.backtests
    holder = f"{hands.settings.data.resolve()}#{os.getpid()}"
    job = backtests.claim(holder)
    if job is None:
        return
    if job.tries >= MOST_TRIES:
        error = f"it was begun {job.tries} times and never ended: ask for a shorter window or a longer step"
        backtests.save(replace(job, state="failed", error=error), holder)
        return
    job = backtests.save(replace(job, tries=job.tries + 1, share=0.0), holder)
    try:
        _work(hands, job, holder)
    except _Cancelled:
        journal("backtest").info("a backtest was cancelled", job=job.id)
    except Busy:
        # The store is away, which is not the backtest's fault: the next round begins it again.
        backtests.save(replace(job, tries=job.tries - 1), holder)
        raise
    except NervureError as error:
        backtests.save(replace(job, state="failed", error=str(error)), holder)
        journal("backtest").error("a backtest failed", job=job.id, error=str(error))


def _work(hands: Hands, job: BacktestJob, holder: str) -> None:
    backtests, clock = hands.catalog.backtests, hands.clock
    told_s = clock.monotonic_s()

    def tell(share: float) -> None:
        nonlocal told_s
        if clock.monotonic_s() - told_s < TELL_EVERY_S:
            return
        told_s = clock.monotonic_s()
        if not backtests.save(replace(job, share=share), holder).is_open:
            raise _Cancelled

    recorded = hands.catalog.changes.list(job.project, job.from_ns, job.to_ns)
    cases = found_cases(hands.asker, job.project, job.from_ns, job.to_ns, job.step_s, recorded, tell)
    done = backtests.finish(job, cases, holder)
    journal("backtest").info("a backtest has ended", job=job.id, state=done.state, incidents=len(cases))


# A window of weeks takes minutes: in a thread of its own nobody waits behind it.
LOOP = Loop(name="backtest", every_s=1.0, run=run, first_s=2.0, lane="backtest")
