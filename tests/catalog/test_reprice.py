"""Re-pricing of stored spans, on the real engine: spans, roll-ups and traces agree afterwards, whatever happened."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.errors import StoreDown
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.jobs.loops import reprice
from nervure.model.price import PriceOverride
from nervure.model.reprice import RepriceJob
from nervure.model.span import Span
from nervure.price.pricer import Pricer, open_pricer
from nervure.query.asker import Asker
from nervure.query.query import Query
from nervure.query.times import parse_span
from nervure.store import insert_spans, migrate, open_engine
from nervure.store.engine import Engine
from nervure.store.rows import SPAN_COLUMNS, line, span_of, span_row
from nervure.store.sql import Sql

NOON = 1_800_000_000 * NS_PER_S
HOUR = 3600 * NS_PER_S


@dataclass
class House:
    """What the loop uses of a house."""

    settings: Settings
    clock: FixedClock
    engine: Any
    catalog: Catalog
    pricer: Pricer


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(Settings(data=tmp_path_factory.mktemp("store"), fsync=False))
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def house(tmp_path: Path, engine: Engine) -> Iterator[House]:
    clock = FixedClock(NOON)
    catalog = open_catalog(tmp_path, clock, RandomIds())
    yield House(Settings(data=tmp_path), clock, engine, catalog, open_pricer(None, catalog.prices))
    catalog.close()
    for table in ("spans", "minutes", "hours", "traces"):
        engine.command(Sql(f"TRUNCATE TABLE {table}"))


def run(house: House, page_size: int = 5000) -> None:
    """A round of the loop."""
    reprice.run(house, page_size)  # type: ignore[arg-type]


def store(house: House, spans: list[Span]) -> None:
    path = house.settings.data / "rows.jsonl"
    path.write_bytes(b"".join(line(span_row(span, 7)) for span in spans))
    insert_spans(house.engine, path, house.settings.data.name)


def make_spans(house: House, count: int, **values: Any) -> list[Span]:
    """Calls of two models of which the book knows one, with texts, three to a trace, priced as on arrival."""
    spans = []
    for n in range(count):
        span = Span(
            f"{n // 3:032x}", f"{n:016x}", "chat", NOON - HOUR + n * 7 * NS_PER_S, duration_ns=NS_PER_S, kind="llm",
            provider="openai", request_model=("gpt-4o", "house-model")[n % 2], input_tokens=1000, output_tokens=n,
            service="shop", received_ns=NOON - HOUR + n * 7 * NS_PER_S, input_text=f"question {n}", attributes={"n": n},
            input=[{"role": "user", "parts": [{"type": "text", "content": f"question {n}"}]}], project="shop",
        )  # fmt: skip
        span = replace(span, **values)
        house.pricer.price(span)
        spans.append(span)
    return spans


def ask(house: House, text: str) -> list[tuple[Any, ...]]:
    return house.engine.query(Sql(text)).rows


def sums(house: House) -> dict[str, tuple[Any, ...]]:
    """(calls, priced, unpriced, USD, USD squared) by the spans themselves and by each table fed from them."""
    columns = "sum(call_count), sum(priced_count), sum(unpriced_count), round(sum(cost_total), 9)"
    truth = ask(
        house,
        "SELECT count(), countIf(isNotNull(cost_total)), countIf(cost_source = 'unpriced'), round(sum(cost_total), 9),"
        " round(sum(pow(ifNull(cost_total, 0), 2)), 9) FROM spans FINAL WHERE kind = 'llm'",
    )[0]
    answer = {"spans": truth}
    for table in ("minutes", "hours"):
        answer[table] = ask(house, f"SELECT {columns}, round(sum(cost_squared), 9) FROM {table}")[0]
    answer["traces"] = (*ask(house, f"SELECT {columns} FROM traces")[0], truth[4])
    return answer


def deal(house: House) -> PriceOverride:
    return house.catalog.prices.create(
        PriceOverride("deal", "house-model", input=Decimal(1000), output=Decimal(0), project="shop")
    )


def finish(house: House, page_size: int = 5000) -> RepriceJob:
    """Prices the last hour again; the job when it is done."""
    return go_on(house, house.catalog.reprices.create("shop", NOON - HOUR, NOON), page_size)


def go_on(house: House, job: RepriceJob, page_size: int = 5000) -> RepriceJob:
    while (job := house.catalog.reprices.get(job.id)).is_open:
        run(house, page_size)
    return job


def test_a_new_price_reaches_stored_spans_and_every_sum_of_them(house: House) -> None:
    spans = make_spans(house, 20)
    store(house, [*spans, *make_spans(house, 3, project="bank")])
    before = sums(house)
    assert len(set(before.values())) == 1
    traces = ask(
        house, "SELECT trace_id, min(start), max(end), sum(span_count) FROM traces GROUP BY trace_id ORDER BY 1"
    )
    deal(house)
    job = finish(house, 7)
    after = sums(house)
    assert len(set(after.values())) == 1
    assert (job.state, job.scanned, job.repriced, job.page) == ("done", 20, 10, 3)
    assert (job.usd_before, job.usd_after, job.progress) == (0.0, pytest.approx(10.0), 1.0)
    assert after["spans"][2] == before["spans"][2] - 10 == 1  # the other project's call is still unpriced
    assert after["spans"][3] == pytest.approx(before["spans"][3] + 10.0)
    assert traces == ask(
        house, "SELECT trace_id, min(start), max(end), sum(span_count) FROM traces GROUP BY trace_id ORDER BY 1"
    )


def test_a_span_is_the_same_but_for_its_cost_and_revision(house: House) -> None:
    (span,) = make_spans(house, 1, request_model="house-model")
    store(house, [span])
    deal(house)
    finish(house)
    (row,) = house.engine.query(Sql(f"SELECT {SPAN_COLUMNS} FROM spans FINAL")).dicts()
    assert span_of(row) == replace(
        span, cost_input=1.0, cost_output=0.0, cost_total=1.0, cost_source="override:deal", revision=1
    )


def test_taking_the_price_away_again_brings_the_old_sums_back(house: House) -> None:
    store(house, make_spans(house, 6))
    before = sums(house)
    price = deal(house)
    finish(house)
    house.catalog.prices.delete(price.id)
    second = finish(house)
    assert (second.repriced, second.usd_before, second.usd_after) == (3, pytest.approx(3.0), 0.0)
    assert sums(house) == before


def test_only_what_passes_the_filter_now_is_priced_again(house: House) -> None:
    store(house, make_spans(house, 8))
    deal(house)
    for where, changed in (('service = "bank"', 0), (f'cost_source = "unpriced" and trace_id = "{0:032x}"', 1)):
        job = house.catalog.reprices.create("shop", NOON - 72 * HOUR, NOON + HOUR, where)
        assert go_on(house, job, 2).repriced == changed
    # The first revision of that span still says "unpriced"; the latest does not, so nothing is done twice.
    deal_now = house.catalog.prices.list()[0]
    house.catalog.prices.update(deal_now.id, replace(deal_now, input=Decimal(5000)))
    job = house.catalog.reprices.create("shop", NOON - HOUR, NOON, 'cost_source = "unpriced"')
    assert go_on(house, job, 2).repriced == 3
    assert len(set(sums(house).values())) == 1


@pytest.mark.parametrize(
    "by", [(), ("model",), ("cost_source",)], ids=["rolled up", "by model", "by what only spans know"]
)
@pytest.mark.parametrize("since", ["-1h", "-3570s", "-26h"], ids=["whole minutes", "ragged ends", "a day"])
def test_questions_are_answered_with_the_new_prices(house: House, by: tuple[str, ...], since: str) -> None:
    spans = make_spans(house, 20)
    store(house, spans)
    deal(house)
    finish(house)
    asker = Asker(house.engine, house.settings, house.clock)
    first_ns = NOON - parse_span(since[1:])
    counted = [span for span in spans if span.start_ns >= first_ns]
    answer = asker.ask(Query(("count", "cost.sum"), by=by, since=since), "shop")
    found = {
        name: sum(point["value"] for one in answer["series"] if one["measure"] == name for point in one["points"])
        for name in ("count", "cost.sum")
    }
    expected = sum(1.0 if span.request_model == "house-model" else span.cost_total or 0.0 for span in counted)
    assert found == {"count": len(counted), "cost.sum": pytest.approx(expected)}


def test_a_second_run_changes_nothing(house: House) -> None:
    store(house, make_spans(house, 6))
    deal(house)
    finish(house)
    after = sums(house)
    assert finish(house).repriced == 0
    assert sums(house) == after


class Failing:
    """An engine that dies at the n-th insert, before or after it has been made."""

    def __init__(self, engine: Any, at: int, is_made: bool) -> None:
        self._engine, self._left, self._is_made = engine, at, is_made

    def insert(self, table: str, rows: Path, token: str) -> None:
        self._left -= 1
        if self._left != 0 or self._is_made:
            self._engine.insert(table, rows, token)
        if self._left == 0:
            raise StoreDown("killed here")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@pytest.mark.parametrize("is_made", [False, True], ids=["before the insert", "after the insert"])
def test_killed_at_any_insert_the_job_goes_on_and_every_sum_is_right(house: House, is_made: bool) -> None:
    store(house, make_spans(house, 8))
    known = sums(house)["spans"][3]
    price = deal(house)
    for at in range(1, 7):  # minutes, traces, spans of two pages
        price = house.catalog.prices.update(price.id, replace(price, input=Decimal(1000 * at)))
        job = house.catalog.reprices.create("shop", NOON - HOUR, NOON)
        hands = replace(house, engine=Failing(house.engine, at, is_made))
        with pytest.raises(StoreDown):
            run(hands, 4)
        done = go_on(house, job, 4)
        assert (done.state, done.page) == ("done", 2)
        found = sums(house)
        assert len(set(found.values())) == 1, found
        assert found["spans"][3] == pytest.approx(4 * at + known)


def test_a_cancelled_job_stops_and_one_in_other_hands_is_left_alone(house: House) -> None:
    reprices = house.catalog.reprices
    job = reprices.create("shop", NOON - HOUR, NOON, actor="ada")
    assert reprices.claim("another process") is not None
    run(house)
    assert reprices.get(job.id).at is None
    assert reprices.get(job.id).state == "running"
    house.clock.advance_s(61)
    run(house)
    assert reprices.get(job.id).state == "done"
    other = reprices.create("shop", NOON - HOUR, NOON)
    assert reprices.cancel(other.id).state == "cancelled"
    run(house)
    assert reprices.get(other.id).scanned == 0
