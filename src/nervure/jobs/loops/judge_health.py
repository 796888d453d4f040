"""Judges the frozen sets of judges again when they are due, in a thread of its own: models are slow, and loops share one."""

import threading

from nervure.base.clock import NS_PER_S
from nervure.evaluate.judging.bench import bench_of
from nervure.evaluate.judging.checks import LEASE_S, check_now
from nervure.jobs.loop import Hands, Loop
from nervure.model.batch import Batch
from nervure.model.judge import Judge
from nervure.model.span import Span


def run(hands: Hands) -> None:
    """One round: begins what is due. What it spends counts like any other judging."""
    memory = hands.catalog.judge_memory
    for judge in hands.catalog.judges.list():
        if judge.is_paused or not judge.health_every_s or not memory.probes(judge.id):
            continue
        if memory.claim(judge.id, judge.health_every_s, LEASE_S):
            _begin(hands, judge)
    memory.forget()
    hands.catalog.judge_purse.forget_runs()


def _begin(hands: Hands, judge: Judge) -> None:
    def record(spans: list[Span]) -> None:
        hands.intake.submit(Batch(spans=spans, wire="judge", project=spans[0].project)).result()

    project = judge.project or hands.settings.default_project
    run_name = f"check/{judge.id}/{hands.clock.now_ns() // NS_PER_S}"
    bench = bench_of(hands.catalog, hands.pricer, hands.clock, project, run_name, None, record)
    threading.Thread(
        target=check_now, args=(judge, hands.catalog.judge_memory, bench), name=f"judge-{judge.name}", daemon=True
    ).start()


LOOP = Loop(name="judge_health", every_s=60.0, run=run, first_s=20.0)
