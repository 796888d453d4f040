"""Rows of a file, one at a time: JSON lines, CSV or Parquet, told by the name and, for Parquet, by the first bytes."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nervure.base.errors import BadInput
from nervure.cli.need import server_part

PARQUET = b"PAR1"
ROWS_AT_ONCE = 256


class BadLine(dict[str, Any]):
    """A line that is no row: an empty row that says why, so that its place in the answer is kept."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem


def read_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(bytes or rows read so far, row). A line that cannot be read comes as BadLine. Raises BadInput for the file."""
    with file.open("rb") as source:
        is_parquet = source.read(4) == PARQUET
    if is_parquet:
        return _parquet(file)
    return _csv(file) if file.suffix.lower() in (".csv", ".tsv") else _lines(file)


def extent(file: Path) -> int:
    """What `read_rows` counts up to: bytes, or rows of a Parquet file."""
    with file.open("rb") as source:
        is_parquet = source.read(4) == PARQUET
    return (
        int(server_part("pyarrow.parquet").ParquetFile(file).metadata.num_rows) if is_parquet else file.stat().st_size
    )


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    done = 0
    with file.open("rb") as source:
        for number, line in enumerate(source, 1):
            done += len(line)
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield done, BadLine(f"line {number} is not JSON: {error}")
                continue
            yield (
                done,
                row if isinstance(row, dict) else BadLine(f"line {number} is not an object but {type(row).__name__}"),
            )


def _csv(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    # A cell may hold a whole document; the module's own limit is 128 KB.
    csv.field_size_limit(1 << 27)
    with file.open(encoding="utf-8-sig", newline="", errors="replace") as source:
        counted = _Counted(source)
        reader = csv.DictReader(counted, dialect="excel-tab" if file.suffix.lower() == ".tsv" else "excel")
        if not reader.fieldnames:
            raise BadInput(
                f"{file} has no header line: the first line must name the columns, e.g. input,output,documents"
            )
        try:
            for row in reader:
                if None in row:
                    yield counted.done, BadLine(f"line {reader.line_num} has more cells than the header has columns")
                    continue
                # An empty cell is no value.
                yield counted.done, {key: value for key, value in row.items() if value not in (None, "")}
        except csv.Error as error:
            raise BadInput(f"{file}, line {reader.line_num}: {error}") from error


class _Counted:
    """Lines of a text file with the bytes read so far."""

    def __init__(self, source: Any) -> None:
        self._source, self.done = source, 0

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.done += len(line.encode())
            yield line


def _parquet(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    arrow = server_part("pyarrow")
    try:
        opened = server_part("pyarrow.parquet").ParquetFile(file)
    except arrow.ArrowException as error:
        raise BadInput(f"{file} is not a Parquet file that can be read: {error}") from error
    done = 0
    for batch in opened.iter_batches(ROWS_AT_ONCE):
        for row in batch.to_pylist():
            done += 1
            yield done, row
