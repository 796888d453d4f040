"""Spend limits that hold: money is reserved before a call by an upper estimate and settled afterwards.

A reservation and its check are one transaction, so that neither threads nor processes can together pass a limit. A
reservation whose process died counts as spent when it expires: the call may have been made.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.tables.judging import JudgeAccountRow, JudgeReservationRow
from nervure.model.judge import Account, Balance

NANO = 1_000_000_000
KEEP_RUNS_S = 30 * 86_400


class OverLimit(BadInput):
    """The call could cost more than what is left. account: whose limit."""

    code = "over_limit"

    def __init__(self, message: str, account: str) -> None:
        super().__init__(message)
        self.account = account


class JudgePurse:
    """Thread-safe; several processes may share one."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self._database, self._clock, self._ids = database, clock, ids

    def reserve(self, accounts: Sequence[Account], most_usd: float, lasts_s: float) -> str:
        """Sets money aside on all accounts or on none. Returns the reservation's id.

        most_usd: what the call may cost at most. lasts_s: after so long it counts as spent. Raises OverLimit.
        """
        now_ns = self._clock.now_ns()
        self._expire(now_ns)
        nano, made = to_nano(most_usd), self._ids.token("hold", 12)
        # Always in the same order, so that two transactions never wait for each other.
        ordered = sorted(accounts, key=lambda one: one.name)
        with self._database.write() as session:
            for account in ordered:
                self._open(session, account.name, now_ns)
                self._set_aside(session, account, nano)
            names = [one.name for one in ordered]
            expires_ns = now_ns + int(lasts_s * NS_PER_S)
            session.add(JudgeReservationRow(id=made, accounts=names, nano=nano, expires_ns=expires_ns))
        return made

    def settle(self, reservation: str, cost_usd: float) -> None:
        """The call is over and has cost that much; what it did not need is free again.

        Settled after it has expired (the process was stopped for a while) it is booked already, at its estimate.
        """
        self._book(JudgeReservationRow.id == reservation, to_nano(cost_usd))

    def balances(self, prefix: str) -> list[Balance]:
        """Accounts whose name begins with a prefix, by name."""
        self._expire(self._clock.now_ns())
        statement = select(JudgeAccountRow).where(JudgeAccountRow.name.startswith(prefix, autoescape=True))
        with self._database.read() as session:
            rows = session.scalars(statement.order_by(JudgeAccountRow.name))
            return [Balance(row.name, row.spent_nano / NANO, row.reserved_nano / NANO, row.calls) for row in rows]

    def forget_runs(self) -> None:
        """Removes accounts of runs that ended long ago; those of judges and endpoints stay."""
        before_ns = self._clock.now_ns() - KEEP_RUNS_S * NS_PER_S
        old = JudgeAccountRow.name.startswith("run/") & (JudgeAccountRow.changed_ns < before_ns)
        with self._database.write() as session:
            session.execute(delete(JudgeAccountRow).where(old & (JudgeAccountRow.reserved_nano == 0)))

    def _open(self, session: Session, name: str, now_ns: int) -> None:
        insert = postgres_insert if self._database.is_postgres else sqlite_insert
        values = {"name": name, "spent_nano": 0, "reserved_nano": 0, "calls": 0, "changed_ns": now_ns}
        session.execute(insert(JudgeAccountRow).values(values).on_conflict_do_nothing())

    def _set_aside(self, session: Session, account: Account, nano: int) -> None:
        held = JudgeAccountRow.spent_nano + JudgeAccountRow.reserved_nano
        statement = update(JudgeAccountRow).where(JudgeAccountRow.name == account.name)
        if account.limit_usd is not None:
            # Rounded down: a limit is never exceeded by what was rounded away.
            statement = statement.where(held + nano <= int(Decimal(str(account.limit_usd)) * NANO))
        changed: Any = session.execute(statement.values(reserved_nano=JudgeAccountRow.reserved_nano + nano))
        if changed.rowcount:
            return
        row = session.get(JudgeAccountRow, account.name)
        spent, aside = (row.spent_nano, row.reserved_nano) if row else (0, 0)
        raise OverLimit(
            f"the spend limit of {account.name} is {account.limit_usd:g} USD: {spent / NANO:.6f} are spent,"
            f" {aside / NANO:.6f} set aside for calls under way, and this call may cost up to {nano / NANO:.6f};"
            " raise the limit, or wait for the next day when it is one of a day",
            account.name,
        )

    def _expire(self, now_ns: int) -> None:
        overdue = JudgeReservationRow.expires_ns < now_ns
        with self._database.read() as session:
            if session.scalar(select(JudgeReservationRow.id).where(overdue).limit(1)) is None:
                return
        self._book(overdue, None)

    def _book(self, which: ColumnElement[bool], nano: int | None) -> None:
        """Turns reservations into spending. nano: what was spent, None for what was set aside."""
        now_ns = self._clock.now_ns()
        kept: dict[str, list[int]] = {}
        with self._database.write() as session:
            gone = delete(JudgeReservationRow).where(which)
            for accounts, aside in session.execute(
                gone.returning(JudgeReservationRow.accounts, JudgeReservationRow.nano)
            ):
                for name in accounts:
                    sums = kept.setdefault(name, [0, 0, 0])
                    sums[0] += aside
                    sums[1] += aside if nano is None else nano
                    sums[2] += 1
            for name, (aside, spent, calls) in sorted(kept.items()):
                session.execute(
                    update(JudgeAccountRow)
                    .where(JudgeAccountRow.name == name)
                    .values(
                        reserved_nano=JudgeAccountRow.reserved_nano - aside,
                        spent_nano=JudgeAccountRow.spent_nano + spent,
                        calls=JudgeAccountRow.calls + calls,
                        changed_ns=now_ns,
                    )
                )


def to_nano(usd: float) -> int:
    """Whole billionths of a USD, rounded up: nothing spent is rounded away."""
    return int((Decimal(str(usd)) * NANO).to_integral_value(ROUND_CEILING))
