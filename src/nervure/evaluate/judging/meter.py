"""What a call of a judge may cost, and what it has cost."""

from dataclasses import dataclass

from nervure.base.clock import NS_PER_S, Clock
from nervure.evaluate.judging.client import Reply, get_client
from nervure.model.judge import Endpoint, Seat
from nervure.model.span import Span
from nervure.price.pricer import Pricer

# Tokens a server adds around each request: roles, separators, the schema's own words.
OVERHEAD_TOKENS = 512
# English text has about four bytes a token; for estimates only, never for limits.
BYTES_PER_TOKEN = 4.0


@dataclass(frozen=True, slots=True)
class Meter:
    """Prices of a seat, as given there or as the price book knows them."""

    pricer: Pricer
    clock: Clock

    def most_usd(self, endpoint: Endpoint, seat: Seat, body_bytes: int) -> float | None:
        """Most the call can cost; None when no price is known.

        No tokeniser makes more tokens than there are bytes, and the answer is limited by the request, so this holds for
        any model that keeps to what it is asked.
        """
        return self._usd(endpoint, seat, seat.model, body_bytes + OVERHEAD_TOKENS, 0, seat.max_output_tokens)

    def likely_usd(self, endpoint: Endpoint, seat: Seat, body_bytes: int, output_tokens: int) -> float | None:
        """What it will cost about: for estimates before a run."""
        return self._usd(endpoint, seat, seat.model, int(body_bytes / BYTES_PER_TOKEN) + 16, 0, output_tokens)

    def cost_usd(self, endpoint: Endpoint, seat: Seat, reply: Reply) -> float | None:
        """What it has cost by the tokens it reports; None when no price is known, or it reports none."""
        if reply.input_tokens is None or reply.output_tokens is None:
            return None
        tokens = reply.input_tokens, reply.cached_tokens, reply.output_tokens
        # What answered decides the price; an alias may have led to another model.
        found = self._usd(endpoint, seat, reply.model, *tokens) if reply.model else None
        return found if found is not None else self._usd(endpoint, seat, seat.model, *tokens)

    def _usd(
        self, endpoint: Endpoint, seat: Seat, model: str, input_tokens: int, cached: int, output_tokens: int
    ) -> float | None:
        if seat.input_usd is not None and seat.output_usd is not None:
            return (input_tokens * seat.input_usd + output_tokens * seat.output_usd) / 1e6
        span = Span(
            trace_id="", span_id="", name="", start_ns=self.clock.now_ns(), duration_ns=NS_PER_S, kind="llm",
            status="ok", provider=provider_of(endpoint), request_model=model, response_model=model,
            input_tokens=input_tokens, output_tokens=output_tokens, cached_input_tokens=cached or None,
        )  # fmt: skip
        self.pricer.price(span)
        return span.cost_total


def provider_of(endpoint: Endpoint) -> str:
    """By which prices are found."""
    return endpoint.provider or get_client(endpoint.kind).provider
