"""Objects and files that clients upload: the same content is kept once, versions count per name."""

import pytest

from nervure.base.errors import BadInput, NotFound
from nervure.catalog.catalog import Catalog
from nervure.model.asset import Asset


def asset(digest: str, name: str = "ask", project: str = "p") -> Asset:
    return Asset(project, "object", name, digest, text=f'"{digest}"', size=3, facts={"kind": "op"})


def test_the_same_content_is_one_version_and_other_content_the_next(catalog: Catalog) -> None:
    first, again, second = (catalog.assets.keep(asset(digest)) for digest in ("a", "a", "b"))
    assert (first, second.version) == (again, 1)
    assert catalog.assets.keep(asset("a", "other")).version == 0
    assert catalog.assets.newest("p", "object") == {"ask": 1, "other": 0}
    assert [one.digest for one in catalog.assets.list("p", "object", ["ask"])] == ["b", "a"]


def test_an_asset_is_found_by_digest_number_and_as_the_newest(catalog: Catalog) -> None:
    for digest in ("a", "b"):
        catalog.assets.keep(asset(digest))
    found = [catalog.assets.get("p", "object", which, "ask").digest for which in ("a", "latest", "v0")]
    assert found == ["a", "b", "a"]
    assert catalog.assets.get("p", "object", "b").name == "ask"


@pytest.mark.parametrize(("project", "digest", "name"), [("q", "a", "ask"), ("p", "z", "ask"), ("p", "latest", "")])
def test_what_is_not_there_is_not_found(catalog: Catalog, project: str, digest: str, name: str) -> None:
    catalog.assets.keep(asset("a"))
    with pytest.raises(NotFound):
        catalog.assets.get(project, "object", digest, name)


def test_assets_are_deleted_by_name_and_digest(catalog: Catalog) -> None:
    for digest in ("a", "b", "c"):
        catalog.assets.keep(asset(digest))
    assert catalog.assets.delete("p", "object", "ask", ["a"]) == 1
    assert catalog.assets.delete("p", "object", "ask") == 2
    assert catalog.assets.list("p", "object") == []


def test_a_name_that_cannot_be_kept_is_refused(catalog: Catalog) -> None:
    for name in ("", "x" * 300):
        with pytest.raises(BadInput):
            catalog.assets.keep(asset("a", name))
