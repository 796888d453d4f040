"""Secrets of other systems lie encrypted in the catalog, on SQLite and PostgreSQL alike."""

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from nervure.base.clock import FixedClock
from nervure.base.errors import SettingsError
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.catalog.seal import MARK, Seal, open_seal
from nervure.catalog.tables import SettingRow
from nervure.model.collector import Collector
from nervure.model.destination import Destination

HEADERS = {"authorization": "Bearer very-secret-token"}
SETTINGS = {"url": "https://pages.example", "basic_auth": {"user": "mia", "password": "hunter22hunter22"}}


def opened(where: str, clock: FixedClock, seal: Seal | None) -> Catalog:
    return open_catalog(where, clock, RandomIds(), seal)


def filled(catalog: Catalog) -> None:
    catalog.destinations.create(Destination("", "default", "far", "https://far.example", headers=HEADERS))
    catalog.collectors.create(Collector("", "default", "pages", "scrape", SETTINGS))


def stored(catalog: Catalog) -> str:
    with catalog.database.read() as session:
        return json.dumps([row.value for row in session.scalars(select(SettingRow))])


def test_what_lies_in_the_database_tells_no_secret_and_what_is_read_is_the_secret(
    where: str, clock: FixedClock
) -> None:
    catalog = opened(where, clock, Seal(["a key of the company"]))
    filled(catalog)
    assert "very-secret" not in stored(catalog)
    assert "hunter22" not in stored(catalog)
    assert "pages.example" in stored(catalog)
    assert catalog.destinations.list()[0].headers == HEADERS
    assert catalog.collectors.list()[0].settings == SETTINGS
    changed = catalog.destinations.update(catalog.destinations.list()[0])
    assert catalog.destinations.get(changed.id).headers == HEADERS
    catalog.close()


def test_secrets_written_before_are_sealed_when_the_catalog_is_opened(where: str, clock: FixedClock) -> None:
    before = opened(where, clock, None)
    filled(before)
    assert "very-secret" in stored(before)
    before.close()
    catalog = opened(where, clock, Seal(["a key of the company"]))
    assert "very-secret" not in stored(catalog)
    assert "hunter22" not in stored(catalog)
    assert catalog.destinations.list()[0].headers == HEADERS
    catalog.close()


def test_a_key_is_changed_by_naming_the_new_one_first(where: str, clock: FixedClock) -> None:
    catalog = opened(where, clock, Seal(["old"]))
    filled(catalog)
    catalog.close()
    catalog = opened(where, clock, Seal(["new", "old"]))
    assert catalog.destinations.list()[0].headers == HEADERS
    catalog.close()


def test_another_key_opens_nothing_and_says_what_to_do(
    where: str, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = opened(where, clock, Seal(["lost"]))
    filled(catalog)
    catalog.close()
    catalog = opened(where, clock, Seal(["another"]))
    assert catalog.destinations.list()[0].headers == {"authorization": ""}
    assert catalog.collectors.list()[0].settings["url"] == "https://pages.example"
    catalog.close()
    assert "NERVURE_SECRET_KEY" in "".join(capsys.readouterr())


def test_the_key_of_a_data_folder_is_its_owners_alone_and_lasts(tmp_path: Path) -> None:
    sealed = open_seal("", tmp_path / "data").close("very-secret-token")
    assert sealed.startswith(MARK)
    assert open_seal("", tmp_path / "data").open(sealed, "test") == "very-secret-token"
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert open_seal("other, more", tmp_path / "data").open(sealed, "test") == ""


def test_a_key_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(SettingsError, match="NERVURE_SECRET_KEY"):
        open_seal("", tmp_path / "data")
