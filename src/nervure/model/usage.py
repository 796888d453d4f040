"""Token classes that never overlap, so that each is billed once."""

from dataclasses import dataclass

from nervure.model.span import Span


@dataclass(frozen=True, slots=True)
class Usage:
    """Disjoint token counts of one call; their sum is everything that was billed.

    input: uncached text and image input. output: text output without reasoning and audio.
    """

    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    audio_input: int = 0
    output: int = 0
    reasoning: int = 0
    audio_output: int = 0

    @property
    def total(self) -> int:
        """All tokens."""
        return (
            self.input + self.cached_input + self.cache_write + self.audio_input
            + self.output + self.reasoning + self.audio_output
        )  # fmt: skip


def usage_of(span: Span) -> Usage | None:
    """The disjoint classes of a span, or None when it reports no tokens.

    A breakdown larger than its total cannot be right: the total is kept and the breakdown capped, largest class last.
    """
    if span.input_tokens is None and span.output_tokens is None:
        return None
    total_in, total_out = span.input_tokens or 0, span.output_tokens or 0
    cached = min(span.cached_input_tokens or 0, total_in)
    written = min(span.cache_write_tokens or 0, total_in - cached)
    audio_in = min(span.audio_input_tokens or 0, total_in - cached - written)
    reasoning = min(span.reasoning_tokens or 0, total_out)
    audio_out = min(span.audio_output_tokens or 0, total_out - reasoning)
    return Usage(
        input=total_in - cached - written - audio_in,
        cached_input=cached,
        cache_write=written,
        audio_input=audio_in,
        output=total_out - reasoning - audio_out,
        reasoning=reasoning,
        audio_output=audio_out,
    )
