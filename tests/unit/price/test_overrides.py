"""The operator's price file: what may stand in it, and what it is told when something is wrong."""

from decimal import Decimal
from pathlib import Path

import pytest

from nervure.base.clock import parse_iso
from nervure.base.errors import BadInput, SettingsError
from nervure.model.price import PriceOverride
from nervure.price.overrides import FixedOverrides, JoinedOverrides, load_price_file, override_of


def test_a_price_file_is_read_with_exact_decimals_and_times(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        '[[price]]\nname = "gpu"\nmodel = "llama-*"\nmatch = "glob"\nper_second = 0.00031\nvalid_from = 2026-01-01\n'
        '[[price]]\nname = "deal"\nmodel = "gpt-4o"\nprovider = "openai"\nproject = "shop"\nbook_factor = "0.85"\n'
        'valid_to = "2026-12-31T00:00:00Z"\n'
    )
    assert load_price_file(path) == (
        PriceOverride("gpu", "llama-*", "glob", per_second=Decimal("0.00031"), valid_from_ns=parse_iso("2026-01-01T00:00:00Z")),
        PriceOverride(
            "deal", "gpt-4o", project="shop", provider="openai", book_factor=Decimal("0.85"),
            valid_to_ns=parse_iso("2026-12-31T00:00:00Z"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("price = 1", "[[price]]"),
        ("[[prices]]\nname = 'a'", "[[price]]"),
        ("not toml", "not valid TOML"),
        ("[[price]]\nmodel = 'm'\ninput = 1", "number 1: name is missing"),
        (
            "[[price]]\nname = 'a'\nmodel = 'm'\ninput = 1\n[[price]]\nname = 'a'\nmodel = 'm'\ninput = 1",
            "stands twice",
        ),
    ],
)
def test_a_wrong_price_file_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        load_price_file(path)
    assert says in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_price_file_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_price_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"inptu": 1}, "'inptu' is not known"),
        ({"id": "x", "input": 1}, "'id' is not known"),
        ({}, "needs either prices"),
        ({"input": 1, "book_factor": 1}, "not both"),
        ({"input": 1, "book_model": "x"}, "book_model goes with book_factor"),
        ({"input": -1}, "between 0 and"),
        ({"input": "NaN"}, "between 0 and"),
        ({"input": 2_000_000}, "between 0 and"),
        ({"input": "two"}, "write a number"),
        ({"input": True}, "write a number"),
        ({"input": 1, "match": "like"}, "choose exact, glob or regex"),
        ({"input": 1, "match": "regex", "model": "("}, "not a regular expression"),
        ({"input": 1, "valid_from": "soon"}, "ISO 8601"),
        ({"input": 1, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "must lie before"),
        ({"input": 1, "note": 5}, "write text"),
    ],
)
def test_an_override_that_cannot_be_used_says_why(table: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        override_of({"name": "n", "model": "m", **table})
    assert says in str(refusal.value)


def test_joined_sources_give_the_same_tuple_until_one_of_them_changes() -> None:
    file = FixedOverrides([PriceOverride("a", "m", input=Decimal(1))])
    joined = JoinedOverrides(file, FixedOverrides())
    assert joined.overrides() is joined.overrides()
    assert [override.name for override in joined.overrides()] == ["a"]
