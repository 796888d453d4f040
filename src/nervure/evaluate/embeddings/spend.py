"""What an embeddings API may cost and has cost: money is set aside before each try, and settled by the tokens it reports.

It is booked in the ledger of the judges, in accounts whose name begins with `embeddings`: one transaction checks the limit
and sets aside, so threads, workers and replicas that share a catalog together never pass it.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nervure.base.clock import NS_PER_S, Clock, SystemClock, iso
from nervure.base.errors import SettingsError
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import open_catalog
from nervure.catalog.repositories.judge_purse import JudgePurse, OverLimit
from nervure.evaluate.judging.client import count, get_client
from nervure.evaluate.judging.meter import OVERHEAD_TOKENS
from nervure.evaluate.judging.transport import GRACE_S
from nervure.model.judge import Account, Balance
from nervure.model.span import Span
from nervure.price.pricer import Pricer, open_pricer

IN_ALL = "embeddings"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where spending is booked. run: what is summed on its own, "" for nothing."""

    purse: JudgePurse
    pricer: Pricer
    clock: Clock
    run: str = ""

    @property
    def today(self) -> str:
        """The account of the day (UTC)."""
        return f"{IN_ALL}/{iso(self.clock.now_ns())[:10]}"

    @property
    def of_run(self) -> str:
        """The account of the run, "" when there is none."""
        return f"run/{self.run}/{IN_ALL}" if self.run else ""

    def balance(self, account: str) -> Balance:
        """Of one account; zeros when nothing was booked."""
        held = self.purse.balances(account)
        return next((one for one in held if one.name == account), Balance(account))


@dataclass(frozen=True, slots=True)
class Place:
    """A ledger that each process opens for itself when it first buys something. where: folder or DSN of a catalog."""

    where: str | Path
    price_file: Path | None = None
    run: str = ""

    def open(self) -> Ledger:
        """Opens the catalog for the rest of the process's life."""
        clock = SystemClock()
        catalog = open_catalog(self.where, clock, RandomIds())
        return Ledger(catalog.judge_purse, open_pricer(self.price_file, catalog.prices), clock, self.run)


@dataclass(slots=True)
class _InForce:
    """Of this process, like the embedder."""

    place: Place | None = None
    ledger: Ledger | None = None


_in_force = _InForce()
_opening = threading.Lock()


def book_in(ledger: Ledger | Place | None) -> None:
    """What embeddings cost is booked there from now on in this process; None: nowhere."""
    with _opening:
        _in_force.place = ledger if isinstance(ledger, Place) else None
        _in_force.ledger = ledger if isinstance(ledger, Ledger) else None


def place() -> Place | None:
    """What another process opens to share the ledger, if this one's can be shared so."""
    return _in_force.place


def ledger() -> Ledger | None:
    """The ledger in force."""
    with _opening:
        if _in_force.ledger is None and _in_force.place is not None:
            _in_force.ledger = _in_force.place.open()
        return _in_force.ledger


@dataclass(frozen=True, slots=True)
class Spent:
    """USD of embeddings. usd_per_million: price of their tokens, None when none is known; then nothing is booked.

    today, in_all, of_run: what the ledger holds of the day (UTC), of all days, and of the run.
    """

    model: str
    usd_per_million: float | None
    limit_usd: float | None
    today: Balance
    in_all: Balance
    of_run: Balance

    def __str__(self) -> str:
        if self.usd_per_million is None:
            return f"embeddings of {self.model}: no price is known, so nothing was booked; embeddings_usd_per_million says it"
        limit = "" if self.limit_usd is None else f" of {self.limit_usd:g} allowed"
        run = f"{self.of_run.spent_usd:.6f} USD in {self.of_run.calls:,} requests; "
        return f"embeddings of {self.model}: {run}today {self.today.spent_usd:.6f} USD{limit}"


class Meter:
    """Prices and the limit of one model. Thread-safe."""

    def __init__(self, model: str, settings: Settings) -> None:
        self.model = model
        self.limit_usd = settings.embeddings_usd_per_day
        self._lasts_s = settings.embeddings_timeout_s + GRACE_S
        self._usd_per_million = settings.embeddings_usd_per_million

    def check(self) -> None:
        """Raises SettingsError when there is a limit that cannot be kept."""
        if self.limit_usd is None:
            return
        held = ledger()
        if held is None:
            raise SettingsError(
                "embeddings_usd_per_day cannot be kept, because this program books spending nowhere: name a folder by"
                " nervure.evaluate.chosen.charge_to(Place(folder)), or take the limit away"
            )
        self._limited_price(held)

    def price_usd(self, held: Ledger) -> float | None:
        """Of a million tokens: the setting's, else the price book's; None when neither knows the model."""
        if self._usd_per_million is not None:
            return self._usd_per_million
        span = Span(
            trace_id="", span_id="", name="", start_ns=held.clock.now_ns(), duration_ns=NS_PER_S, kind="embedding",
            status="ok", provider=get_client("openai").provider, request_model=self.model, response_model=self.model,
            input_tokens=1_000_000,
        )  # fmt: skip
        held.pricer.price(span)
        return span.cost_total

    def spent(self) -> Spent | None:
        """What was spent so far, None when it is booked nowhere."""
        held = ledger()
        if held is None:
            return None
        of_run = held.balance(held.of_run) if held.of_run else Balance("")
        price = self.price_usd(held)
        return Spent(self.model, price, self.limit_usd, held.balance(held.today), held.balance(IN_ALL), of_run)

    def purchase(self, texts: int) -> "Purchase":
        """One request for so many texts, yet to be paid."""
        return Purchase(self, texts)

    def reserve(self, held: Ledger, size: int) -> tuple[str, float, float] | None:
        """(reservation, its USD, the price of a million tokens) for a request of so many bytes; None: nothing to book.

        No tokeniser makes more tokens than there are bytes. Raises OverLimit, and SettingsError for a limit without a price.
        """
        price = self._limited_price(held) if self.limit_usd is not None else self.price_usd(held)
        if price is None:
            return None
        most = (size + OVERHEAD_TOKENS) * price / 1e6
        accounts = [Account(IN_ALL), Account(held.today, self.limit_usd)]
        accounts += [Account(held.of_run)] if held.of_run else []
        try:
            return held.purse.reserve(accounts, most, self._lasts_s), most, price
        except OverLimit as error:
            raise OverLimit(f"{error} (the limit is the setting embeddings_usd_per_day)", error.account) from error

    def _limited_price(self, held: Ledger) -> float:
        price = self.price_usd(held)
        if price is None:
            raise SettingsError(
                f"no price is known for embeddings of {self.model!r}, so embeddings_usd_per_day cannot be kept: set"
                " embeddings_usd_per_million, the price of a million tokens in USD (0 for a model of your own)"
            )
        return price


class Purchase:
    """The money of one request. One try at a time is under way, so what is known is of the reservation in hand."""

    def __init__(self, meter: Meter, texts: int) -> None:
        self._meter, self._texts = meter, texts
        self._ledger = ledger()
        self._most = self._price = 0.0

    def set_aside(self, size: int) -> str | None:
        """Before a try; raises OverLimit and SettingsError. None when there is nothing to book."""
        if self._ledger is None:
            # Raises when there is a limit to be kept.
            self._meter.check()
            return None
        reserved = self._meter.reserve(self._ledger, size)
        if reserved is None:
            return None
        hold, self._most, self._price = reserved
        return hold

    def end(self, hold: str, is_billed: bool) -> None:
        """A try that gave no answer."""
        if self._ledger is not None:
            self._ledger.purse.settle(hold, self._most if is_billed else 0.0)

    def settle(self, hold: str | None, answer: Mapping[str, Any]) -> None:
        """The try that was answered: by the tokens the answer states, else by all that was set aside."""
        if hold is not None and self._ledger is not None:
            tokens = tokens_of(answer, self._texts)
            cost = self._most if tokens is None else tokens * self._price / 1e6
            self._ledger.purse.settle(hold, cost)


def tokens_of(answer: Mapping[str, Any], texts: int) -> int | None:
    """Tokens an answer states, None when it states none that can be: no text has less than one.

    Of the two that the protocol has the larger counts; some servers fill only one.
    """
    usage = answer.get("usage")
    if not isinstance(usage, Mapping):
        return None
    stated = max(count(usage.get("prompt_tokens")) or 0, count(usage.get("total_tokens")) or 0)
    return stated if stated >= texts else None
