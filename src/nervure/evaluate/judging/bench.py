"""The bench: judges at work. Asks, remembers, pays, records, and makes an Evaluator of a judge.

bench = bench_of(catalog, pricer, clock, project="shop", run="rule-7")
evaluator = judge_evaluator(catalog.judges.named("tone", "shop"), bench)
result = evaluator.evaluate(example)
"""

import json
import threading
from collections.abc import Callable
from typing import Any

from nervure.base.clock import Clock, iso
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import digest
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.judge_memory import JudgeMemory
from nervure.catalog.repositories.judge_purse import JudgePurse
from nervure.evaluate.judging.client import Habits, Reply, get_client
from nervure.evaluate.judging.meter import Meter
from nervure.evaluate.judging.question import Question
from nervure.evaluate.judging.trace import Turn
from nervure.evaluate.judging.transport import GRACE_S, Answer, Line, Refused
from nervure.model.judge import Account, Endpoint, Judge, Seat
from nervure.model.span import Span
from nervure.price.pricer import Pricer

# Ways to put a request that an endpoint may refuse one after the other.
MOST_HABITS = 5

Recorder = Callable[[list[Span]], None]
FindEndpoint = Callable[[str, str], Endpoint | None]


class Bench:
    """Thread-safe. `close` it; calls under way then end with JudgeDown."""

    def __init__(
        self,
        purse: JudgePurse,
        memory: JudgeMemory | None,
        find_endpoint: FindEndpoint,
        pricer: Pricer,
        clock: Clock,
        project: str = "",
        run: str = "",
        usd_of_run: float | None = None,
        record: Recorder | None = None,
    ) -> None:
        """memory: answers kept for the next time, None to ask each time. find_endpoint: by name and project.

        run: names what calls belong together, for limits per run. usd_of_run: for all judges of it together.
        record: takes the spans of each judgement; None: they are not recorded.
        """
        self.purse, self.memory, self.find_endpoint = purse, memory, find_endpoint
        self.clock, self.project, self.run, self.usd_of_run, self.record = clock, project, run, usd_of_run, record
        self.meter = Meter(pricer, clock)
        self._lines: dict[tuple[str, ...], Line] = {}
        self._habits: dict[tuple[str, str, str], Habits] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def close(self) -> None:
        """Ends waiting and closes connections."""
        self._stopping.set()
        with self._lock:
            for line in self._lines.values():
                line.close()
            self._lines.clear()

    def endpoint(self, seat: Seat) -> Endpoint:
        """Raises NotFound."""
        found = self.find_endpoint(seat.endpoint, self.project)
        if found is None:
            raise NotFound(
                f"there is no endpoint {seat.endpoint!r} for judges: GET /api/v1/judges/endpoints lists them"
            )
        return found

    def accounts(self, judge: Judge, endpoint: Endpoint) -> list[Account]:
        """Whose limits a call of this judge falls under. Days are of UTC."""
        day = iso(self.clock.now_ns())[:10]
        accounts = [
            Account(f"judge/{judge.id}", judge.usd_in_all),
            Account(f"judge/{judge.id}/{day}", judge.usd_per_day),
        ]
        if endpoint.id:
            accounts.append(Account(f"endpoint/{endpoint.id}/{day}", endpoint.usd_per_day))
        if self.run:
            accounts.append(Account(f"run/{self.run}", self.usd_of_run))
            accounts.append(Account(f"run/{self.run}/judge/{judge.id}", judge.usd_per_run))
        return accounts

    def ask(self, judge: Judge, seat: Seat, question: Question, repeat: int = 0, fresh: bool = False) -> Turn:
        """One answer of one model. fresh: ask again though it has answered before.

        Raises OverLimit before anything is sent, BadInput for what the operator must change, JudgeDown for what may
        pass.
        """
        endpoint = self.endpoint(seat)
        key = _key(endpoint, seat, question, repeat)
        kept = self.memory.recall(key) if self.memory is not None and not fresh else None
        if kept is not None:
            now_ns, bought = self.clock.now_ns(), kept.pop("bought", {})
            return Turn(
                Reply(**kept), endpoint, seat, question, now_ns, now_ns, 0.0, True,
                bought_usd=bought.get("usd"), bought_ns=bought.get("ns"),
            )  # fmt: skip
        answer, reply, cost = self._call(judge, endpoint, seat, question)
        turn = Turn(reply, endpoint, seat, question, answer.started_ns, answer.ended_ns, cost, False, answer.tries)
        # What a check of the judge's steadiness hears stays out of what everybody else is told.
        if self.memory is not None and not fresh:
            self.memory.keep(key, _plain(reply) | {"bought": {"usd": cost, "ns": answer.ended_ns}})
        return turn

    def _call(
        self, judge: Judge, endpoint: Endpoint, seat: Seat, question: Question
    ) -> tuple[Answer, Reply, float | None]:
        client, line = get_client(endpoint.kind), self._line(endpoint)
        place = (endpoint.url, endpoint.kind, seat.model)
        habits = self._habits.get(place) or client.first(endpoint, seat)
        accounts = self.accounts(judge, endpoint)
        # One call at a time in this thread, so the last estimate is that of the reservation in hand.
        most: list[float] = [0.0]

        def set_aside(size: int) -> str | None:
            estimate = self.meter.most_usd(endpoint, seat, size)
            if estimate is None:
                _refuse_unpriced(accounts, endpoint, seat)
                return None
            most[0] = estimate
            return self.purse.reserve(accounts, estimate, endpoint.timeout_s + GRACE_S)

        def settle(hold: str, is_billed: bool) -> None:
            self.purse.settle(hold, most[0] if is_billed else 0.0)

        for _ in range(MOST_HABITS):
            try:
                answer = line.post(client.call(endpoint, seat, question, habits), set_aside, settle)
                break
            except Refused as error:
                other = client.adapt(habits, error.told) if error.status in (400, 422) else None
                if other is None or other == habits:
                    raise
                habits = other
        else:
            raise BadInput(
                f"the judge's endpoint {endpoint.name} refuses every form of the request: try the endpoint first"
            )
        self._habits[place] = habits
        try:
            reply = client.read(answer.body)
        except (ValueError, AttributeError, TypeError, LookupError) as error:
            if answer.hold is not None:
                self.purse.settle(answer.hold, most[0])
            raise Refused(f"{endpoint.name} answered something else: {error}", 200, str(error)) from error
        cost = self.meter.cost_usd(endpoint, seat, reply)
        if answer.hold is not None:
            # A server that does not say what it used is taken to have used all it was allowed.
            cost = most[0] if cost is None else cost
            self.purse.settle(answer.hold, cost)
        return answer, reply, cost

    def _line(self, endpoint: Endpoint) -> Line:
        place = (endpoint.url, str(endpoint.timeout_s), str(endpoint.concurrency), str(endpoint.retries))
        with self._lock:
            if place not in self._lines:
                self._lines[place] = Line(endpoint, self.clock, self._stopping)
            return self._lines[place]


def bench_of(
    catalog: Catalog,
    pricer: Pricer,
    clock: Clock,
    project: str,
    run: str = "",
    usd_of_run: float | None = None,
    record: Recorder | None = None,
) -> Bench:
    """A bench over a server's catalog; see Bench."""
    find = catalog.judge_endpoints.find
    return Bench(catalog.judge_purse, catalog.judge_memory, find, pricer, clock, project, run, usd_of_run, record)


def _refuse_unpriced(accounts: list[Account], endpoint: Endpoint, seat: Seat) -> None:
    limited = [one.name for one in accounts if one.limit_usd is not None]
    if limited:
        raise BadInput(
            f"no price is known for {seat.model!r} at {endpoint.name}, so the spend limit of {', '.join(limited)} cannot"
            " be kept: give the seat its prices (input_usd and output_usd per million tokens, 0 for a model of your own),"
            " or take the limits away"
        )


def _key(endpoint: Endpoint, seat: Seat, question: Question, repeat: int) -> str:
    """All that an answer depends on."""
    asked = {
        "url": endpoint.url, "kind": endpoint.kind, "model": seat.model, "temperature": seat.temperature,
        "most": seat.max_output_tokens, "structured": seat.structured, "params": seat.params,
        "messages": [dict(one) for one in question.messages], "schema": question.schema, "repeat": repeat,
    }  # fmt: skip
    return digest(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode())


def _plain(reply: Reply) -> dict[str, Any]:
    return {name: getattr(reply, name) for name in Reply.__slots__}
