"""Fills annotation queues by their rules.

Spans are read twice: soon after they began, and a quarter of an hour later, when long ones have ended and scores have
come. What is in a queue already is left as it is, so nothing comes twice; a process that dies reads its stretch again.
"""

from dataclasses import replace

from nervure.base.clock import NS_PER_S, iso, parse_iso
from nervure.base.errors import BadInput
from nervure.base.ids import fingerprint
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop
from nervure.model.annotation import FillRule, Queue, Target
from nervure.query.lists import Page

SOON_NS, LATE_NS = 20 * NS_PER_S, 900 * NS_PER_S
PAGE = 500
# Other loops share the thread.
ROUND_S = 2.0
ACTOR = "rule"


def run(hands: Hands) -> None:
    """One round over all queues."""
    ends_s = hands.clock.monotonic_s() + ROUND_S
    for queue in hands.catalog.annotation.queues():
        if queue.rule is None or not queue.rule.is_active:
            continue
        try:
            rule = fill(hands, queue, queue.rule, ends_s)
        except BadInput as error:
            # A field that was renamed since: the rule's author must mend it, others go on.
            journal("annotation").warning("a queue's rule cannot be used", queue=queue.name, reason=str(error))
            continue
        hands.catalog.annotation.mark(queue, rule)


def fill(hands: Hands, queue: Queue, rule: FillRule, ends_s: float) -> FillRule:
    """Adds what the rule wants of the spans not looked at yet; the rule as it is afterwards."""
    now_ns = hands.clock.now_ns()
    rule, read_ns = _stretch(hands, queue, rule, rule.at_ns, now_ns - SOON_NS, ends_s)
    rule = replace(rule, at_ns=max(rule.at_ns, read_ns))
    late_ns = min(now_ns - LATE_NS, rule.at_ns)
    # What found no room the first time is counted once.
    again, read_ns = _stretch(hands, queue, rule, rule.late_ns, late_ns, ends_s)
    return replace(rule, late_ns=max(again.late_ns, read_ns))


def is_chosen(queue_id: str, trace_id: str, span_id: str, rate: float) -> bool:
    """Whether a rule that takes a share takes this one: always the same, and in each queue another sample."""
    return fingerprint(f"{queue_id}/{trace_id}/{span_id}".encode()) < rate * 2**64


def _stretch(
    hands: Hands, queue: Queue, rule: FillRule, from_ns: int, to_ns: int, ends_s: float
) -> tuple[FillRule, int]:
    """Reads spans of a range, oldest first; the rule with its count, and until when it read."""
    if from_ns >= to_ns:
        return rule, from_ns
    cursor: str | None = ""
    while cursor is not None:
        page = hands.asker.spans(
            queue.project, Page(rule.where, iso(from_ns), iso(to_ns), PAGE, cursor or "", "oldest")
        )
        wanted: dict[tuple[str, str], Target] = {}
        for span in page["items"]:
            key = (span["trace_id"], span["span_id"] if rule.level == "span" else "")
            if is_chosen(queue.id, *key, rule.rate):
                wanted[key] = Target(*key, reason=f"matches {rule.where}" if rule.where else "sampled")
        rule = _add(hands, queue, rule, list(wanted.values()))
        cursor = page["next_cursor"]
        if cursor is not None and hands.clock.monotonic_s() >= ends_s:
            # Those of one moment may be on both pages: the last one is read again.
            return rule, parse_iso(page["items"][-1]["start"])
    return rule, to_ns


def _add(hands: Hands, queue: Queue, rule: FillRule, targets: list[Target]) -> FillRule:
    if not targets:
        return rule
    kept = hands.catalog.annotation
    room = max(0, rule.most_waiting - kept.waiting(queue.id))
    made, held = kept.add(queue.project, queue.id, targets, "rule", ACTOR, room)
    return replace(rule, left_out=rule.left_out + len(targets) - len(made) - len(held))


LOOP = Loop("annotation", 15.0, run, first_s=5.0)
