"""Answers as plain Python that turns into Arrow, pandas or polars when those are installed."""

import importlib
from typing import Any

from nervure.base.errors import NervureError


class Rows(list[dict[str, Any]]):
    """A list of rows. Nested members (messages, attributes) become JSON text in the columnar forms."""

    def to_arrow(self) -> Any:
        """A pyarrow.Table with one column for each key of any row."""
        pyarrow = _library("pyarrow", "to_arrow")
        return pyarrow.Table.from_pylist(self._flat())

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; columns `start`, `end` and `time` become UTC timestamps."""
        pandas = _library("pandas", "to_pandas")
        frame = pandas.DataFrame(self._flat())
        for column in ("start", "end", "time"):
            if column in frame and frame[column].notna().any():
                frame[column] = pandas.to_datetime(frame[column], utc=True, format="ISO8601")
        return frame

    def to_polars(self) -> Any:
        """A polars.DataFrame."""
        polars = _library("polars", "to_polars")
        return polars.DataFrame(self._flat(), infer_schema_length=None)

    def _flat(self) -> list[dict[str, Any]]:
        from nervure.client.attributes import as_text

        columns = list(dict.fromkeys(key for row in self for key in row))
        nested = {key for row in self for key, value in row.items() if isinstance(value, (dict, list))}
        return [
            {key: as_text(row[key]) if key in nested and row.get(key) is not None else row.get(key) for key in columns}
            for row in self
        ]


class Answer(Rows):
    """The rows of a Query: a row for each point of each series, with its dimensions, time, value, low, high and n.

    Answers to several measures have the column `measure` too.
    series: as the API answered. stats: rows read and time taken.
    """

    def __init__(self, answer: dict[str, Any]) -> None:
        self.series: list[dict[str, Any]] = answer.get("series", [])
        self.stats: dict[str, Any] = answer.get("stats", {})
        several = len({series.get("measure") for series in self.series}) > 1
        super().__init__(
            {**series["by"], **({"measure": series["measure"]} if several else {}), **point}
            for series in self.series
            for point in series["points"]
        )

    @property
    def value(self) -> float | None:
        """The only value of a question without `by` and `every`; None when there is no data."""
        if len(self) > 1:
            raise NervureError(f"this answer has {len(self)} values: use its rows")
        return self[0]["value"] if self else None


def _library(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise NervureError(f"{method}() needs {name}, which is not installed: pip install {name}") from error
