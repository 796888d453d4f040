"""A worker: claims tasks, fetches their spans, scores them, has the scores stored, and settles the task; over and over.

Killed anywhere it leaves a task whose lease runs out. Whoever takes it over writes the very same scores, because their
ids, times and revisions come from the plan; and counts them once, because only the holder of the lease can settle it.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from nervure.base.clock import NS_PER_S, Clock, iso
from nervure.base.errors import BadInput, Busy, NervureError, NotFound
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.evaluate.embeddings.contract import EmbedderDown
from nervure.evaluate.judging.transport import JudgeDown
from nervure.evaluate.online.door import Door
from nervure.evaluate.online.paths import needs_maps
from nervure.evaluate.online.scoring import Chosen, Counted, check_choice, judge_targets, score_of
from nervure.evaluate.resolver import Resolver
from nervure.model.evaluation import Rule, Task
from nervure.model.span import Span
from nervure.price.pricer import Pricer

IDLE_S = 0.5
# An evaluator's file, a judge or an expression that was changed is taken up after so long.
KEEP_S = 30.0
RENEW_S = 5.0
BEAT_S = 5.0
WORKER_NOTE = "evaluation_worker/"


@dataclass(slots=True)
class _Bench:
    """What a rule's version needs to run."""

    rule: Rule
    chosen: list[Chosen]
    resolver: Resolver
    until_s: float
    with_maps: bool


class Worker:
    """One process's worth of scoring. name: tells it from others, also after a restart."""

    def __init__(
        self, name: str, catalog: Catalog, door: Door, settings: Settings, clock: Clock, pricer: Pricer
    ) -> None:
        self.name, self._catalog, self._door = name, catalog, door
        self._settings, self._clock, self._pricer = settings, clock, pricer
        self._benches: dict[tuple[str, int, str], _Bench] = {}
        self._done = 0
        self._beaten_s = -BEAT_S
        self._journal = journal("evaluate")
        # The next task's spans are fetched while this one's are scored.
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._leases = _Leases(catalog, name)
        self._next: tuple[Task, Future[dict[str, list[Span]]]] | None = None

    def run(self, stopping: threading.Event, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Until told to stop, or not wanted any more; the task in hand is finished."""
        while not stopping.is_set() and is_wanted():
            try:
                self._beat()
                if not self.step():
                    stopping.wait(IDLE_S)
            except Busy as error:
                self._journal.warning("waiting", worker=self.name, reason=str(error))
                stopping.wait(max(1.0, error.retry_after_s))
        self._leave()

    def step(self) -> bool:
        """One task. False when there is none."""
        held = self._next or self._claim()
        self._next = None
        if held is None:
            return False
        task, fetched = held
        try:
            try:
                spans = fetched.result()
            finally:
                self._next = self._claim()
            self._work(task, spans)
        except Busy as error:
            self._catalog.evaluation_tasks.release(task.id, self.name, str(error), max(1.0, error.retry_after_s))
            # A model that is down holds up its own tasks; a server that is down, all of them.
            if not isinstance(error, JudgeDown | EmbedderDown):
                raise
            self._journal.warning("a task waits for a model", task=task.id, rule=task.rule_id, reason=str(error))
        except NervureError as error:
            self._journal.error("a task cannot be done", task=task.id, rule=task.rule_id, reason=str(error))
            self._catalog.evaluation_tasks.fail(task.id, self.name, str(error))
        finally:
            self._leases.drop(task.id)
        return True

    def _claim(self) -> tuple[Task, "Future[dict[str, list[Span]]]"] | None:
        task = self._catalog.evaluation_tasks.claim(self.name)
        if task is None:
            return None
        self._leases.take(task.id)
        return task, self._ahead.submit(self._fetch, task)

    def _fetch(self, task: Task) -> dict[str, list[Span]]:
        bench = self._bench(task)
        level, targets = bench.rule.level, task.targets
        ids = list(dict.fromkeys(target.id if level != "span" else target.trace_id for target in targets))
        first, last = min(target.start_ns for target in targets), max(target.start_ns for target in targets)
        return self._door.spans(task.project, level, ids, first, last, bench.with_maps)

    def _work(self, task: Task, spans: dict[str, list[Span]]) -> None:
        bench = self._bench(task)
        begun_s = time.perf_counter()

        def is_held() -> bool:
            return self._leases.is_held(task.id)

        verdicts = judge_targets(bench.rule, bench.chosen, task.targets, spans, is_held)
        if not is_held():
            self._journal.warning("a task was taken over by another worker", task=task.id)
            return
        counted = Counted()
        scores = []
        for verdict in verdicts:
            counted.add(verdict)
            score = score_of(bench.rule, verdict, task.created_ns)
            if score is not None:
                scores.append(score)
        self._door.store(task.project, scores)
        outcome = counted.outcome(time.perf_counter() - begun_s)
        self._catalog.evaluation_tasks.finish(task.id, self.name, outcome)
        self._done += task.target_count

    def _bench(self, task: Task) -> _Bench:
        day = iso(self._clock.now_ns())[:10]
        key, now_s = (task.rule_id, task.rule_version, day), self._clock.monotonic_s()
        held = self._benches.get(key)
        if held is not None and now_s < held.until_s:
            return held
        for old in [one for one, bench in self._benches.items() if bench.until_s <= now_s]:
            self._benches.pop(old).resolver.close()
        rule = self._catalog.evaluation_rules.at_version(task.rule_id, task.rule_version)
        resolver = Resolver(
            self._catalog, self._settings, self._clock, self._pricer, rule.project, f"rule-{rule.id}-{day}",
            rule.sampling.usd_per_day, self._record,
        )  # fmt: skip
        try:
            chosen = choose(rule, resolver)
        except (NotFound, BadInput, NervureError):
            resolver.close()
            raise
        with_maps = any(needs_maps(path) for choice in rule.choices for path in choice.fields.values())
        self._benches[key] = _Bench(rule, chosen, resolver, now_s + KEEP_S, with_maps)
        return self._benches[key]

    def _record(self, spans: list[Span]) -> None:
        try:
            self._door.record(spans)
        except NervureError as error:
            # The judgement is made and paid: that its record is lost must not make it be bought again.
            self._journal.error("a judge's trace could not be stored", reason=str(error))

    def _beat(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._beaten_s >= BEAT_S:
            self._beaten_s = now_s
            facts = {"seen_ns": self._clock.now_ns(), "pid": os.getpid(), "targets": self._done}
            self._catalog.notes.put(WORKER_NOTE + self.name, facts)

    def _leave(self) -> None:
        if self._next is not None:
            self._catalog.evaluation_tasks.release(self._next[0].id, self.name, "the worker was stopped", 0.0)
        self._leases.stop()
        self._ahead.shutdown(wait=True, cancel_futures=True)
        for bench in self._benches.values():
            bench.resolver.close()
        self._catalog.notes.delete(WORKER_NOTE + self.name)


class _Leases:
    """Renews the leases of the tasks in hand from a thread of its own, however long a judge takes to answer."""

    def __init__(self, catalog: Catalog, holder: str) -> None:
        self._catalog, self._holder = catalog, holder
        self._held: set[str] = set()
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._thread.start()

    def take(self, task_id: str) -> None:
        with self._lock:
            self._held.add(task_id)

    def drop(self, task_id: str) -> None:
        with self._lock:
            self._held.discard(task_id)

    def is_held(self, task_id: str) -> bool:
        """False when another worker has taken it over: what is made of it now counts for nothing."""
        with self._lock:
            return task_id in self._held

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(RENEW_S):
            with self._lock:
                held = list(self._held)
            for task_id in held:
                try:
                    if not self._catalog.evaluation_tasks.extend(task_id, self._holder):
                        self.drop(task_id)
                except NervureError as error:
                    journal("evaluate").warning("a lease cannot be renewed now", task=task_id, reason=str(error))


def choose(rule: Rule, resolver: Resolver) -> list[Chosen]:
    """A rule's evaluators. Raises NotFound, BadInput and SandboxError naming the one that cannot be used."""
    found: list[Chosen] = []
    for choice in rule.choices:
        evaluator = resolver.resolve(choice.evaluator)
        check_choice(choice, evaluator)
        found.append((choice, evaluator))
    return found


def workers_of(catalog: Catalog, now_ns: int) -> Sequence[dict[str, object]]:
    """Workers that were seen in the last half minute: {"name", "pid", "targets", "seen_ns"}."""
    found = catalog.notes.under(WORKER_NOTE)
    return [
        {"name": name.removeprefix(WORKER_NOTE), **facts}
        for name, facts in found.items()
        if now_ns - int(facts.get("seen_ns", 0)) < 30 * NS_PER_S
    ]
