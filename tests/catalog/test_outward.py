"""Destinations and collectors on either database."""

from dataclasses import replace

import pytest

from nervure.base.errors import Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.collectors import hidden, unhidden
from nervure.model.collector import Collector
from nervure.model.destination import Destination

THERE = Destination(
    "", "shop", "grafana", "https://otlp.example.com", headers={"authorization": "Bearer secret"}, signals=("spans",),
    remove=("http.*",), keep_cost_usd=0.5,
)  # fmt: skip


def test_a_destination_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    made = catalog.destinations.create(THERE, "ada")
    assert made == replace(THERE, id=made.id, author="ada", created_ns=made.created_ns, changed_ns=made.changed_ns)
    assert catalog.destinations.get(made.id) == made
    assert catalog.destinations.list() == [made]
    paused = catalog.destinations.update(replace(made, is_paused=True), "bob")
    assert catalog.destinations.get(made.id) == paused
    catalog.destinations.delete(made.id, "bob")
    with pytest.raises(NotFound):
        catalog.destinations.get(made.id)


def test_the_audit_tells_who_changed_what_but_no_secret(catalog: Catalog) -> None:
    made = catalog.destinations.create(THERE, "ada")
    catalog.destinations.update(replace(made, headers={"authorization": "Bearer other"}), "bob")
    collector = Collector("", "shop", "gpu", "scrape", {"targets": ["a:1"], "bearer_token": "tok3n"})
    catalog.collectors.create(collector, "ada")
    entries = catalog.audit.entries()
    assert [(entry.actor, entry.action, entry.noun) for entry in entries] == [
        ("ada", "create", "collector"), ("bob", "update", "destination"), ("ada", "create", "destination"),
    ]  # fmt: skip
    text = repr(entries)
    assert "Bearer" not in text
    assert "tok3n" not in text
    assert "a:1" in text


def test_a_name_is_taken_once_in_a_project(catalog: Catalog) -> None:
    first = catalog.destinations.create(THERE)
    with pytest.raises(Conflict, match="choose another name"):
        catalog.destinations.create(THERE)
    other = catalog.destinations.create(replace(THERE, project="bank"))
    with pytest.raises(Conflict):
        catalog.destinations.update(replace(other, project="shop"))
    assert catalog.destinations.update(first) == first


def test_an_installation_has_one_id(catalog: Catalog) -> None:
    from nervure.base.ids import RandomIds

    assert catalog.notes.instance(RandomIds()) == catalog.notes.instance(RandomIds())


def test_hidden_settings_that_come_back_keep_what_there_was() -> None:
    kept = {"targets": ["a"], "bearer_token": "t", "s3": [{"secret_access_key": "k", "region": "eu"}], "password": ""}
    shown = hidden(kept)
    assert shown == {
        "targets": ["a"], "bearer_token": "***", "s3": [{"secret_access_key": "***", "region": "eu"}], "password": "",
    }  # fmt: skip
    assert unhidden({**shown, "targets": ["b"]}, kept) == {**kept, "targets": ["b"]}
    assert unhidden({"bearer_token": "new"}, kept) == {"bearer_token": "new"}
