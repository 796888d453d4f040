"""Which price of a GPU hour holds for a GPU, and when."""

import fnmatch
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nervure.base.errors import BadInput
from nervure.model.gpu import GpuPrice

DEAREST_USD = 100_000.0
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time in which one price holds, half-open. usd_per_hour None: no price is known."""

    from_ns: int
    to_ns: int
    usd_per_hour: float | None


def checked_gpu_price(price: GpuPrice) -> GpuPrice:
    """The price. Raises BadInput for what cannot be used."""
    for name, said in (("name", price.name), ("gpu", price.gpu), ("host", price.host)):
        if len(said) > LONGEST_NAME or said != said.strip() or not said.isprintable():
            raise BadInput(f"{name} has at most {LONGEST_NAME} printable characters, without spaces at the ends")
    if not price.name:
        raise BadInput("name is missing: call the price something, e.g. h100-reserved")
    if not (math.isfinite(price.usd_per_hour) and 0 <= price.usd_per_hour <= DEAREST_USD):
        raise BadInput(f"usd_per_hour = {price.usd_per_hour}: write USD per hour of one GPU, 0 to {DEAREST_USD:,.0f}")
    if price.valid_from_ns is not None and price.valid_to_ns is not None and price.valid_from_ns >= price.valid_to_ns:
        raise BadInput("valid_from must lie before valid_to")
    return price


def gpu_price_at(prices: Iterable[GpuPrice], gpu: str, host: str, at_ns: int) -> GpuPrice | None:
    """The price that holds: one that names the host before one that names the GPU, the longer pattern, the later begin."""
    fitting = [one for one in prices if _fits(one.gpu, gpu) and _fits(one.host, host) and _holds(one, at_ns)]
    return max(fitting, key=_rank, default=None)


def gpu_price_pieces(prices: Sequence[GpuPrice], gpu: str, host: str, from_ns: int, to_ns: int) -> list[Piece]:
    """What one GPU costs over a range, in order and without gaps; neighbours differ in price."""
    moments = {edge for one in prices for edge in (one.valid_from_ns, one.valid_to_ns) if edge is not None}
    edges = [from_ns, *sorted(moment for moment in moments if from_ns < moment < to_ns), to_ns]
    pieces: list[Piece] = []
    for begin, end in itertools.pairwise(edges):
        held = gpu_price_at(prices, gpu, host, begin)
        usd = held.usd_per_hour if held else None
        if pieces and pieces[-1].usd_per_hour == usd:
            begin = pieces.pop().from_ns
        pieces.append(Piece(begin, end, usd))
    return pieces


def _fits(pattern: str, said: str) -> bool:
    return not pattern or fnmatch.fnmatchcase(said.lower(), pattern.lower())


def _holds(price: GpuPrice, at_ns: int) -> bool:
    begins, ends = price.valid_from_ns, price.valid_to_ns
    return (begins is None or begins <= at_ns) and (ends is None or at_ns < ends)


def _rank(price: GpuPrice) -> tuple[bool, bool, int, int, str]:
    begins = -(1 << 63) if price.valid_from_ns is None else price.valid_from_ns
    return bool(price.host), bool(price.gpu), len(price.host) + len(price.gpu), begins, price.name
