"""What a sender is told: from receipts and errors to the outcome of its request."""

from collections.abc import Iterable, Mapping

from nervure.base.errors import (
    BadInput,
    Busy,
    Forbidden,
    NervureError,
    NotFound,
    QueueFull,
    TooLarge,
    Unauthenticated,
)
from nervure.decode.packing import UnsupportedMedia
from nervure.decode.wire import Outcome

# The first class an error is an instance of decides.
STATUSES: tuple[tuple[type[NervureError], int], ...] = (
    (TooLarge, 413),
    (UnsupportedMedia, 415),
    (BadInput, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (QueueFull, 429),
)
# Senders throw a batch away after a 500 and send it again after a 503, so trouble of our own is always the latter.
TROUBLE_RETRY_S = 5.0
MOST_REASONS = 10


def taken(refused: Iterable[Mapping[str, int]]) -> Outcome:
    """The outcome of a request that was taken. refused: reason to number of items, from each of its parts."""
    counts: dict[str, int] = {}
    for reasons in refused:
        for reason, count in reasons.items():
            counts[reason] = counts.get(reason, 0) + count
    listed = [f"{count} refused: {reason}" for reason, count in counts.items()]
    if len(listed) > MOST_REASONS:
        listed = [*listed[:MOST_REASONS], f"and {len(listed) - MOST_REASONS} more reasons"]
    return Outcome(rejected=sum(counts.values()), message="; ".join(listed))


def refused(error: BaseException) -> Outcome:
    """The outcome of a request that was not taken."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return Outcome(status, message=str(error), retry_after_s=_retry_after(error))
    if isinstance(error, Busy):
        return Outcome(503, message=str(error), retry_after_s=_retry_after(error))
    message = "the server is in trouble and nothing was stored: send again later; its log says more"
    return Outcome(503, message=message, retry_after_s=TROUBLE_RETRY_S)


def is_expected(error: BaseException) -> bool:
    """Whether an error is one we raise on purpose: the sender's fault, or "come again"."""
    return isinstance(error, BadInput | Unauthenticated | Forbidden | NotFound | Busy)


def _retry_after(error: BaseException) -> float | None:
    return error.retry_after_s if isinstance(error, Busy) else None
