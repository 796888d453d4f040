"""Adds late content to spans that are in the store already: reads them back, completes them, stores a later revision.

Off the acknowledgement path, in one thread, in bounded batches. What late content says of tokens and model is priced,
and the sums are corrected by rows stored with the span or not at all (`store.corrections`), so that it counts once.
"""

import threading
from collections.abc import Iterable

from nervure.base.clock import NS_PER_S
from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.intake.intake import Intake
from nervure.intake.joiner import Joiner, SpanKey
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser
from nervure.normalise.restore import raw_log_of
from nervure.price.pricer import Pricer, prices_alike
from nervure.store.corrections import REVISING, Change, correct
from nervure.store.engine import Engine, Limits
from nervure.store.rows import LOG_COLUMNS, SPAN_COLUMNS, log_of, span_of
from nervure.store.sql import Sql

PAUSE_S = 0.25
MOST_AT_ONCE = 500
# A log record lies within its span; spans longer than this are completed only while they are still to come.
SPAN_MOST_S = 86_400
REBUILD_S, REBUILD_MOST = 900, 20_000
LIMITS = Limits(timeout_s=10.0, memory_bytes=512 << 20, max_result_rows=10 * MOST_AT_ONCE, tag="nervure-completer")


class Completer:
    """A thread that looks for the spans the joiner wants."""

    def __init__(self, joiner: Joiner, engine: Engine, intake: Intake, normaliser: Normaliser, pricer: Pricer) -> None:
        self._joiner, self._engine, self._intake = joiner, engine, intake
        self._normaliser, self._pricer = normaliser, pricer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nervure-completer", daemon=True)
        self._journal = journal("completer")

    def start(self) -> None:
        """Take up what log records of the last minutes said, then look for spans as content comes."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End after the batch in hand."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def sweep(self) -> int:
        """One batch: returns how many spans were completed. Raises Busy, StoreError, QueryStopped."""
        self.recall()
        due = self._joiner.due(MOST_AT_ONCE)
        if not due:
            return 0
        with REVISING:
            changes = [
                (span, done) for span in self._read(due) if (done := self._joiner.complete_stored(span)) is not None
            ]
            if not changes:
                return 0
            try:
                self._store(changes)
            except NervureError:
                for _, done in changes:
                    self._joiner.undo(done)
                raise
        return len(changes)

    def _store(self, changes: list[Change]) -> None:
        by_project: dict[str, list[Change]] = {}
        for before, after in changes:
            if not prices_alike(before, after):
                self._pricer.price(after)
            by_project.setdefault(after.project, []).append((before, after))
        corrections = [correct(self._engine, project, own) for project, own in by_project.items()]
        self._intake.restate([after for _, after in changes], corrections).result()

    def rebuild(self) -> int:
        """Content from the log records of the last minutes, as after a restart. Returns how many records gave some."""
        text = (
            f"SELECT {LOG_COLUMNS} FROM logs WHERE span_id != ''\n"
            "AND received >= (SELECT max(received) FROM logs) - toIntervalSecond({seconds:UInt32})\n"
            "ORDER BY logs.received LIMIT {most:UInt32}"
        )
        return self._offer(Sql(text, {"seconds": REBUILD_S, "most": REBUILD_MOST}))

    def recall(self) -> int:
        """Content of long spans, whose log records may have come long before. Returns how many records gave some."""
        recalled = self._joiner.recalled()
        by_project: dict[str, list[SpanKey]] = {}
        for key in recalled:
            by_project.setdefault(key[0], []).append(key)
        text = (
            f"SELECT {LOG_COLUMNS} FROM logs WHERE project = {{project:String}}\n"
            "AND time BETWEEN fromUnixTimestamp64Nano({from:Int64}, 'UTC') AND fromUnixTimestamp64Nano({to:Int64}, 'UTC')\n"
            "AND trace_id IN {traces:Array(String)} AND span_id IN {spans:Array(String)} LIMIT {most:UInt32}"
        )
        count = 0
        for project, keys in by_project.items():
            values = {
                "project": project,
                "from": min(recalled[key][0] for key in keys),
                "to": max(recalled[key][1] for key in keys),
                "traces": sorted({key[1] for key in keys}),
                "spans": sorted({key[2] for key in keys}),
                "most": REBUILD_MOST,
            }
            try:
                count += self._offer(Sql(text, values))
            except NervureError:
                self._joiner.recall_again(recalled)
                raise
        return count

    def _offer(self, sql: Sql) -> int:
        rows = self._engine.query(sql, LIMITS_REBUILD).dicts()
        count = 0
        for log in map(log_of, rows):
            if fields := self._normaliser.content(raw_log_of(log)):
                self._joiner.offer(log.project, log.trace_id, log.span_id, log.time_ns, fields)
                count += 1
        return count

    def _run(self) -> None:
        try:
            self.rebuild()
        except Exception as error:  # noqa: BLE001 - late content is a courtesy: without it spans still arrive
            self._journal.warning("content of the last minutes could not be read back", error=str(error))
        while not self._stopping.wait(PAUSE_S):
            try:
                while self.sweep() and not self._stopping.is_set():
                    pass
            except NervureError as error:
                self._journal.warning("late content waits", error=str(error))
                self._stopping.wait(2.0)
            except Exception as error:  # noqa: BLE001 - one odd span must not end the thread
                self._journal.error("late content could not be added", exc_info=error)

    def _read(self, due: dict[SpanKey, int]) -> Iterable[Span]:
        by_project: dict[str, list[SpanKey]] = {}
        for key in due:
            by_project.setdefault(key[0], []).append(key)
        for project, keys in by_project.items():
            times = [due[key] for key in keys]
            values = {
                "project": project,
                "traces": sorted({key[1] for key in keys}),
                "spans": sorted({key[2] for key in keys}),
                "since": max(min(times) // NS_PER_S - SPAN_MOST_S, 0),
                "until": max(max(times) // NS_PER_S + 3600, 3600),
            }
            text = (
                f"SELECT {SPAN_COLUMNS} FROM spans\n"
                "WHERE project = {project:String} AND trace_id IN {traces:Array(String)}\n"
                "AND span_id IN {spans:Array(String)}\n"
                "AND start BETWEEN toDateTime({since:Int64}, 'UTC') AND toDateTime({until:Int64}, 'UTC')\n"
                "ORDER BY revision DESC LIMIT 1 BY trace_id, span_id"
            )
            wanted = set(keys)
            for span in map(span_of, self._engine.query(Sql(text, values), LIMITS).dicts()):
                if (span.project, span.trace_id, span.span_id) in wanted:
                    yield span


LIMITS_REBUILD = Limits(timeout_s=10.0, memory_bytes=512 << 20, max_result_rows=REBUILD_MOST, tag="nervure-completer")
