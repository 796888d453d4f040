"""Mappings re-applied to stored history, on the real engine: afterwards all is as if they had been there from the first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.errors import BadInput, StoreDown
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.intake.media import MediaStore
from nervure.jobs.loops import remap
from nervure.model.raw import Origin, RawEvent, RawSpan
from nervure.model.remap import RemapJob
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser
from nervure.normalise.mappings import parse_mapping
from nervure.price.pricer import Pricer
from nervure.store import insert_spans, migrate, open_engine
from nervure.store.engine import Engine
from nervure.store.rows import line, span_row
from nervure.store.sql import Sql
from nervure.store.tables.rollups import DIMENSIONS

NOON = 1_800_000_000 * NS_PER_S
HOUR = 3600 * NS_PER_S
ACME = """
[mapping]
name = "acme"
[mapping.when]
attributes = ["acme.*"]
[[rule]]
field = "kind"
keys = ["acme.type"]
values = { GEN = "llm", FIND = "retriever" }
[[rule]]
field = "request_model"
keys = ["acme.model"]
[[rule]]
field = "input_tokens"
keys = ["acme.in"]
[[rule]]
field = "output_tokens"
keys = ["acme.out"]
[[rule]]
field = "session"
keys = ["acme.session"]
[[rule]]
field = "service"
keys = ["acme.app"]
[[rule]]
field = "ttft_ns"
keys = ["acme.first"]
transform = "seconds"
[[rule]]
field = "input"
keys = ["acme.prompt"]
"""


@dataclass
class House:
    """What the loop uses of a house."""

    settings: Settings
    clock: FixedClock
    engine: Any
    catalog: Catalog
    pricer: Pricer
    intake: Any


class Settled:
    """An intake whose summaries are up to date."""

    def settle(self) -> bool:
        return True


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
    settings = Settings(data=tmp_path, fsync=False, max_media_bytes=100)
    yield House(settings, clock, engine, catalog, Pricer(), Settled())
    catalog.close()
    for table in ("spans", "minutes", "hours", "traces"):
        engine.command(Sql(f"TRUNCATE TABLE {table}"))


def raws(count: int) -> list[RawSpan]:
    """Traces of three: a root nobody understands, a call, a search; every fifth call is in a known dialect besides."""
    origin = Origin(resource={"service.name": "shop"}, resource_json='{"service.name":"shop"}')
    made = []
    for n in range(count):
        role = n % 3
        start_ns = NOON - HOUR + n * 9 * NS_PER_S
        attributes: dict[str, Any] = {"acme.session": f"s{n // 6}", "note": "n" * n}
        if role == 1:
            blob = "A" * 400
            attributes |= {
                "acme.type": "GEN", "acme.model": ("gpt-4o", "house-model")[n % 2], "acme.in": 100 + n, "acme.out": n,
                "acme.first": 0.25, "acme.app": "acme-app",
                "acme.prompt": '[{"role":"user","parts":[{"type":"text","content":"What is ' + "so " * 30 + f'{n}?"'
                '},{"type":"blob","modality":"image","mime_type":"image/png","content":"' + blob + '"}]}]',
            }  # fmt: skip
            if n % 5 == 0:
                attributes |= {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
        elif role == 2:
            attributes |= {"acme.type": "FIND"}
        parent = "" if role == 0 else f"{n - role:016x}"
        events = [RawEvent("seen", start_ns, {"x": 1})] if role == 2 else []
        made.append(
            RawSpan(origin, f"{n // 3:032x}", f"{n:016x}", parent, ("run", "step", "look")[role], 1, start_ns,
                    start_ns + (n + 1) * 10**8, n % 2, "", attributes, events)
        )  # fmt: skip
    return made


def read(house: House, raw: list[RawSpan], project: str, *mappings: str) -> list[Span]:
    """What ingest makes of raw spans."""
    normaliser = Normaliser(mappings=[parse_mapping(text, "test") for text in mappings])
    media = MediaStore(house.settings.data / "media", house.settings.max_media_bytes)
    spans = []
    for record in raw:
        span = normaliser.span(record, project, NOON)
        assert span is not None
        house.pricer.price(span)
        media.move_out([*span.input, *span.output], project)
        spans.append(span)
    return spans


def store(house: House, spans: list[Span]) -> None:
    path = house.settings.data / "rows.jsonl"
    path.write_bytes(b"".join(line(span_row(span, 7)) for span in spans))
    insert_spans(house.engine, path, f"{house.settings.data.name}-{spans[0].project}")


def ask(house: House, text: str, project: str) -> list[dict[str, Any]]:
    return house.engine.query(Sql(text, {"project": project})).dicts()  # type: ignore[no-any-return]


def everything(house: House, project: str) -> dict[str, list[dict[str, Any]]]:
    """Spans, traces and roll-ups of a project, but for what a later revision may differ in."""
    hidden = "project, revision, request"
    spans = ask(
        house,
        f"SELECT * EXCEPT ({hidden}) FROM spans FINAL WHERE project = {{project:String}} ORDER BY start, span_id",
        project,
    )
    words = "arraySort(services) AS services, arraySort(models) AS models, arraySort(flags) AS flags"
    traces = ask(
        house,
        f"SELECT * EXCEPT (project, services, models, flags), {words} FROM traces FINAL"
        " WHERE project = {project:String} ORDER BY trace_id",
        project,
    )
    answer = {"spans": spans, "traces": traces}
    for table in ("minutes", "hours"):
        rows = ask(house, f"SELECT * EXCEPT (project) FROM {table} FINAL WHERE project = {{project:String}}", project)
        rows = [row for row in rows if row["span_count"]]
        for row in rows:
            for name in ("duration_histogram", "ttft_histogram"):
                row[name] = {bucket: count for bucket, count in row[name].items() if count}
        answer[table] = sorted(rows, key=lambda row: [str(row[name]) for name in ("time", *DIMENSIONS)])
    return {
        table: [{name: rounded(value) for name, value in row.items()} for row in rows] for table, rows in answer.items()
    }


def rounded(value: Any) -> Any:
    return round(value, 7) if isinstance(value, float) else value


def put(house: House, text: str = ACME) -> tuple[tuple[str, int], ...]:
    house.catalog.mappings.put("acme", text)
    return tuple((one.name, one.version) for one in house.catalog.mappings.active())


def ask_for(house: House, **values: Any) -> RemapJob:
    mappings = tuple((one.name, one.version) for one in house.catalog.mappings.active())
    return house.catalog.remaps.create("shop", NOON - HOUR, NOON, mappings, **values)


def go_on(house: House, job: RemapJob, page_size: int = 1000) -> RemapJob:
    while (job := house.catalog.remaps.get(job.id)).is_open:
        remap.run(house, page_size)  # type: ignore[arg-type]
    assert not job.error
    return job


@pytest.mark.parametrize("page_size", [1000, 7])
def test_history_becomes_what_ingest_would_have_made_of_it(house: House, page_size: int) -> None:
    records = raws(60)
    store(house, read(house, records, "shop"))
    store(house, read(house, records, "truth", ACME))
    assert everything(house, "shop") != everything(house, "truth")
    put(house)
    job = go_on(house, ask_for(house), page_size)
    assert (job.state, job.scanned, job.changed, job.skipped, job.progress) == ("done", 60, 60, 0, 1.0)
    found, truth = everything(house, "shop"), everything(house, "truth")
    for table in ("spans", "traces", "minutes", "hours"):
        assert found[table] == truth[table], table
    assert job.fields["kind"] == 36
    assert job.usd_before == 0.0
    assert job.usd_after == pytest.approx(sum(row["cost_total"] or 0 for row in truth["spans"]))


def test_done_twice_is_done_once_and_taken_away_it_is_as_before(house: House) -> None:
    store(house, read(house, raws(30), "shop"))
    before = everything(house, "shop")
    put(house)
    go_on(house, ask_for(house))
    after = everything(house, "shop")
    assert go_on(house, ask_for(house)).changed == 0
    assert everything(house, "shop") == after
    house.catalog.mappings.activate("acme", None)
    go_on(house, ask_for(house))
    assert everything(house, "shop") == before


def test_a_dry_run_counts_and_shows_and_stores_nothing(house: House) -> None:
    store(house, read(house, raws(30), "shop"))
    before = everything(house, "shop")
    job = go_on(house, ask_for(house, dry_run=True, draft=ACME), 7)
    assert (job.changed, job.scanned, job.fields["kind"], job.fields["session"]) == (30, 30, 18, 30)
    samples = [sample for sample in job.samples if sample["field"] == "kind"]
    assert len(samples) == 3
    assert (samples[0]["before"], samples[0]["after"]) == ("other", "llm")
    assert everything(house, "shop") == before
    assert ask(house, "SELECT max(revision) AS r FROM spans WHERE project = {project:String}", "shop")[0]["r"] == 0
    with pytest.raises(BadInput):
        ask_for(house, draft=ACME)


def test_a_filter_chooses_and_a_job_keeps_to_the_mappings_it_was_asked_with(house: House) -> None:
    store(house, read(house, raws(30), "shop"))
    put(house)
    job = ask_for(house, where='attr["acme.type"] = "FIND"')
    put(house, ACME.replace('"retriever"', '"reranker"'))
    assert go_on(house, job, 7).changed == 10
    kinds = {row["kind"] for row in everything(house, "shop")["spans"]}
    assert kinds == {"other", "retriever", "llm"}  # the calls in a known dialect were understood before


def test_a_span_whose_texts_were_shed_is_left_as_it_is(house: House) -> None:
    spans = read(house, raws(12), "shop", ACME)
    store(house, spans)
    change = "ALTER TABLE spans UPDATE input = '', input_text = '', attributes_long = map() WHERE project = 'shop'"
    house.engine.command(Sql(f"{change} SETTINGS mutations_sync = 2"))
    job = go_on(house, ask_for(house))
    assert (job.scanned, job.skipped) == (12, 4)
    kept = [row for row in everything(house, "shop")["spans"] if row["model"]]
    assert len(kept) == 4


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

    def command(self, sql: Sql, limits: Any = None) -> None:
        self._left -= 1
        if self._left == 0:
            raise StoreDown("killed here")
        self._engine.command(sql, limits)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@pytest.mark.parametrize("is_made", [False, True], ids=["before the insert", "after the insert"])
@pytest.mark.parametrize("at", [1, 3, 4, 5, 10])
def test_killed_anywhere_the_job_goes_on_and_everything_is_right(house: House, at: int, is_made: bool) -> None:
    records = raws(18)
    store(house, read(house, records, "shop"))
    store(house, read(house, records, "truth", ACME))
    put(house)
    job = ask_for(house)
    with pytest.raises(StoreDown):
        remap.run(replace(house, engine=Failing(house.engine, at, is_made)), 9)  # type: ignore[arg-type]
    assert go_on(house, job, 9).state == "done"
    assert everything(house, "shop") == everything(house, "truth")


def test_a_cancelled_job_stops(house: House) -> None:
    put(house)
    job = ask_for(house)
    assert house.catalog.remaps.cancel(job.id).state == "cancelled"
    remap.run(house)  # type: ignore[arg-type]
    assert house.catalog.remaps.get(job.id).scanned == 0
