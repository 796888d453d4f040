"""Token counts: one meaning whatever the sender's. Input includes cached tokens, output includes reasoning."""

from nervure.model.span import Span

# These providers' own counts leave cached tokens out of the input; conventions ask for them to be in.
_EXCLUSIVE = frozenset({"anthropic", "aws.bedrock"})


def settle_tokens(span: Span) -> None:
    """Makes input inclusive, sums the total, and marks a breakdown larger than its total with `token_breakdown`."""
    cached, written = span.cached_input_tokens or 0, span.cache_write_tokens or 0
    given, output = span.input_tokens, span.output_tokens
    if given is not None and cached + written and _is_exclusive(span, given, cached, written):
        span.input_tokens = given = given + cached + written
    if given is not None or output is not None:
        span.total_tokens = (given or 0) + (output or 0)
    inside = cached + written + (span.audio_input_tokens or 0)
    if (given is not None and inside > given) or (
        output is not None and (span.reasoning_tokens or 0) + (span.audio_output_tokens or 0) > output
    ):
        span.flags = span.flags if "token_breakdown" in span.flags else [*span.flags, "token_breakdown"]


def _is_exclusive(span: Span, given: int, cached: int, written: int) -> bool:
    """Whether the input was counted without its cached part: when the part is larger, or the sender's total says so."""
    if cached + written > given:
        return True
    if span.provider not in _EXCLUSIVE or span.total_tokens is None:
        return False
    return span.total_tokens == given + cached + written + (span.output_tokens or 0)
