"""Catalogs of earlier versions: what is in them is there after the migration, in today's form."""

from alembic import command
from sqlalchemy import text

from nervure.base.clock import FixedClock
from nervure.base.ids import RandomIds, name_uuid
from nervure.catalog.catalog import open_catalog
from nervure.catalog.database import Database
from nervure.catalog.migrations import _config
from nervure.model.dataset import Case


def test_datasets_from_before_there_were_states_of_items(where: str, clock: FixedClock) -> None:
    database, config = Database(where), _config()
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0002")
        session.execute(text("INSERT INTO datasets VALUES ('dataset_1', 'shop', 'd', 'what', 2, 'ada', 5, 7)"))
        for name, added, removed in (("item_1", 1, 0), ("item_2", 1, 2), ("item_3", 2, 0)):
            session.execute(
                text("INSERT INTO dataset_items VALUES (:id, 'dataset_1', :content, 't', :id, :added, :removed, 5)"),
                {"id": name, "content": f'{{"input": "{name}"}}', "added": added, "removed": removed},
            )
    database.close()
    catalog = open_catalog(where, clock, RandomIds())
    try:
        held = catalog.datasets.get("shop", "dataset_1")
        assert (held.version, held.item_count, held.external_id) == (2, 2, name_uuid("dataset_1"))
        assert catalog.datasets.get("shop", held.external_id) == held
        assert [one.id for one in catalog.datasets.items("shop", held.id)[0]] == ["item_1", "item_3"]
        assert [one.id for one in catalog.datasets.items("shop", held.id, version=1)[0]] == ["item_1", "item_2"]
        first = catalog.datasets.find_item("shop", name_uuid("item_1"))
        assert first is not None
        assert (first.case.content, first.case.status, first.first) == ({"input": "item_1"}, "active", 1)
        changed = catalog.datasets.change("shop", "item_1", Case({"input": "new"}))
        assert (changed.id, changed.added, changed.first) == ("item_1", 3, 1)
    finally:
        catalog.close()
