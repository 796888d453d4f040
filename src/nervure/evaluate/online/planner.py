"""Plans online evaluation: finds what is complete, decides what of it is scored, and queues that; live and for backfills."""

from dataclasses import replace
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.base.errors import QueryError
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.evaluation_tasks import day_of
from nervure.evaluate.online.sampling import sample, tail_start
from nervure.model.evaluation import Backfill, Rule, Target
from nervure.query.asker import Asker
from nervure.query.runner import Runner
from nervure.query.sampled import Candidate, began, count, first_start, score_values, scored, settled

# A trace without its root waits so many times longer: the root may be on its way, or never come.
ROOTLESS = 12
# Beyond so many waiting targets of a rule nothing more is planned: the lag shows it, and memory stays bounded.
MOST_WAITING = 20_000
MOST_WAITING_BACKFILL = 4_000
WINDOWS_A_ROUND = 20
FIRST_WINDOW_S, LAST_WINDOW_S = 60.0, 3600.0
LEAST_WINDOW_NS = NS_PER_S // 10
REFERENCE_S, REFERENCE_KEPT_S = 900.0, 300.0
BACKFILL_STEP_NS = 3600 * NS_PER_S
STEPS_A_ROUND = 50


class Planner:
    """Used by one thread. Its memory only spares work: what it decides does not depend on it but for the tail's edge."""

    def __init__(self, catalog: Catalog, asker: Asker) -> None:
        self.catalog, self.asker = catalog, asker
        self._references: dict[tuple[str, int], tuple[float, float | None]] = {}

    def plan_rule(self, rule: Rule, unsettled_s: float = 0.0) -> int:
        """Queues what has settled since the last round; returns how many targets.

        unsettled_s: for how long something acknowledged may not be in the store yet. Raises FilterError, QueryError.
        """
        now_ns = self.asker.clock.now_ns()
        until_ns = now_ns - int(max(rule.settle_s, unsettled_s) * NS_PER_S)
        planned, window_ns = 0, int(FIRST_WINDOW_S * NS_PER_S)
        if rule.through_ns >= until_ns:
            return 0
        waiting = self.catalog.evaluation_tasks.queue(rule.id, "").waiting
        for _ in range(WINDOWS_A_ROUND):
            if rule.through_ns >= until_ns or waiting + planned >= MOST_WAITING:
                break
            end_ns = min(until_ns, rule.through_ns + window_ns)
            try:
                candidates = self._settled(rule, end_ns)
            except QueryError:
                # Too many at once: a shorter stretch. A mistake in the filter fails however short it is.
                if window_ns <= LEAST_WINDOW_NS:
                    raise
                window_ns = max(LEAST_WINDOW_NS, (end_ns - rule.through_ns) // 8)
                continue
            targets = self._chosen(rule, candidates, (end_ns - rule.through_ns) / NS_PER_S, self._room(rule, now_ns))
            if not self.catalog.evaluation_tasks.plan(rule, end_ns, targets):
                break
            planned += len(targets)
            rule = replace(rule, through_ns=end_ns)
            if not candidates:
                window_ns = min(window_ns * 2, int(LAST_WINDOW_S * NS_PER_S))
        return planned

    def plan_backfill(self, backfill: Backfill, holder: str) -> Backfill:
        """A round of a backfill: queues the next targets, or ends it when all are settled. Raises FilterError, QueryError."""
        tasks = self.catalog.evaluation_tasks
        rule = self.catalog.evaluation_rules.at_version(backfill.rule_id, backfill.rule_version)
        runner = self.asker.runner(backfill.project)
        step_ns = BACKFILL_STEP_NS
        for _ in range(STEPS_A_ROUND):
            full = backfill.limit is not None and backfill.planned >= backfill.limit
            if backfill.at_ns >= backfill.to_ns or full or not backfill.is_open:
                break
            if tasks.queue(rule.id, backfill.id).waiting >= MOST_WAITING_BACKFILL:
                break
            begin_ns = first_start(runner, backfill.at_ns, backfill.to_ns)
            if begin_ns is None:
                backfill = self.catalog.backfills.advance(
                    replace(backfill, at_ns=backfill.to_ns), holder, rule, [], tasks
                )
                continue
            end_ns = min(backfill.to_ns, begin_ns + step_ns)
            try:
                targets, found = self.backfill_targets(rule, runner, begin_ns, end_ns, backfill.again)
            except QueryError:
                if step_ns <= LEAST_WINDOW_NS:
                    raise
                step_ns //= 8
                continue
            if backfill.limit is not None:
                targets = targets[: backfill.limit - backfill.planned]
            moved = replace(
                backfill, at_ns=end_ns, planned=backfill.planned + len(targets), found=backfill.found + found
            )
            backfill = self.catalog.backfills.advance(moved, holder, rule, targets, tasks)
        full = backfill.limit is not None and backfill.planned >= backfill.limit
        if backfill.is_open and (backfill.at_ns >= backfill.to_ns or full):
            queue = tasks.queue(rule.id, backfill.id)
            if not queue.waiting and not queue.running:
                return self.catalog.backfills.save(replace(backfill, state="done"), holder)
        return backfill

    def backfill_targets(
        self, rule: Rule, runner: Runner, from_ns: int, to_ns: int, again: bool
    ) -> tuple[list[Target], int]:
        """What of a stretch is scored, and how many there are. again: also what has scores of these names already."""
        settled_ns = self.asker.clock.now_ns() - int(rule.settle_s * NS_PER_S)
        candidates = began(runner, rule.level, rule.where, from_ns, to_ns, settled_ns, rule.sampling.stratify_by)
        if not again and candidates:
            names = [choice.name for choice in rule.choices]
            known = scored(runner, rule.level, names, [one.id for one in candidates])
            candidates = [one for one in candidates if one.id not in known]
        edge = tail_start(rule, candidates) if rule.sampling.tail_by in ("cost", "latency") else None
        uncertain = self._uncertain(rule, runner, candidates)
        return sample(rule, candidates, (to_ns - from_ns) / NS_PER_S, None, edge, uncertain), len(candidates)

    def estimate(self, rule: Rule, from_ns: int, to_ns: int, limit: int | None, again: bool) -> dict[str, Any]:
        """What a backfill would do: {"matching", "targets", "is_exact", "seconds", "cost_usd", "workers_known", "notes"}.

        targets: after sampling; of more than what one question answers, extrapolated from the first hours. seconds: of
        one worker, from what the rule's targets took before; None when none was scored yet. cost_usd likewise.
        """
        runner = self.asker.runner(rule.project)
        matching = count(runner, rule.level, rule.where, from_ns, to_ns)
        notes: list[str] = []
        at_ns, looked, taken = from_ns, 0, 0
        for _ in range(STEPS_A_ROUND):
            begin_ns = first_start(runner, at_ns, to_ns)
            if begin_ns is None:
                at_ns = to_ns
                break
            at_ns = min(to_ns, begin_ns + BACKFILL_STEP_NS)
            targets, found = self.backfill_targets(rule, runner, begin_ns, at_ns, again)
            looked, taken = looked + found, taken + len(targets)
        is_exact = at_ns >= to_ns
        share = taken / looked if looked else 0.0
        wanted = taken if is_exact else max(taken, round(matching * share))
        wanted = min(wanted, limit) if limit is not None else wanted
        seconds, cost, known = self._pace(rule)
        if not is_exact:
            notes.append("extrapolated: the window is too long to be looked through beforehand")
        if seconds is None:
            notes.append("how long a target takes is not known before some were scored: try a preview")
        has_judge = any(choice.evaluator.startswith("judge:") for choice in rule.choices)
        if has_judge and cost is None:
            notes.append(
                "what a judgement costs is not known before some were made: try a preview, and set a spend limit"
            )
        return {
            "matching": matching, "targets": wanted, "is_exact": is_exact, "basis_targets": known,
            "seconds": None if seconds is None else round(seconds * wanted, 3),
            "cost_usd": 0.0 if not has_judge else None if cost is None else round(cost * wanted, 6), "notes": notes,
        }  # fmt: skip

    def _pace(self, rule: Rule) -> tuple[float | None, float | None, int]:
        """(seconds, USD) a target took in the rule's last tasks, and how many targets that is known from."""
        done = [task for task in self.catalog.evaluation_tasks.list(rule.id, 200, ("done",)) if task.outcome]
        targets = sum(task.target_count for task in done)
        if not targets:
            return None, None, 0
        seconds = sum(task.outcome.seconds for task in done if task.outcome)
        cost = sum(tally.cost_usd for task in done if task.outcome for tally in task.outcome.tallies.values())
        return seconds / targets, cost / targets, targets

    def _settled(self, rule: Rule, end_ns: int) -> list[Candidate]:
        runner = self.asker.runner(rule.project)
        rootless_ns = int(rule.settle_s * ROOTLESS * NS_PER_S)
        return settled(runner, rule.level, rule.where, rule.through_ns, end_ns, rootless_ns, rule.sampling.stratify_by)

    def _chosen(self, rule: Rule, candidates: list[Candidate], span_s: float, room: int | None) -> list[Target]:
        if not candidates:
            return []
        runner = self.asker.runner(rule.project)
        return sample(
            rule, candidates, span_s, room, self._tail_from(rule, candidates), self._uncertain(rule, runner, candidates)
        )

    def _uncertain(self, rule: Rule, runner: Runner, candidates: list[Candidate]) -> dict[str, float]:
        plan = rule.sampling
        if plan.tail_by != "uncertainty":
            return {}
        return score_values(runner, rule.level, plan.tail_score, [one.id for one in candidates])

    def _tail_from(self, rule: Rule, candidates: list[Candidate]) -> float | None:
        """From which value on a target is of the tail of the last quarter of an hour."""
        if rule.sampling.tail_by not in ("cost", "latency"):
            return None
        key, now_s = (rule.id, rule.version), self.asker.clock.monotonic_s()
        kept = self._references.get(key)
        if kept is None or kept[0] < now_s:
            now_ns = self.asker.clock.now_ns()
            since_ns = now_ns - int(REFERENCE_S * NS_PER_S)
            reference = began(self.asker.runner(rule.project), rule.level, rule.where, since_ns, now_ns, now_ns)
            kept = (now_s + REFERENCE_KEPT_S, tail_start(rule, [*reference, *candidates]))
            self._references[key] = kept
        return kept[1]

    def _room(self, rule: Rule, now_ns: int) -> int | None:
        budget = rule.sampling.rows_per_day
        if budget is None:
            return None
        return max(0, budget - self.catalog.evaluation_tasks.planned_on(rule.id, day_of(now_ns)))
