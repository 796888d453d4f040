"""Reads stored spans again with the mappings in force, page by page: what ingest would have made of them with these.

A page is a stretch of time, settled in this order: its end is noted; the corrections of the sums go in (what the spans
counted is taken back, what they count now is added), then the spans' new revisions, each under a token made of the job
and the page; then the words of traces are folded again; then the page is noted as done. Killed anywhere, the page is
read again: before the spans were in, it gives the same corrections, which the store recognises by their tokens;
afterwards it gives none. The ledger is left alone: nobody sent anything.
"""

import os
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from nervure.base.errors import Busy, NervureError, StoreDown
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.intake.media import MediaStore
from nervure.jobs.insert import insert_lines
from nervure.jobs.loop import Hands, Loop
from nervure.model.remap import RemapJob
from nervure.model.span import Span
from nervure.normalise.convention import Convention
from nervure.normalise.engine import Normaliser
from nervure.normalise.explain import preview
from nervure.normalise.mappings import load_mappings, parse_mapping
from nervure.normalise.repeats import mark_repeats
from nervure.price.pricer import Cost, Pricer, prices_alike, set_cost
from nervure.query.conditions import condition
from nervure.query.filter import parse
from nervure.store.corrections import REVISING, Change, correct, fold_again, muddled
from nervure.store.engine import Limits
from nervure.store.rows import SPAN_COLUMNS, line, span_of, span_row
from nervure.store.sql import Sql

# Whole rows carry the texts; so many at a time are read back and written.
PAGE = 1000
# Other loops share the thread.
ROUND_S = 2.0
SAMPLES_A_FIELD, MOST_SAMPLES = 3, 60
LIMITS = Limits(timeout_s=60.0, memory_bytes=1 << 30, tag="nervure-remap")

# Rows of which the texts were shed: reading them again would lose what was made of these.
_SHED = (
    "(length(toString(attribute_types)) > length(mapKeys(attributes)) + length(mapKeys(attributes_long))"
    " OR (has_content AND input = '' AND output = '' AND input_text = '' AND output_text = ''))"
)
_BOUNDS = (
    "project = {project:String} AND start >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')\n"
    "AND start < fromUnixTimestamp64Nano({to:Int64}, 'UTC')"
)
_FIELDS = tuple(field.name for field in fields(Span) if field.name not in ("revision", "received_ns"))

# The reader of the job in hand: a round does not make it anew.
_readers: dict[str, Normaliser] = {}


def reader_of(settings: Settings, catalog: Catalog, job: RemapJob) -> Normaliser:
    """A normaliser with the mappings a job is pinned to: the folder's files, the catalog's versions, the draft.

    Raises MappingError and NotFound for a mapping that is no more.
    """
    found: dict[str, Convention] = {}
    files = load_mappings(settings.mappings) if settings.mappings else []
    for convention in files:
        found[convention.name] = convention
    for name, version in job.mappings:
        text = next(one.text for one in catalog.mappings.versions(name) if one.version == version)
        convention = parse_mapping(text, name)
        found[convention.name] = convention
    if job.draft:
        convention = parse_mapping(job.draft, "draft")
        found[convention.name] = convention
    return Normaliser(mappings=found.values())


def again(span: Span, reader: Normaliser, pricer: Pricer, media: MediaStore) -> Span:
    """A stored span as ingest would make it now, but for its revision.

    The cost stays where nothing it depends on has changed: whoever wants today's prices asks for a re-pricing.
    """
    made = reader.again(span)
    named = span.tool_arguments
    # A name another span of the request gave (normalise.joined): that span may lie in another page.
    if isinstance(named, dict) and [str(value) for value in named.values()] == [made.tool_arguments]:
        made.tool_arguments = named
    media.move_out([*made.input, *made.output], made.project)
    _settle_price(span, made, pricer)
    return made


def run(hands: Hands, page_size: int = PAGE) -> None:
    """One round: some pages of the oldest job. page_size: about how many spans are read at once."""
    holder = f"{hands.settings.data.resolve()}#{os.getpid()}"
    remaps = hands.catalog.remaps
    job = remaps.claim(holder)
    if job is None:
        _readers.clear()
        return
    ends_s = hands.clock.monotonic_s() + ROUND_S
    while job.is_open:
        try:
            if job.id not in _readers:
                _readers.clear()
                _readers[job.id] = reader_of(hands.settings, hands.catalog, job)
            job = remaps.save(_page(hands, job, holder, page_size), holder)
        except Busy:
            raise  # the store or the catalog is away: the next round goes on where this one stopped
        except NervureError as error:
            remaps.save(replace(job, state="failed", error=str(error)), holder)
            journal("remap").error("re-applying mappings failed", job=job.id, error=str(error))
            return
        if hands.clock.monotonic_s() >= ends_s and job.is_open:
            return
    journal("remap").info("mappings re-applied", job=job.id, state=job.state, scanned=job.scanned, changed=job.changed)


def _page(hands: Hands, job: RemapJob, holder: str, page_size: int) -> RemapJob:
    """Settles one page; the job as it is afterwards, not saved yet."""
    is_resumed = job.until_ns is not None
    until_ns = job.until_ns if job.until_ns is not None else _end_of_page(hands, job, page_size)
    if not is_resumed and not job.dry_run:
        job = hands.catalog.remaps.save(replace(job, until_ns=until_ns, page=job.page + 1), holder)
    with REVISING:
        spans, skipped = _read(hands, job, until_ns)
        changes = _changes(hands, job, spans)
        if not job.dry_run:
            _store(hands, job, changes, spans if is_resumed else [])
    job = _tally(job, changes)
    return replace(
        job,
        state="done" if until_ns >= job.to_ns else job.state,
        at_ns=until_ns,
        until_ns=None,
        scanned=job.scanned + len(spans) + skipped,
        skipped=job.skipped + skipped,
    )


def _end_of_page(hands: Hands, job: RemapJob, page_size: int) -> int:
    """The moment before which about a page of spans lies, filter or not: no statement then runs long."""
    sql = Sql(
        f"SELECT toUnixTimestamp64Nano(start) FROM spans WHERE {_BOUNDS} ORDER BY start LIMIT 1 OFFSET {page_size}",
        {"project": job.project, "from": job.at_ns, "to": job.to_ns},
    )
    found = hands.engine.query(sql, LIMITS).rows
    # Spans of one moment are settled together, so a page has at least one nanosecond.
    return max(int(found[0][0]), job.at_ns + 1) if found else job.to_ns


def _read(hands: Hands, job: RemapJob, until_ns: int) -> tuple[list[Span], int]:
    """The latest revisions in the page that pass the filter, and how many more were shed."""
    values = {"project": job.project, "from": job.at_ns, "to": until_ns}
    latest = f"SELECT * FROM spans WHERE {_BOUNDS} ORDER BY revision DESC LIMIT 1 BY start, trace_id, span_id"
    wanted = condition(parse(job.where), job.project, job.created_ns) or Sql("1")
    sql = Sql(f"SELECT {SPAN_COLUMNS}, {_SHED} AS is_shed FROM ({latest}) WHERE ", values) + wanted
    sql += Sql(" ORDER BY start_ns, trace_id, span_id")
    rows = hands.engine.query(sql, LIMITS).dicts()
    kept = [span_of({**row, "project": job.project}) for row in rows if not row["is_shed"]]
    return kept, len(rows) - len(kept)


def _changes(hands: Hands, job: RemapJob, spans: list[Span]) -> list[Change]:
    settings, reader = hands.settings, _readers[job.id]
    media = MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync)
    made = [again(span, reader, hands.pricer, media) for span in spans]
    for repeat in mark_repeats(made):
        hands.pricer.price(repeat)
    return [(before, after) for before, after in zip(spans, made, strict=True) if _text(before) != _text(after)]


def _text(span: Span) -> bytes:
    """What a span's row says, but for the order of its members and its original attributes."""
    row = span_row(span, 0)
    for name in ("revision", "attributes", "attributes_long", "attribute_types"):
        row.pop(name, None)
    return line(dict(sorted(row.items())))


def _settle_price(before: Span, after: Span, pricer: Pricer) -> None:
    if prices_alike(before, after):
        set_cost(after, Cost.of(before))
    else:
        pricer.price(after)


def _store(hands: Hands, job: RemapJob, changes: list[Change], resumed: Iterable[Span]) -> None:
    token, engine = f"{job.id}-{job.page}", hands.engine
    correction = correct(engine, job.project, changes)
    insert_lines(hands, "minutes", correction.minutes, f"{token}-minutes")
    insert_lines(hands, "traces", correction.traces, f"{token}-traces")
    insert_lines(hands, "arrivals", correction.arrivals, f"{token}-arrivals")
    lines = []
    for before, after in changes:
        after.revision = before.revision + 1
        lines.append(line(span_row(after, 0)))
    insert_lines(hands, "spans", b"".join(lines), f"{token}-spans")
    # What came a moment ago must have been folded: afterwards it would bring the old words back.
    if not hands.intake.settle():
        raise StoreDown("the summaries lag behind: the words of traces cannot be folded now", 5.0)
    # The words of a page that was cut short may or may not have been folded: do it for all of it, it does no harm.
    fold_again(engine, job.project, muddled(changes) | {span.trace_id for span in resumed})


def _tally(job: RemapJob, changes: list[Change]) -> RemapJob:
    counts, samples = dict(job.fields), list(job.samples)
    sampled: dict[str, int] = {}
    for sample in samples:
        sampled[sample["field"]] = sampled.get(sample["field"], 0) + 1
    for before, after in changes:
        for name in _FIELDS:
            old, new = getattr(before, name), getattr(after, name)
            if old == new:
                continue
            counts[name] = counts.get(name, 0) + 1
            if sampled.get(name, 0) < SAMPLES_A_FIELD and len(samples) < MOST_SAMPLES:
                sampled[name] = sampled.get(name, 0) + 1
                samples.append(_sample(before, name, old, new))
    return replace(
        job,
        changed=job.changed + len(changes),
        fields=counts,
        samples=tuple(samples),
        usd_before=job.usd_before + sum(Cost.of(before).total or 0.0 for before, _ in changes),
        usd_after=job.usd_after + sum(Cost.of(after).total or 0.0 for _, after in changes),
    )


def _sample(span: Span, name: str, before: Any, after: Any) -> dict[str, Any]:
    told = {"trace_id": span.trace_id, "span_id": span.span_id, "field": name}
    return {**told, "before": _shown(before), "after": _shown(after)}


def _shown(value: Any) -> str:
    """A value as text; "" for one that says nothing."""
    return "" if value in (None, "", [], {}) else preview(value)


LOOP = Loop(name="remap", every_s=1.0, run=run, first_s=3.0)
