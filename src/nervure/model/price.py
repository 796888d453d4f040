"""What an operator pays when the book does not know or is not what was agreed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Match = Literal["exact", "glob", "regex"]

# The token classes of `model.usage.Usage`, in the order in which people read a bill.
TOKEN_CLASSES = ("input", "cached_input", "cache_write", "audio_input", "output", "reasoning", "audio_output")


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """An operator's price for the calls it matches.

    name: unique; shown as the span's cost_source "override:<name>". project, provider: "" matches any.
    model: compared without regard to case with the response's and the request's model, as sent and cleaned.
    valid_from_ns, valid_to_ns: half-open range of call times, None for no bound.
    Token prices are USD per million tokens; a class left out takes the price of `input` or `output`.
    per_second: USD per second of the call's duration; per_request: USD per call. Both add to the token prices.
    book_factor: multiplies the price book's tariff instead, e.g. 0.8 for 20 % off; book_model: of that model, as
    `model` or `provider:model` (default: the call's own). Either prices or a book_factor, never both.
    """

    name: str
    model: str
    match: Match = "exact"
    id: str = ""
    project: str = ""
    provider: str = ""
    valid_from_ns: int | None = None
    valid_to_ns: int | None = None
    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    audio_input: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    audio_output: Decimal | None = None
    per_second: Decimal | None = None
    per_request: Decimal | None = None
    book_factor: Decimal | None = None
    book_model: str = ""
    note: str = ""
    created_ns: int = 0
