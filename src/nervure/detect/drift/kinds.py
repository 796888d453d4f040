"""What a column holds, and its values as what the tests take."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nervure.detect.drift.result import Kind

# A text that reads as a number in so many of its values is a column of numbers with a few that are none.
MOSTLY = 0.95
LOOKED_AT = 2000
# From so many columns on that differ only in a number at the end, they are one embedding.
FEWEST_DIMENSIONS = 16
WORDS_OF_TEXT, CHARACTERS_OF_TEXT = 4.0, 20.0
ID_NAME = re.compile(r"(^|[_\W])(id|uuid|guid|key|hash|index|rownum|row_number)$|(?<=[a-z])Id$", re.IGNORECASE)
NUMBERED = re.compile(r"^(.*?)[_.\-\[]?(\d+)\]?$")
VECTOR = re.compile(r"^\s*\[\s*-?[\d.]")


@dataclass(frozen=True, slots=True)
class Two:
    """One column of both samples.

    note: for the reader. numbers: of a numeric column, the finite values in order. said_by: of an embedding, the column
    with the texts of the same rows.
    """

    name: str
    kind: Kind
    reference: Any
    current: Any
    note: str = ""
    numbers: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    said_by: "Two | None" = None


def kind_of(name: str, reference: Any, current: Any) -> Two:
    """Looks at the values of both samples, Arrow arrays of any type."""
    reference, current = _plain(reference), _plain(current)
    if len(reference) == reference.null_count and len(current) == current.null_count:
        return Two(name, "empty", reference, current)
    types = {one.type for one in (reference, current) if one.null_count < len(one)}
    if all(map(is_list, types)):
        return Two(name, "embedding", reference, current)
    if any(pa.types.is_nested(one) for one in types):
        reference, current = _texts(reference), _texts(current)
        types = {pa.string()}
    if all(pa.types.is_temporal(one) for one in types):
        return Two(name, "time", reference, current)
    if all(pa.types.is_boolean(one) for one in types):
        return Two(name, "categorical", _texts(reference), _texts(current))
    if all(_is_number(one) for one in types):
        return _numbers(name, reference.cast(pa.float64(), safe=False), current.cast(pa.float64(), safe=False), types)
    return _words(name, _texts(reference), _texts(current))


def with_texts(found: list[Two]) -> list[Two]:
    """Embeddings know the texts of their rows: those of the column they are named after (prompt_embedding of prompt), else the first."""
    texts = [one for one in found if one.kind == "text"]
    if not texts:
        return found
    said = {
        one.name: max(texts, key=lambda text: len(text.name) if text.name.lower() in one.name.lower() else 0)
        for one in found
        if one.kind == "embedding"
    }
    return [replace(one, said_by=said.get(one.name)) for one in found]


def embedded_columns(names: list[str], numeric: set[str]) -> dict[str, list[str]]:
    """Columns that together are one embedding (emb_0, emb_1, ...): its name to its columns in order."""
    families: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        found = NUMBERED.match(name)
        if found and name in numeric:
            families.setdefault(found[1], []).append((int(found[2]), name))
    made = {}
    for stem, members in families.items():
        members.sort()
        numbers = [number for number, _ in members]
        is_embedding = bool(re.search(r"emb|vec|dim", stem, re.IGNORECASE)) or len(members) >= 64
        if (
            len(members) >= FEWEST_DIMENSIONS
            and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            and is_embedding
        ):
            made[stem or "embedding"] = [name for _, name in members]
    return made


def vectors_of(values: Any) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Vectors of the rows that have one (of the length most have), and which rows these are."""
    rows = values.to_pylist()
    lengths = [len(row) if row is not None else 0 for row in rows]
    usual = int(np.bincount(lengths)[1:].argmax()) + 1 if any(lengths) else 0
    held = [
        place
        for place, row in enumerate(rows)
        if usual and lengths[place] == usual and all(one is not None and np.isfinite(one) for one in row)
    ]
    return np.array([rows[place] for place in held], np.float32).reshape(len(held), usual), np.array(held, np.intp)


def is_list(type_: Any) -> bool:
    """Whether values are vectors: lists of numbers."""
    is_any = pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)
    return bool(is_any and _is_number(type_.value_type))


def _is_number(type_: Any) -> bool:
    return bool(
        pa.types.is_integer(type_)
        or pa.types.is_floating(type_)
        or pa.types.is_decimal(type_)
        or pa.types.is_null(type_)
    )


def _plain(values: Any) -> Any:
    """One array, not chunks; dictionaries and views as what they stand for."""
    # One chunk is taken as it is: `combine_chunks` would copy it.
    is_whole = isinstance(values, pa.ChunkedArray) and values.num_chunks == 1
    made = values.chunk(0) if is_whole else values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(made, pa.ChunkedArray):
        made = pa.concat_arrays(made.chunks) if made.num_chunks else pa.array([], made.type)
    return made.cast(made.type.value_type) if pa.types.is_dictionary(made.type) else made


def _texts(values: Any) -> Any:
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_nested(values.type):
        return pa.array([None if one is None else str(one) for one in values.to_pylist()], pa.string())
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return pa.array([None if one is None else one.hex() for one in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _numbers(name: str, reference: Any, current: Any, types: set[Any]) -> Two:
    first, second = numbers_of(reference), numbers_of(current)
    is_same = len(first) and len(second) and first[0] == second[0]
    if is_same and first.min() == first.max() == second.min() == second.max():
        return Two(name, "constant", reference, current)
    if all(pa.types.is_integer(one) for one in types) and len(first) > 2 and len(second) > 2:
        steps = np.diff(first)
        is_counter = bool((steps > 0).all() and (steps == steps[0]).all() and (np.diff(second) == steps[0]).all())
        is_named = bool(ID_NAME.search(name)) and _unique(first) and _unique(second)
        if is_counter or is_named:
            return Two(name, "id", reference, current)
    return Two(name, "numeric", reference, current, numbers=(first, second))


def _unique(values: NDArray[np.float64]) -> bool:
    return len(np.unique(values)) == len(values)


def numbers_of(values: Any) -> NDArray[np.float64]:
    """Finite values in order."""
    held = (
        values.drop_null().to_numpy(zero_copy_only=False)
        if values.null_count
        else values.to_numpy(zero_copy_only=False)
    )
    found = np.asarray(held, np.float64)
    whole = np.isfinite(found)
    return found if whole.all() else found[whole]


def _words(name: str, reference: Any, current: Any) -> Two:
    """Text of whatever kind: numbers written as text, vectors, times, ids, categories, prose."""
    some = _some(reference) + _some(current)
    if not some:
        return Two(name, "constant", reference, current)
    if all(VECTOR.match(one) for one in some[:20]):
        return Two(name, "embedding", _parsed_vectors(reference), _parsed_vectors(current))
    if sum(map(_reads_as_number, _some(reference) or some)) >= MOSTLY * len(_some(reference) or some):
        first, second = _as_numbers(reference), _as_numbers(current)
        note = "text that reads as numbers; what does not counts as missing"
        two = _numbers(name, first, second, {pa.float64()})
        return replace(two, note=note)
    if all(_reads_as_time(one) for one in some[:50]):
        return Two(name, "time", reference, current)
    coded, coded_later = reference.dictionary_encode(), current.dictionary_encode()
    distinct, held = len(coded.dictionary), len(reference) - reference.null_count
    distinct_later, held_later = len(coded_later.dictionary), len(current) - current.null_count
    if distinct == distinct_later == 1 and _first(reference) == _first(current):
        return Two(name, "constant", reference, current)
    words = sum(len(one.split()) for one in some) / len(some)
    characters = sum(map(len, some)) / len(some)
    is_varied = max(distinct, distinct_later) > 50 or (distinct + distinct_later) > 0.5 * (held + held_later)
    if words >= WORDS_OF_TEXT and characters >= CHARACTERS_OF_TEXT and is_varied:
        return Two(name, "text", reference, current)
    if distinct > 0.95 * held and distinct_later > 0.95 * held_later and held + held_later > 40 and words < 2:
        return Two(name, "id", reference, current)
    return Two(name, "categorical", coded, coded_later)


def _some(values: Any) -> list[str]:
    held = values.drop_null()
    step = max(1, len(held) // LOOKED_AT)
    return [one for one in held.take(pa.array(range(0, len(held), step), pa.int64())).to_pylist() if one.strip()]


def _first(values: Any) -> Any:
    return values.drop_null()[0].as_py()


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _reads_as_time(text: str) -> bool:
    return bool(re.match(r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|\s*$)", text))


def _as_numbers(values: Any) -> Any:
    return pa.array(
        [float(one) if one is not None and _reads_as_number(one) else None for one in values.to_pylist()], pa.float64()
    )


def _parsed_vectors(values: Any) -> Any:
    return pa.array([_vector(one) for one in values.to_pylist()], pa.list_(pa.float32()))


def _vector(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(one) for one in text.strip().strip("[]").replace(",", " ").split()]
    except ValueError:
        return None
