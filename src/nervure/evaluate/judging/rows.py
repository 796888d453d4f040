"""Rows through judges: threads, because a judge waits for its model."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator
from nervure.evaluate.judging.bench import Bench
from nervure.evaluate.judging.client import get_client
from nervure.evaluate.judging.question import ask
from nervure.evaluate.judging.rubric import rubric_of
from nervure.evaluate.rows import evaluate_row, read_row, records
from nervure.model.judge import Judge

# Words of a verdict with its reasons, for estimates.
LIKELY_OUTPUT_TOKENS = 150


def judge_rows(
    chosen: Sequence[Evaluator],
    rows: Any,
    settings: Mapping[str, Mapping[str, Any]],
    fields: Mapping[str, str],
    concurrency: int,
) -> Iterator[dict[str, Any]]:
    """As evaluate_rows, by evaluators that wait: so many rows at a time, answers in the order of the rows."""
    source = records(rows)
    with ThreadPoolExecutor(concurrency, thread_name_prefix="judge") as pool:
        waiting: deque[Future[dict[str, Any]]] = deque()
        try:
            for row in source:
                waiting.append(pool.submit(evaluate_row, chosen, row, settings, fields))
                if len(waiting) >= 2 * concurrency:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Whoever stops listening pays for no more rows.
            for future in waiting:
                future.cancel()


@dataclass(slots=True)
class Estimate:
    """What judging rows would take. likely_usd, most_usd: None when a price is not known. skipped: rows it cannot judge."""

    rows: int = 0
    skipped: int = 0
    calls: int = 0
    input_bytes: int = 0
    likely_usd: float | None = 0.0
    most_usd: float | None = 0.0


def estimate(
    judges: Sequence[Judge], bench: Bench, rows: Any, fields: Mapping[str, str], most_rows: int = 0
) -> Estimate:
    """What it would cost to judge these rows, every vote bought and nothing remembered. most_rows: 0 for all."""
    told = Estimate()
    rubrics = [(judge, rubric_of(judge)) for judge in judges]
    for row in islice(records(rows), most_rows or None):
        told.rows += 1
        try:
            example = read_row(row, fields)
        except BadInput:
            told.skipped += 1
            continue
        for judge, rubric in rubrics:
            if any(getattr(example, need) is None for need in rubric.needs):
                told.skipped += 1
                continue
            question = ask(rubric, example)
            size = sum(len(one["content"].encode()) for one in question.messages)
            votes = judge.repeats * (2 if rubric.is_pair and judge.both_orders else 1)
            for seat in judge.panel:
                endpoint = bench.endpoint(seat)
                get_client(endpoint.kind)
                likely = bench.meter.likely_usd(endpoint, seat, size, min(LIKELY_OUTPUT_TOKENS, seat.max_output_tokens))
                most = bench.meter.most_usd(endpoint, seat, size)
                told.calls += votes
                told.input_bytes += votes * size
                told.likely_usd = (
                    None if likely is None or told.likely_usd is None else told.likely_usd + votes * likely
                )
                told.most_usd = None if most is None or told.most_usd is None else told.most_usd + votes * most
    return told
