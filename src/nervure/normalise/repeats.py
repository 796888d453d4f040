"""Model calls that only repeat a call beneath them: a framework's span around its SDK's span.

Two instrumentations of one call (LangChain's and OpenAI's, say) both report its tokens. The inner span is the call;
the outer one is flagged `repeats_child`: it keeps its numbers for display, and is neither priced nor summed.
"""

from collections.abc import Sequence

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
    return flagged


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
