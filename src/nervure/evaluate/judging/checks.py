"""Judges a frozen set again."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.catalog.repositories.judge_memory import JudgeMemory
from nervure.evaluate.evaluator import Example, Result
from nervure.evaluate.judging.bench import Bench
from nervure.evaluate.judging.health import baseline_of
from nervure.evaluate.judging.judge import judge_evaluator
from nervure.evaluate.rows import read_row
from nervure.model.judge import Check, Judge, Probe

# Twice tells how often a verdict flips; the baseline is what everything is compared with, so it is asked for more often.
REPEATS, BASELINE_REPEATS = 2, 4
AT_ONCE = 4
# A process that died leaves its round to others after so long.
LEASE_S = 3600.0


def check_now(judge: Judge, memory: JudgeMemory, bench: Bench) -> None:
    """A round that was claimed: judged, kept, and the claim given back; closes the bench. For a thread of its own."""
    try:
        is_baseline = baseline_of(memory.checks(judge.id), judge.version) is None
        check = memory.add_check(run_check(judge, memory.probes(judge.id), bench, is_baseline))
        journal("judges").info("a frozen set was judged again", judge=judge.name, state=check.state, error=check.error)
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread: the journal is told
        journal("judges").error("a frozen set could not be judged", judge=judge.name, exc_info=error)
    finally:
        bench.close()
        memory.release(judge.id)


def run_check(judge: Judge, probes: Sequence[Probe], bench: Bench, is_baseline: bool) -> Check:
    """Every example anew, several times. A check that could not be finished says why and compares with nothing."""
    started_ns = bench.clock.now_ns()
    # Each repeat is a judgement of its own, by the whole panel.
    evaluator = judge_evaluator(replace(judge, stop_early=False), bench, fresh=True)
    repeats = BASELINE_REPEATS if is_baseline else REPEATS
    asked = [(probe.id, read_row(probe.example)) for probe in probes for _ in range(repeats)]

    def one(item: tuple[str, Example]) -> tuple[str, Result]:
        return item[0], evaluator.evaluate(item[1])

    check = Check("", judge.id, judge.version, started_ns, started_ns, {}, {})
    try:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="frozen-set") as pool:
            found = list(pool.map(one, asked))
    except NervureError as error:
        return replace(check, ended_ns=bench.clock.now_ns(), state="failed", error=str(error)[:1000])
    scores: dict[str, list[float | None]] = {}
    labels: dict[str, list[str]] = {}
    for probe, result in found:
        scores.setdefault(probe, []).append(result.score)
        labels.setdefault(probe, []).append(result.label)
    models = {str(model) for _, result in found for model in result.details.get("models", ())}
    costs = [result.details.get("cost_usd") for _, result in found]
    cost = None if any(value is None for value in costs) else sum(float(value or 0.0) for value in costs)
    return replace(
        check, ended_ns=bench.clock.now_ns(), scores=scores, labels=labels, models=tuple(sorted(models)), cost_usd=cost
    )
