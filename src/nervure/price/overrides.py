"""The operator's own prices: from a TOML file and from the catalog; the most specific and newest rule wins."""

import fnmatch
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.base.errors import BadInput, SettingsError
from nervure.model.price import TOKEN_CLASSES, PriceOverride
from nervure.price.match import book_provider, spellings

PRICES = (*TOKEN_CLASSES, "per_second", "per_request")
# More than a million dollars per million tokens is a slip of the unit, not a price.
DEAREST = Decimal(1_000_000)
_NAMES = frozenset(field.name for field in fields(PriceOverride))
_WRITABLE = _NAMES - {"id", "created_ns", "valid_from_ns", "valid_to_ns"} | {"valid_from", "valid_to"}


class OverrideSource(Protocol):
    """Where overrides come from. The same tuple object is returned until they change: the pricer compares identity."""

    def overrides(self) -> tuple[PriceOverride, ...]: ...


class FixedOverrides:
    """Overrides that do not change, e.g. those of the price file."""

    def __init__(self, overrides: Iterable[PriceOverride] = ()) -> None:
        self._overrides = tuple(overrides)

    def overrides(self) -> tuple[PriceOverride, ...]:
        return self._overrides


class JoinedOverrides:
    """Several sources as one, e.g. the price file and the catalog."""

    def __init__(self, *sources: OverrideSource) -> None:
        self._sources = sources
        # The parts and what they were joined to, as one value: a thread never sees one without the other.
        self._state: tuple[tuple[tuple[PriceOverride, ...], ...], tuple[PriceOverride, ...]] = ((), ())

    def overrides(self) -> tuple[PriceOverride, ...]:
        parts, joined = self._state
        # Asked once per span: nothing is built unless something has changed.
        for source, part in zip(self._sources, parts, strict=False):
            if source.overrides() is not part:
                break
        else:
            if parts:
                return joined
        parts = tuple(source.overrides() for source in self._sources)
        joined = tuple(override for part in parts for override in part)
        self._state = (parts, joined)
        return joined


def load_price_file(path: Path) -> tuple[PriceOverride, ...]:
    """The `[[price]]` tables of a TOML file. Raises SettingsError naming the table and what is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise SettingsError(f"price_file = {str(path)!r} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"price_file = {str(path)!r} is not valid TOML: {error}") from error
    unknown = content.keys() - {"price"}
    if unknown or not isinstance(content.get("price", []), list):
        raise SettingsError(f"price_file = {str(path)!r}: write each price as a [[price]] table, not {sorted(unknown)}")
    overrides: dict[str, PriceOverride] = {}
    for number, table in enumerate(content.get("price", []), 1):
        try:
            override = override_of(table)
        except BadInput as error:
            raise SettingsError(f"price_file = {str(path)!r}, [[price]] number {number}: {error}") from error
        if override.name in overrides:
            raise SettingsError(f"price_file = {str(path)!r}: the name {override.name!r} stands twice; make it unique")
        overrides[override.name] = override
    return tuple(overrides.values())


def override_of(table: Mapping[str, Any]) -> PriceOverride:
    """An override from plain values (TOML, JSON). Numbers or decimal text; times as ISO 8601 or TOML dates.

    Raises BadInput saying which entry is wrong and what is allowed.
    """
    unknown = table.keys() - _WRITABLE
    if unknown:
        raise BadInput(f"{sorted(unknown)[0]!r} is not known here; there are {', '.join(sorted(_WRITABLE))}")
    values: dict[str, Any] = {}
    for name, value in table.items():
        if value is None:
            continue
        if name in (*PRICES, "book_factor"):
            values[name] = _decimal(name, value)
        elif name in ("valid_from", "valid_to"):
            values[f"{name}_ns"] = _time_ns(name, value)
        elif isinstance(value, str):
            values[name] = value.strip()
        else:
            raise BadInput(f"{name} = {value!r}: write text")
    for name in ("name", "model"):
        if not values.get(name):
            raise BadInput(f"{name} is missing: every price needs a name of its own and a model")
    override = PriceOverride(**values)
    check_override(override)
    return override


def check_override(override: PriceOverride) -> None:
    """Raises BadInput when the override cannot be used."""
    if override.match not in ("exact", "glob", "regex"):
        raise BadInput(f"match = {override.match!r}: choose exact, glob or regex")
    if override.match == "regex":
        try:
            re.compile(override.model)
        except re.error as error:
            raise BadInput(f"model = {override.model!r} is not a regular expression: {error}") from error
    priced = [name for name in PRICES if getattr(override, name) is not None]
    if bool(priced) == (override.book_factor is not None):
        raise BadInput(f"{override.name!r} needs either prices ({', '.join(PRICES)}) or a book_factor, and not both")
    if override.book_model and override.book_factor is None:
        raise BadInput(f"{override.name!r}: book_model goes with book_factor; 1 takes its price as it is")
    for name in (*PRICES, "book_factor"):
        value = getattr(override, name)
        if value is not None and not (value.is_finite() and 0 <= value <= DEAREST):
            raise BadInput(
                f"{name} = {value}: prices lie between 0 and {DEAREST} USD (per million tokens, second, call)"
            )
    if None not in (override.valid_from_ns, override.valid_to_ns) and override.valid_from_ns >= override.valid_to_ns:  # type: ignore[operator]
        raise BadInput(f"{override.name!r}: valid_from must lie before valid_to")


def _decimal(name: str, value: Any) -> Decimal:
    # A float goes through its shortest text: 0.1 means a tenth, not its binary neighbour.
    try:
        if isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool):
            return Decimal(str(value))
    except InvalidOperation:
        pass
    raise BadInput(f"{name} = {value!r}: write a number, e.g. 2.5")


def _time_ns(name: str, value: Any) -> int:
    if isinstance(value, datetime):
        at = value if value.tzinfo else value.replace(tzinfo=UTC)
        return int(at.timestamp()) * NS_PER_S + at.microsecond * 1000
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()) * NS_PER_S
    try:
        return parse_iso(value)
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{name} = {value!r}: write a time in ISO 8601, e.g. 2026-01-31T00:00:00Z") from error


def applicable(
    overrides: Sequence[PriceOverride], project: str, provider: str, models: Sequence[str]
) -> list[PriceOverride]:
    """Overrides that match a call whatever its time, best first.

    Order: named project before all; exact before glob before regex; named provider before any; longer pattern; later
    valid_from; later created. models: as the span has them.
    """
    names = spellings(provider, *models)
    home = book_provider(provider) or provider
    found = [
        override
        for override in overrides
        if override.project in ("", project)
        and (not override.provider or (book_provider(override.provider) or override.provider.lower()) == home)
        and _matches(override, names)
    ]
    return sorted(found, key=_rank, reverse=True)


def _matches(override: PriceOverride, names: Iterable[str]) -> bool:
    pattern = override.model.lower()
    if override.match == "exact":
        return pattern in names
    if override.match == "glob":
        return any(fnmatch.fnmatchcase(name, pattern) for name in names)
    expression = re.compile(override.model, re.IGNORECASE)
    return any(expression.search(name) for name in names)


def _rank(override: PriceOverride) -> tuple[bool, int, bool, int, int, int, str]:
    return (
        bool(override.project),
        ("regex", "glob", "exact").index(override.match),
        bool(override.provider),
        len(override.model),
        override.valid_from_ns if override.valid_from_ns is not None else -(1 << 63),
        override.created_ns,
        override.name,
    )
