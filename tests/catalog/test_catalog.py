"""What people configure, on either database: kept, checked, and every change recorded."""

import threading
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.errors import BadInput, Conflict, NotFound, SettingsError, StoreDown, StoreError
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.catalog.tables import Base
from nervure.model.key import Key
from nervure.model.mapping import MappingVersion
from nervure.model.price import PriceOverride
from nervure.model.project import Project
from nervure.model.retention import RetentionPolicy

DAY_S = 86_400


def story(catalog: Catalog) -> list[tuple[str, str, str]]:
    """The audit log, oldest first, as (actor, action, noun)."""
    return [(entry.actor, entry.action, entry.noun) for entry in reversed(catalog.audit.entries())]


def test_migrations_make_exactly_the_tables_the_code_expects(catalog: Catalog) -> None:
    with catalog.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_migrates_nothing_and_keeps_everything(where: str, catalog: Catalog, clock: FixedClock) -> None:
    made = catalog.projects.create("shop")
    again = open_catalog(where, clock, RandomIds())
    assert again.projects.list() == [made]
    again.close()


def test_a_catalog_of_a_newer_version_is_left_alone(where: str, catalog: Catalog, clock: FixedClock) -> None:
    with catalog.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer Nervure"):
        open_catalog(where, clock, RandomIds())


def test_several_processes_may_start_at_once(where: str, clock: FixedClock) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            open_catalog(where, clock, RandomIds()).close()
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_projects_are_made_changed_and_forgotten_and_the_log_tells_by_whom(catalog: Catalog, clock: FixedClock) -> None:
    made = catalog.projects.create("shop", "the web shop", retention_days=30, actor="ada")
    assert made == Project("shop", "the web shop", 30, clock.now_ns())
    changed = catalog.projects.update("shop", description="all shops", retention_days=0, actor="bob")
    assert changed == Project("shop", "all shops", None, clock.now_ns())
    catalog.projects.update("shop", description="all shops", actor="bob")
    catalog.projects.delete("shop", actor="cy")
    assert catalog.projects.find("shop") is None
    assert story(catalog) == [("ada", "create", "project"), ("bob", "update", "project"), ("cy", "delete", "project")]
    update = catalog.audit.entries(noun="project")[1]
    assert update.before is not None
    assert update.after is not None
    assert (update.before["description"], update.after["description"]) == ("the web shop", "all shops")


@pytest.mark.parametrize("name", ["", " shop", "a\nb", "x" * 201])
def test_a_project_needs_a_usable_name(catalog: Catalog, name: str) -> None:
    with pytest.raises(BadInput, match="project name"):
        catalog.projects.create(name)


def test_a_project_is_made_once(catalog: Catalog) -> None:
    catalog.projects.create("shop")
    with pytest.raises(Conflict):
        catalog.projects.create("shop")
    with pytest.raises(NotFound):
        catalog.projects.get("bank")


def test_telemetry_makes_its_project_on_first_sight_and_only_then(catalog: Catalog) -> None:
    for name in ("shop", "shop", "bank", "", "shop"):
        catalog.projects.seen(name)
    assert [project.name for project in catalog.projects.list()] == ["bank", "shop"]
    assert story(catalog) == [("telemetry", "create", "project")] * 2


def test_a_forgotten_project_comes_back_when_it_sends_again(catalog: Catalog) -> None:
    catalog.projects.seen("shop")
    catalog.projects.delete("shop")
    catalog.projects.seen("shop")
    assert catalog.projects.find("shop") is not None


def test_lists_have_a_project_as_soon_as_telemetry_has_named_it(catalog: Catalog) -> None:
    named = {"shop": 1}
    catalog.projects.follow(lambda: named)
    assert [project.name for project in catalog.projects.list()] == ["shop"]
    catalog.projects.delete("shop")
    assert catalog.projects.find("shop") is None, "nothing was sent since"
    named["shop"] = 2
    assert catalog.projects.find("shop") is not None


def test_many_threads_may_see_a_project_first(catalog: Catalog) -> None:
    threads = [threading.Thread(target=catalog.projects.seen, args=(f"p{n % 3}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [project.name for project in catalog.projects.list()] == ["p0", "p1", "p2"]


def test_two_replicas_may_see_a_project_first(where: str, catalog: Catalog, clock: FixedClock) -> None:
    other = open_catalog(where, clock, RandomIds())
    catalog.projects.seen("shop")
    other.projects.seen("shop")
    assert len(other.projects.list()) == 1
    other.close()


def test_a_key_is_found_by_its_secret_which_is_nowhere_in_the_database(catalog: Catalog, clock: FixedClock) -> None:
    key, secret = catalog.keys.create("ci", ["send", "read"], project="shop", actor="ada")
    assert key == Key(key.id, "ci", secret[:10], "shop", frozenset({"send", "read"}), clock.now_ns())
    assert catalog.keys.find(secret) == key
    assert catalog.keys.find(secret + "0") is None
    assert catalog.keys.find("") is None
    with catalog.database.read() as session:
        rows = [*session.execute(text("SELECT * FROM keys")), *session.execute(text("SELECT * FROM audit"))]
    assert rows
    assert not any(secret in str(row) for row in rows)


def test_what_a_key_may(catalog: Catalog) -> None:
    sender, _ = catalog.keys.create("sender", ["send"], project="shop")
    admin, _ = catalog.keys.create("root", ["admin"])
    assert (sender.may("send", "shop"), sender.may("send", "bank"), sender.may("read", "shop")) == (True, False, False)
    assert admin.may("send", "shop")
    assert admin.may("admin")


@pytest.mark.parametrize("rights", [[], ["write"], ["send", "root"]])
def test_a_key_needs_rights_there_are(catalog: Catalog, rights: list[str]) -> None:
    with pytest.raises(BadInput, match="send, read, admin"):
        catalog.keys.create("k", rights)


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(catalog: Catalog, clock: FixedClock) -> None:
    key, secret = catalog.keys.create("ci", ["send"])
    assert catalog.keys.find(secret)
    catalog.keys.revoke(key.id, actor="ada")
    catalog.keys.revoke(key.id, actor="bob")
    assert catalog.keys.find(secret) is None
    assert [one.revoked_ns for one in catalog.keys.list()] == [clock.now_ns()]
    assert story(catalog) == [("system", "create", "key"), ("ada", "revoke", "key")]
    with pytest.raises(NotFound):
        catalog.keys.revoke("key_none")


def test_a_key_revoked_elsewhere_is_refused_within_seconds(where: str, catalog: Catalog, clock: FixedClock) -> None:
    key, secret = catalog.keys.create("ci", ["send"])
    assert catalog.keys.find(secret)
    other = open_catalog(where, clock, RandomIds())
    other.keys.revoke(key.id)
    other.close()
    assert catalog.keys.find(secret)
    clock.advance_s(5)
    assert catalog.keys.find(secret) is None


def test_a_key_expires_even_while_it_is_remembered(catalog: Catalog, clock: FixedClock) -> None:
    _, secret = catalog.keys.create("ci", ["send"], expires_ns=clock.now_ns() + 2 * NS_PER_S)
    assert catalog.keys.find(secret)
    clock.advance_s(2)
    assert catalog.keys.find(secret) is None
    with pytest.raises(BadInput, match="past"):
        catalog.keys.create("ci", ["send"], expires_ns=clock.now_ns())


def test_the_time_of_use_is_written_at_most_once_a_minute(catalog: Catalog, clock: FixedClock) -> None:
    key, secret = catalog.keys.create("ci", ["send"])
    begin = clock.now_ns()
    for _ in range(3):
        catalog.keys.find(secret)
        clock.advance_s(10)
    assert catalog.keys.get(key.id).last_used_ns == begin
    clock.advance_s(40)
    catalog.keys.find(secret)
    assert catalog.keys.get(key.id).last_used_ns == begin + 70 * NS_PER_S


def test_prices_come_back_exactly_and_the_pricer_sees_one_tuple_until_they_change(catalog: Catalog) -> None:
    nothing = catalog.prices.overrides()
    made = catalog.prices.create(
        PriceOverride("deal", "gpt-*", "glob", input=Decimal("0.1000000000000000055"), valid_from_ns=5), actor="ada"
    )
    assert catalog.prices.get(made.id) == made
    assert catalog.prices.overrides() == (made,) != nothing
    assert catalog.prices.overrides() is catalog.prices.overrides()
    changed = catalog.prices.update(made.id, PriceOverride("deal", "gpt-*", "glob", book_factor=Decimal("0.9")))
    assert (changed.id, changed.input, changed.book_factor) == (made.id, None, Decimal("0.9"))
    assert catalog.prices.overrides() == (changed,)
    with pytest.raises(Conflict, match="deal"):
        catalog.prices.create(PriceOverride("deal", "x", input=Decimal(1)))
    catalog.prices.delete(made.id)
    assert catalog.prices.overrides() == ()
    assert [action for _, action, noun in story(catalog) if noun == "price"] == ["create", "update", "delete"]


def test_a_price_made_on_another_replica_holds_here_soon(where: str, catalog: Catalog, clock: FixedClock) -> None:
    assert catalog.prices.overrides() == ()
    other = open_catalog(where, clock, RandomIds())
    made = other.prices.create(PriceOverride("gpu", "llama", per_second=Decimal("0.001")))
    other.close()
    assert catalog.prices.overrides() == ()
    clock.advance_s(10)
    assert catalog.prices.overrides() == (made,)


def test_the_most_particular_retention_holds(catalog: Catalog) -> None:
    catalog.projects.create("plain")
    catalog.projects.create("own", retention_days=30)
    catalog.projects.create("fine", retention_days=30)
    catalog.retention.set(RetentionPolicy("fine", "all", 20, 5))
    catalog.retention.set(RetentionPolicy("fine", "metrics", 400))
    effective = catalog.retention.effective(90)
    assert {p: {s: (v.days, v.payload_days) for s, v in kept.items()} for p, kept in effective.items()} == {
        "own": dict.fromkeys(("spans", "logs", "metrics", "scores", "predictions"), (30, None)),
        "fine": {"spans": (20, 5), "logs": (20, 5), "metrics": (400, None), "scores": (20, 5), "predictions": (20, 5)},
    }
    catalog.retention.delete("fine", "metrics")
    assert catalog.retention.effective(90)["fine"]["metrics"].days == 20


@pytest.mark.parametrize(
    "policy",
    [RetentionPolicy("p", "all", 0), RetentionPolicy("p", "all", 10, 11), RetentionPolicy("p", "ledger", 5), RetentionPolicy("", "all", 5)],  # type: ignore[arg-type]
)  # fmt: skip
def test_a_retention_policy_that_makes_no_sense_is_refused(catalog: Catalog, policy: RetentionPolicy) -> None:
    with pytest.raises(BadInput):
        catalog.retention.set(policy)


def test_mappings_keep_every_version_and_one_of_them_is_in_force(catalog: Catalog, clock: FixedClock) -> None:
    first = catalog.mappings.put("acme", "a = 1", actor="ada")
    second = catalog.mappings.put("acme", "a = 2", actor="bob")
    assert catalog.mappings.put("acme", "a = 2", actor="cy") == second
    assert (first.version, second.version) == (1, 2)
    assert catalog.mappings.active() == [MappingVersion("acme", 2, "a = 2", "bob", True, clock.now_ns())]
    assert catalog.mappings.activate("acme", 1) == first
    assert [(one.version, one.active) for one in catalog.mappings.versions("acme")] == [(2, False), (1, True)]
    assert catalog.mappings.activate("acme", None) is None
    assert catalog.mappings.active() == []
    assert [action for _, action, _ in story(catalog)] == ["create", "update", "update", "delete"]
    with pytest.raises(NotFound):
        catalog.mappings.activate("acme", 7)


def test_notes_are_kept_by_name(catalog: Catalog) -> None:
    catalog.notes.put("job/1", {"done": 1})
    catalog.notes.put("job/1", {"done": 2})
    catalog.notes.put("job_2", {})
    assert catalog.notes.find("job/1") == {"done": 2}
    assert list(catalog.notes.under("job/")) == ["job/1"]
    catalog.notes.delete("job/1")
    assert catalog.notes.find("job/1") is None


def test_a_change_and_its_record_are_kept_together_or_not_at_all(catalog: Catalog) -> None:
    def half_a_change() -> None:
        with catalog.database.write() as session:
            catalog.audit.record(session, "ada", "create", "project", "x")
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        half_a_change()
    assert catalog.audit.entries() == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_rewrite_the_audit_log(catalog: Catalog, statement: str) -> None:
    catalog.projects.create("shop", actor="ada")
    with pytest.raises((StoreError, Conflict, StoreDown), match="append-only"), catalog.database.write() as session:
        session.execute(text(statement))
    assert [entry.actor for entry in catalog.audit.entries()] == ["ada"]


def test_the_audit_log_is_read_in_pages_and_by_noun_and_project(catalog: Catalog) -> None:
    for name in ("a", "b", "c"):
        catalog.projects.create(name)
    catalog.keys.create("k", ["send"], project="b")
    first = catalog.audit.entries(limit=2)
    rest = catalog.audit.entries(limit=2, before_id=first[-1].id)
    assert [entry.noun_id for entry in [*first, *rest]][1:] == ["c", "b", "a"]
    assert [entry.noun for entry in catalog.audit.entries(project="b")] == ["key", "project"]
    assert [entry.noun_id for entry in catalog.audit.entries(noun="project", noun_id="a")] == ["a"]


def test_the_catalog_tells_its_database(catalog: Catalog) -> None:
    assert catalog.ping().split()[0] in ("SQLite", "PostgreSQL")


def test_a_copy_made_while_the_catalog_is_in_use_opens_as_a_catalog(
    catalog: Catalog, clock: FixedClock, tmp_path: Path
) -> None:
    made = catalog.projects.create("shop")
    folder = tmp_path / "copy"
    folder.mkdir()
    if catalog.database.is_postgres:
        with pytest.raises(BadInput, match="pg_dump"):
            catalog.database.backup(folder)
        return
    catalog.database.backup(folder)
    catalog.projects.create("later")
    copy = open_catalog(folder, clock, RandomIds())
    assert copy.projects.list() == [made]
    copy.close()
    with pytest.raises(Conflict, match="already"):
        catalog.database.backup(folder)


@pytest.mark.parametrize("dsn", ["mysql://x", "://"])
def test_a_dsn_of_another_database_is_a_wrong_setting(dsn: str) -> None:
    with pytest.raises(SettingsError, match="postgresql://"):
        open_catalog(dsn, FixedClock(0), RandomIds())


def test_a_server_that_is_not_there_is_said_to_be_unreachable(tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="cannot be reached"):
        open_catalog(f"postgresql://nobody@/none?host={tmp_path}", FixedClock(0), RandomIds())
