"""Tables to compare: files, Arrow, pandas, polars or plain columns, as Arrow tables in the order asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from nervure.base.errors import BadInput

PARQUET = b"PAR1"


def table_of(data: Any, name: str) -> pa.Table:
    """An Arrow table of a path, an Arrow table or batch, a pandas or polars frame, or a mapping of columns.

    name: what the sample is called in errors. Raises BadInput for what is no table, cannot be read or has no rows.
    """
    if isinstance(data, str | Path):
        table = read_table(Path(data))
    elif isinstance(data, pa.Table):
        table = data
    elif isinstance(data, pa.RecordBatch):
        table = pa.Table.from_batches([data])
    elif isinstance(data, Mapping):
        table = _from_columns(data, name)
    elif hasattr(data, "to_arrow"):
        table = data.to_arrow()
    elif hasattr(data, "iloc") and hasattr(data, "columns"):
        table = _from_pandas(data)
    elif hasattr(data, "__arrow_c_stream__"):
        table = pa.table(data)
    else:
        raise BadInput(
            f"{name} is a {type(data).__name__}: give a CSV or Parquet file, an Arrow table, a pandas or polars frame, or a"
            " mapping of column names to values"
        )
    if not table.num_columns:
        raise BadInput(f"{name} has no columns")
    return table


def read_table(file: Path) -> pa.Table:
    """CSV (comma, or tab for .tsv; .gz and the like are unpacked) or Parquet, told by the first bytes. Raises BadInput."""
    try:
        with file.open("rb") as source:
            head = source.read(4)
        if head == PARQUET:
            from pyarrow import parquet  # 8 MB, paid only by those who read one

            return parquet.read_table(file)
        if not head:
            raise BadInput(f"{file} is empty: its first line must name the columns")
        return _read_csv(file)
    except IsADirectoryError as error:
        raise BadInput(f"{file} is a folder: name a CSV or Parquet file") from error
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {file}") from error
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{file} cannot be read as CSV or Parquet: {error}") from error


def ordered(table: pa.Table, column: str, name: str) -> pa.Table:
    """Rows in order of a column. Raises BadInput when there is no such column or its values have no order."""
    if column not in table.column_names:
        raise BadInput(
            f"{name} has no column {column!r} to order its rows by; it has {', '.join(table.column_names[:30])}"
        )
    try:
        return table.sort_by([(column, "ascending")])
    except (pa.ArrowException, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"{name}: rows cannot be ordered by {column!r}: {error}") from error


def _read_csv(file: Path) -> pa.Table:
    plain = (file.suffix.lower() in (".gz", ".bz2", ".zst") and Path(file.stem)) or file
    how = csv.ParseOptions(delimiter="\t" if plain.suffix.lower() == ".tsv" else ",", newlines_in_values=True)
    wide = csv.ReadOptions(block_size=16 << 20)
    words = csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    try:
        return csv.read_csv(file, read_options=wide, parse_options=how, convert_options=words)
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise
    # A column looked like numbers at first and is not: all are read as text, and `kinds` looks at all of each.
    names = csv.open_csv(file, read_options=csv.ReadOptions(block_size=1 << 20), parse_options=how).schema.names
    texts = csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=True)
    return csv.read_csv(file, read_options=wide, parse_options=how, convert_options=texts)


def _from_columns(data: Mapping[str, Any], name: str) -> pa.Table:
    columns = {str(key): array_of(value) for key, value in data.items()}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{key}: {len(column)}" for key, column in columns.items())
        raise BadInput(f"{name}: its columns have different lengths ({lengths})")
    return pa.table(columns)


def _from_pandas(frame: Any) -> pa.Table:
    return pa.table({str(key): array_of(frame[key]) for key in frame.columns})


def array_of(values: Any) -> Any:
    """An Arrow array; rows of a two-dimensional array are vectors, and values of several types are read as text."""
    if getattr(values, "ndim", 1) == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if one is None or one != one else str(one) for one in values], pa.string())
