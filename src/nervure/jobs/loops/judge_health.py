"""Judges the frozen sets of judges again when they are due, in a thread of its own: models are slow, and loops share one."""

import threading

from nervure.base.clock import NS_PER_S
from nervure.base.journal import journal
from nervure.evaluate.judging.bench import bench_of
from nervure.evaluate.judging.checks import run_check
from nervure.evaluate.judging.health import baseline_of
from nervure.jobs.loop import Hands, Loop
from nervure.model.batch import Batch
from nervure.model.judge import Judge
from nervure.model.span import Span

# A process that died leaves its round to others after so long.
LEASE_S = 3600.0


def run(hands: Hands) -> None:
    """One round: begins what is due."""
    for judge in hands.catalog.judges.list():
        if judge.is_paused or not judge.health_every_s or not hands.catalog.judge_memory.probes(judge.id):
            continue
        if hands.catalog.judge_memory.claim(judge.id, judge.health_every_s, LEASE_S):
            threading.Thread(target=check_now, args=(hands, judge), name=f"judge-{judge.name}", daemon=True).start()
    hands.catalog.judge_memory.forget()


def check_now(hands: Hands, judge: Judge) -> None:
    """A round over one judge's frozen set, kept in the catalog. Its spending counts like any other."""
    memory = hands.catalog.judge_memory
    run_name = f"check/{judge.id}/{hands.clock.now_ns() // NS_PER_S}"

    def record(spans: list[Span]) -> None:
        hands.intake.submit(Batch(spans=spans, wire="judge", project=spans[0].project)).result()

    try:
        bench = bench_of(
            hands.catalog,
            hands.pricer,
            hands.clock,
            judge.project or hands.settings.default_project,
            run_name,
            None,
            record,
        )
        try:
            is_baseline = baseline_of(memory.checks(judge.id), judge.version) is None
            check = memory.add_check(run_check(judge, memory.probes(judge.id), bench, is_baseline))
        finally:
            bench.close()
        journal("judges").info("a frozen set was judged again", judge=judge.name, state=check.state, error=check.error)
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread: the journal is told
        journal("judges").error("a frozen set could not be judged", judge=judge.name, exc_info=error)
    finally:
        memory.release(judge.id)


LOOP = Loop(name="judge_health", every_s=60.0, run=run, first_s=20.0)
