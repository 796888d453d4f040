"""Judgements that name a model's response instead of a span, joined to the span whichever comes first.

OpenTelemetry's `gen_ai.evaluation.result` may come without a span id, from a judge that knows only the response's id.
Both sides are remembered for a while; a judgement that came first is stored as one of its trace, and again with the
span as its target (a higher revision of the same score) when the span arrives.
"""

import threading
from dataclasses import replace

from nervure.base.clock import Clock
from nervure.intake.recent import Recent
from nervure.model.score import Score
from nervure.model.span import Span

RESPONSE_ID = "gen_ai.response.id"
WINDOW_S = 900.0
# About 400 bytes each: 40 MB at most.
MOST_RESPONSES, MOST_WAITING = 100_000, 10_000

Key = tuple[str, str]


class Responses:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spans: Recent[Key, tuple[str, str]] = Recent(MOST_RESPONSES, WINDOW_S)
        self._waiting: Recent[Key, tuple[Score, ...]] = Recent(MOST_WAITING, WINDOW_S)

    def arrived(self, span: Span) -> list[Score]:
        """Remember whose response a span is. Returns judgements that waited for it, aimed at it.

        They go on waiting: should this request fail, it comes again and needs them again.
        """
        key = (span.project, span.response_id)
        with self._lock:
            self._age()
            self._spans.put(key, (span.trace_id, span.span_id))
            waiting = self._waiting.get(key) or ()
        return [_aimed(score, span.trace_id, span.span_id, 1) for score in waiting]

    def aim(self, score: Score) -> Score:
        """A judgement of no span with the span it is about, if that is known; else itself, and it is remembered."""
        response = score.metadata.get(RESPONSE_ID)
        if not response:
            return score
        key = (score.project, str(response))
        with self._lock:
            self._age()
            known = self._spans.get(key)
            if known is None:
                earlier = self._waiting.get(key) or ()
                if all(one.id != score.id for one in earlier):
                    self._waiting.put(key, (*earlier, score))
                return score
        return _aimed(score, *known, score.revision)

    def _age(self) -> None:
        now_s = self._clock.monotonic_s()
        self._spans.age(now_s)
        self._waiting.age(now_s)


def _aimed(score: Score, trace_id: str, span_id: str, revision: int) -> Score:
    return replace(
        score, target_type="span", target_id=span_id, trace_id=trace_id, revision=max(score.revision, revision)
    )
