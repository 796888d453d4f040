"""Model calls that only repeat another: a framework's span around its SDK's span, or two spans side by side.

Two instrumentations of one call (LangChain's and OpenAI's, say) both report its tokens. The inner span is the call;
the outer one is flagged `repeats_child`: it keeps its numbers for display, and is neither priced nor summed. An
instrumentation that does not make its span the current one has the SDK's own span beside it: of those two the one that
says less is flagged.
"""

from collections.abc import Sequence
from typing import Any

from nervure.model.span import BILLABLE_KINDS, Span

FLAG = "repeats_child"
# Frameworks put a few spans of their own between the two.
MOST_STEPS = 8


def mark_repeats(spans: Sequence[Span]) -> list[Span]:
    """Flag, among spans of one request, calls that repeat calls beneath them; returns those newly flagged.

    A call repeats when a call of its kind is its nearest one below and shares its response id or its token counts,
    when its counts are the sum of several below, or when it counts nothing itself. An outer span that comes in a later
    request than the inner one is found by `intake.callers`.
    """
    calls = [span for span in spans if span.kind in BILLABLE_KINDS]
    if len(calls) < 2:
        return []
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    below: dict[int, list[Span]] = {}
    above: dict[int, Span] = {}
    for call in calls:
        outer = _call_above(call, by_id)
        if outer is not None and outer.kind == call.kind:
            above[id(outer)] = outer
            below.setdefault(id(outer), []).append(call)
    flagged = []
    for key, outer in above.items():
        if FLAG not in outer.flags and repeats(outer, below[key]):
            outer.flags = [*outer.flags, FLAG]
            flagged.append(outer)
    for twin in _twins(calls):
        twin.flags = [*twin.flags, FLAG]
        flagged.append(twin)
    return flagged


def _twins(calls: Sequence[Span]) -> list[Span]:
    """Calls that another one beside them tells too: same parent and answer, another instrumentation, within its time."""
    alike: dict[tuple[Any, ...], list[Span]] = {}
    for call in calls:
        if FLAG in call.flags:
            continue
        place = (call.trace_id, call.parent_id, call.kind)
        if call.response_id:
            alike.setdefault((*place, call.response_id), []).append(call)
    found = []
    for group in alike.values():
        # Calls of one instrumentation are never twins, which is nearly all of them.
        if len(group) < 2 or len({_instrumentation(call) for call in group}) < 2:
            continue
        ordered = sorted(group, key=lambda call: (call.start_ns, -call.end_ns))
        outer = ordered[0]
        for call in ordered[1:]:
            if call.end_ns <= outer.end_ns and _instrumentation(call) != _instrumentation(outer):
                found.append(outer if _content(call) > _content(outer) else call)
            else:
                outer = call
    return found


def _instrumentation(call: Span) -> str:
    return str(call.scope.get("name", ""))


def _content(call: Span) -> int:
    return len(call.input) + len(call.output)


def _call_above(call: Span, by_id: dict[tuple[str, str], Span]) -> Span | None:
    trace_id, span = call.trace_id, call
    for _ in range(MOST_STEPS):
        if not span.parent_id:
            return None
        found = by_id.get((trace_id, span.parent_id))
        if found is None or found is call:
            return None
        if found.kind in BILLABLE_KINDS:
            return found
        span = found
    return None


def repeats(outer: Span, inner: Sequence[Span]) -> bool:
    """Whether a call says nothing that the calls below it do not."""
    counts = (outer.input_tokens, outer.output_tokens)
    if counts == (None, None):
        return True
    if outer.response_id and any(span.response_id == outer.response_id for span in inner):
        return True
    if any((span.input_tokens, span.output_tokens) == counts for span in inner):
        return True
    sums = (sum(span.input_tokens or 0 for span in inner), sum(span.output_tokens or 0 for span in inner))
    return sums == (counts[0] or 0, counts[1] or 0)
