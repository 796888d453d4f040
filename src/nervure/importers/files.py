"""Export files: rows of JSON lines, a JSON list, CSV (its cells may be JSON) and Parquet, one after the other, in little memory."""

import csv
import gzip
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.importers.importer import NOUNS, Cursor, Found, FoundPrompt, Noun, Page

ROWS_AT_ONCE = 500
Row = dict[str, Any]
# An object with one of these is an item that has a list, not a page of the list's items.
OF_ITEMS = frozenset({"id", "trace_id", "info", "trace", "dataset", "dataset_id", "experiment", "name"})
# Objects and lists; numbers and words in a CSV may be text that only looks like them.
JSON_BEGINS = ("{", "[", '"')


def rows_of(file: Path) -> Iterator[Row]:
    """The rows of a file by its ending: .parquet, .csv, .json, .jsonl or .ndjson, with .gz too. Raises BadInput."""
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _parquet(file)
        return
    try:
        with _text(file) as source:
            if name.endswith(".csv"):
                yield from _csv(source)
            elif name.endswith((".jsonl", ".ndjson", ".json")):
                yield from _json(source, file)
            else:
                raise BadInput(f"{file} has none of the endings .jsonl, .json, .csv, .parquet (or these with .gz)")
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(f"{file} cannot be read as what its name says: {error}") from error


@dataclass(frozen=True, slots=True)
class Part:
    """A file and what each of its rows is read as. lead: what is found before its first row, e.g. that a dataset exists."""

    file: Path
    read: Callable[[Row], Sequence[Found]]
    lead: Sequence[Found] = ()


class Export:
    """Files of an export as a source. The cursor is [part, row].

    made: nouns whose items depend on each other's order; they are read when the export is opened, and come in one page.
    """

    def __init__(
        self, parts: Mapping[Noun, Sequence[Part]], made: Mapping[Noun, Sequence[Found]] | None = None,
        shelf: "Shelf | None" = None,
    ) -> None:  # fmt: skip
        self._parts, self._made, self._shelf = parts, made or {}, shelf
        self.nouns: Sequence[Noun] = tuple(noun for noun in NOUNS if self._parts.get(noun) or self._made.get(noun))

    def count(self, noun: Noun) -> int | None:
        return count_rows([part.file for part in self._parts.get(noun, ())]) + len(self._made.get(noun, ()))

    def oldest_ns(self) -> int | None:
        """Files must be read to tell."""
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        parts, made = self._parts.get(noun, ()), self._made.get(noun, ())
        yield from read_parts(parts, cursor)
        if made and (cursor or (0, 0))[0] <= len(parts):
            yield Page(made, [len(parts) + 1, 0], len(made))

    def close(self) -> None:
        if self._shelf:
            self._shelf.close()


def read_parts(parts: Sequence[Part], cursor: Cursor) -> Iterator[Page]:
    """Pages of what each part's `read` makes of its rows. The cursor is [part, row]."""
    first_part, first_row = cursor or (0, 0)
    for place, part in enumerate(parts):
        if place < first_part:
            continue
        is_begun = place == first_part and first_row > 0
        found: list[Found] = [] if is_begun else [*part.lead]
        number = 0
        for number, row in enumerate(rows_of(part.file), 1):
            if is_begun and number <= first_row:
                continue
            found += part.read(row)
            if number % ROWS_AT_ONCE == 0:
                yield Page(found, [place, number], ROWS_AT_ONCE)
                found = []
        yield Page(found, [place + 1, 0], number % ROWS_AT_ONCE)


def first_row(file: Path) -> Row:
    """The row by which one knows what a file holds; empty of an empty file. Raises BadInput."""
    return next(iter(rows_of(file)), {})


def name_of(file: Path) -> str:
    """What a file is called without its endings: of a file that does not say it the name of a dataset or prompt."""
    return file.name.partition(".")[0]


def told_id(row: Row) -> str:
    """An id for an item that has none: the same for the same content."""
    return digest(json.dumps(row, sort_keys=True, default=str).encode())[:32]


def by_version(found: Iterable[Found]) -> list[Found]:
    """Versions of prompts, each prompt's oldest first: those with numbers by them, others as they came."""
    return sorted(found, key=_place_of)


def _place_of(one: Found) -> tuple[str, int]:
    if not isinstance(one, FoundPrompt):
        return "", 0
    return one.name, int(one.number) if one.number.isdecimal() else 0


def count_rows(files: Sequence[Path]) -> int:
    """Rows of all files; reads them once, which is quick beside sending them."""
    return sum(1 for file in files for _ in rows_of(file))


def note_of(file: Path, name: str) -> Any:
    """What the schema of a Parquet file says under a name, as JSON; None for other files, or without it. Raises BadInput."""
    if not file.name.lower().endswith(".parquet"):
        return None
    from pyarrow import ArrowException, parquet

    try:
        held = (parquet.read_schema(file).metadata or {}).get(name.encode())
        return json.loads(held) if held else None
    except (ArrowException, OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be read as Parquet: {error}") from error


class Shelf:
    """Rows by a key, on disk: what a row of one file says of rows of another. Ends with the process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nervure-import-")
        self._database = sqlite3.connect(Path(self._folder.name) / "rows")
        self._database.execute("CREATE TABLE held (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def put(self, key: str, value: Any) -> None:
        self._database.execute("INSERT OR REPLACE INTO held VALUES (?, ?)", (key, json.dumps(value)))

    def get(self, key: str) -> Any:
        """The value, None for a key that is not there."""
        found = self._database.execute("SELECT value FROM held WHERE key = ?", (key,)).fetchone()
        return json.loads(found[0]) if found else None

    def close(self) -> None:
        self._database.close()
        self._folder.cleanup()


def _text(file: Path) -> TextIO:
    if file.name.lower().endswith(".gz"):
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _json(source: TextIO, file: Path) -> Iterator[Row]:
    """Lines, or one list or object with a list: exports of pages are small enough to be read at once."""
    lines = (line for line in source if line.strip())
    first = next(lines, "")
    if not first:
        return
    try:
        row = json.loads(first)
        is_lines = isinstance(row, dict)
    except ValueError:
        is_lines = False
    if is_lines:
        following = next(lines, None)
        if following is None:
            yield from _listed(row)
            return
        yield row
        yield _row(following, file, 2)
        for number, line in enumerate(lines, 3):
            yield _row(line, file, number)
        return
    try:
        whole = json.loads(first + "".join(lines))
    except ValueError as error:
        raise BadInput(f"{file} is neither JSON nor JSON lines: {error}") from error
    yield from _listed(whole)


def _listed(whole: Any) -> Iterator[Row]:
    """The rows of a document: itself a list, an object that holds the list, or one row."""
    if isinstance(whole, dict):
        for key in ("data", "traces", "runs", "spans", "items", "content"):
            if isinstance(whole.get(key), list) and not OF_ITEMS & whole.keys():
                yield from (one for one in whole[key] if isinstance(one, dict))
                return
        yield whole
    elif isinstance(whole, list):
        yield from (one for one in whole if isinstance(one, dict))


def _row(line: str, file: Path, number: int) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{file}, line {number} is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise BadInput(f"{file}, line {number} is a {type(row).__name__}, not an object")
    return row


def _csv(source: TextIO) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 1 << 30))
    for row in csv.DictReader(source):
        yield {key: _cell(value) for key, value in row.items() if isinstance(key, str) and value not in (None, "")}


def _cell(text: str) -> Any:
    if text.startswith(JSON_BEGINS):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _parquet(file: Path) -> Iterator[Row]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(file) as source:
            for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
                yield from ({key: _written(value) for key, value in row.items()} for row in batch.to_pylist())
    except (ArrowException, OSError) as error:
        raise BadInput(f"{file} cannot be read as Parquet: {error}") from error


def _written(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        # Arrow's maps come as lists of pairs.
        if value and all(isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str) for one in value):
            return {key: _written(inner) for key, inner in value}
        return [_written(inner) for inner in value]
    return value
