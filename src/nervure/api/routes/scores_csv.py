"""/api/v1/scores.csv: scores in and out as a table."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response, StreamingResponse

from nervure.api.asking import first_then_rest, json_answer
from nervure.api.auth import Access, require
from nervure.api.errors import problem
from nervure.api.routes.scores import ScoreBody
from nervure.base.errors import BadInput, TooLarge
from nervure.base.ids import digest
from nervure.model.batch import Batch
from nervure.model.score import Score
from nervure.query.lists import MAX_LIMIT, Page

router = APIRouter(prefix="/api/v1", tags=["scores"])
COLUMNS = (
    "id", "name", "target_type", "target_id", "trace_id", "value", "label", "data_type", "explanation", "source",
    "evaluator", "evaluator_version", "author", "time", "cost_usd", "revision", "metadata",
)  # fmt: skip
# What the export says beyond what the import needs.
KNOWN = frozenset(COLUMNS) | {"span_id", "comment", "project", "received"}
MOST_ROWS, MOST_BYTES = 100_000, 64 << 20
MOST_ERRORS = 100
TYPE = "text/csv; charset=utf-8"


class ScoresRowError(BaseModel):
    """What is wrong with one row. row: as a spreadsheet counts, the header is row 1."""

    row: int
    column: str = Field(description="Empty when it concerns the whole row.")
    problem: str


class ScoresImported(BaseModel):
    """What an import did, or with `dry_run` would do, and what keeps it from doing so."""

    rows: int
    stored: int
    dry_run: bool
    names: dict[str, int] = Field(description="Scores by name.")
    errors: list[ScoresRowError] = Field(description="At most the first 100.")
    error_count: int


@router.get(
    "/scores.csv", response_model=None, responses={200: {"content": {"text/csv": {}}, "description": "The table."}}
)
async def export_scores(
    access: Annotated[Access, Depends(require("read"))],
    name: Annotated[str, Query()] = "",
    source: Annotated[str, Query(description="human, judge, code or user.")] = "",
    evaluator: Annotated[str, Query()] = "",
    author: Annotated[str, Query()] = "",
    from_: Annotated[str, Query(alias="from", description="Beginning: ISO 8601 or relative such as `-7d`.")] = "",
    to: Annotated[str, Query(description="End, not included.")] = "",
) -> Response:
    """All matching scores in their latest revision, oldest first, as CSV; `POST` takes the same table back."""
    only = {"name": name, "source": source, "evaluator": evaluator, "author": author}
    pieces = await asyncio.to_thread(lambda: first_then_rest(_pieces(access, only, from_, to)))
    headers = {"content-disposition": 'attachment; filename="scores.csv"'}
    return StreamingResponse(pieces, media_type=TYPE, headers=headers)


@router.post(
    "/scores.csv",
    response_model=None,
    responses={200: {"model": ScoresImported}},
    openapi_extra={"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def import_scores(
    request: Request,
    access: Annotated[Access, Depends(require("send"))],
    dry_run: Annotated[bool, Query(description="Only say what would be stored, and what is wrong.")] = False,
) -> Response:
    """Stores every row as a score, or none: one wrong row refuses the file, and the answer names it.

    Columns: `name`; what is judged by `trace_id` and for a span `span_id`, or `target_type` and `target_id`; `value` (a
    number, true or false, or a category) or `label`; and as wanted `data_type`, `explanation` (or `comment`), `source`
    (human unless said), `author`, `evaluator`, `evaluator_version`, `time`, `cost_usd`, `metadata` (JSON), `id`,
    `revision`. Rows without an id get one made of what they say: the same file twice is stored once.
    """
    raw = await _bytes(request)
    house = access.house
    now_ns = house.clock.now_ns()
    scores, errors, rows = await asyncio.to_thread(read_table, raw, access.project, access.actor, now_ns)
    names: dict[str, int] = {}
    for score in scores:
        names[score.name] = names.get(score.name, 0) + 1
    is_stored = not errors and not dry_run and bool(scores)
    if is_stored:
        batch = Batch(scores=scores, project=access.project, wire="scores.csv", bytes=len(raw))
        await asyncio.wrap_future(await asyncio.to_thread(house.intake.submit, batch))
    if errors and not dry_run:
        first = errors[0]
        where = f"row {first.row}" + (f", column {first.column}" if first.column else "")
        return problem(
            400, "bad_input", f"nothing was stored: {len(errors)} of {rows} rows are wrong, the first is {where}: {first.problem}",
            errors=[one.model_dump() for one in errors[:MOST_ERRORS]], error_count=len(errors),
        )  # fmt: skip
    answer = ScoresImported(
        rows=rows, stored=len(scores) if is_stored else 0, dry_run=dry_run, names=names, errors=errors[:MOST_ERRORS],
        error_count=len(errors),
    )  # fmt: skip
    return json_answer(answer.model_dump())


def read_table(raw: bytes, project: str, author: str, now_ns: int) -> tuple[list[Score], list[ScoresRowError], int]:
    """The scores of a table, what is wrong with it, and how many rows it has. Raises BadInput for what is no table."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"the file is not UTF-8 (byte {error.start}): save it as `CSV UTF-8`") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = reader.fieldnames or []
    unknown = [name for name in columns if name not in KNOWN]
    if "name" not in columns or unknown:
        wrong = (
            f"these columns are not known: {', '.join(map(repr, unknown))}" if unknown else "there is no column `name`"
        )
        raise BadInput(f"{wrong}. A table of scores has {', '.join(COLUMNS)}, span_id, comment, as far as needed")
    scores: list[Score] = []
    errors: list[ScoresRowError] = []
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if number > MOST_ROWS:
                raise BadInput(f"a file has at most {MOST_ROWS} rows: split it")
            made = _score(row, number + 1, project, author, now_ns)
            if isinstance(made, Score):
                scores.append(made)
            else:
                errors += made
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num} is not CSV: {error}") from None
    return scores, errors, number


def _score(row: dict[str, Any], number: int, project: str, author: str, now_ns: int) -> Score | list[ScoresRowError]:
    """A row's score, or what is wrong with it. number: as a spreadsheet counts."""
    if None in row or None in row.values():
        return [ScoresRowError(row=number, column="", problem="it has more or fewer cells than the header")]
    cells = {name: cell.strip() for name, cell in row.items() if cell.strip() and name not in ("project", "received")}
    said: dict[str, Any] = {"source": "human", **cells}
    if "comment" in said:
        said["explanation"] = said.pop("comment") if "explanation" not in said else said["explanation"]
        said.pop("comment", None)
    problems = []
    try:
        if "metadata" in said:
            said["metadata"] = json.loads(said["metadata"])
    except ValueError:
        problems.append(ScoresRowError(row=number, column="metadata", problem='it is not JSON, e.g. {"batch": 3}'))
        said.pop("metadata")
    if "value" in said:
        said["value"] = _value(said["value"], said.get("data_type", ""))
    try:
        body = ScoreBody.model_validate(said)
    except ValidationError as error:
        for item in error.errors():
            column = str(item["loc"][0]) if item["loc"] else ""
            problems.append(
                ScoresRowError(row=number, column=column, problem=item["msg"].removeprefix("Value error, "))
            )
        return problems
    if problems:
        return problems
    body.id = body.id or f"csv_{digest(json.dumps([project, author, cells], sort_keys=True).encode())[:32]}"
    return body.score(project, author, now_ns)


def _value(cell: str, kind: str) -> float | bool | str:
    if kind in ("categorical", "text"):
        return cell
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    try:
        number = float(cell)
    except ValueError:
        return cell
    return bool(number) if kind == "boolean" and number in (0, 1) else number


def _pieces(access: Access, only: dict[str, str], since: str, until: str) -> Iterator[bytes]:
    held = io.StringIO()
    writer = csv.DictWriter(held, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    cursor: str | None = ""
    while cursor is not None:
        page = access.house.asker.scores(access.project, Page("", since, until, MAX_LIMIT, cursor, "oldest"), **only)
        for score in page["items"]:
            writer.writerow({**score, "metadata": json.dumps(score["metadata"]) if score["metadata"] else ""})
        yield held.getvalue().encode()
        held.seek(0)
        held.truncate()
        cursor = page["next_cursor"]


async def _bytes(request: Request) -> bytes:
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) > MOST_BYTES:
            raise TooLarge(f"a file has at most {MOST_BYTES >> 20} MiB: split it", MOST_BYTES)
    return bytes(held)
