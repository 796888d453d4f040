"""One trace: the order of its tree, page by page, and everything that can be wrong with it."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import NotFound, QueryError
from nervure.model.span import Span
from nervure.query.tree import MAX_PATH, Bone, Tree

from .conftest import HOUR_NS, NOW_NS, World


def nodes_of(bones: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    tree = Tree([Bone(*bone) for bone in bones])
    return [{"id": tree.bone(at).span_id, **tree.node(at)} for at in range(len(tree))]


def shown(*bones: tuple[str, str, int]) -> list[tuple[str, int, int, int]]:
    return [(n["id"], n["depth"], n["child_count"], n["descendant_count"]) for n in nodes_of(list(bones))]


def test_parents_come_before_children_and_siblings_in_order_of_start() -> None:
    found = shown(("c", "a", 3), ("b", "a", 2), ("a", "", 1), ("d", "b", 9), ("e", "", 5))
    assert found == [("a", 0, 2, 3), ("b", 1, 1, 1), ("d", 2, 0, 0), ("c", 1, 0, 0), ("e", 0, 0, 0)]


def test_a_child_that_began_before_its_parent_stays_its_child() -> None:
    assert shown(("a", "", 10), ("b", "a", 5)) == [("a", 0, 1, 1), ("b", 1, 0, 0)]


def test_spans_without_their_parent_stand_at_the_root_and_say_so() -> None:
    nodes = nodes_of([("a", "gone", 1), ("b", "a", 2)])
    assert [(node["id"], node["depth"], "missing_parent" in node) for node in nodes] == [
        ("a", 0, True),
        ("b", 1, False),
    ]


def test_circles_survive_and_say_so() -> None:
    nodes = nodes_of([("a", "b", 1), ("b", "c", 2), ("c", "a", 3), ("d", "b", 4), ("e", "e", 5)])
    assert [(node["id"], node["depth"], "in_cycle" in node, node["child_count"]) for node in nodes] == [
        ("e", 0, True, 0), ("a", 0, True, 1), ("c", 1, False, 1), ("b", 2, False, 1), ("d", 3, False, 0),
    ]  # fmt: skip
    assert nodes[4]["path"] == ["a", "c", "b"]


def test_spans_with_one_id_all_stay_and_the_earliest_has_the_children() -> None:
    assert shown(("a", "", 1), ("a", "", 2), ("b", "a", 3)) == [("a", 0, 1, 1), ("b", 1, 0, 0), ("a", 0, 0, 0)]


def test_a_chain_deeper_than_recursion_is_ordered_and_its_paths_are_bounded() -> None:
    tree = Tree([Bone(str(n), str(n - 1) if n else "", n) for n in range(20_000)])
    assert tree.depths == list(range(20_000))
    assert tree.descendants[0] == 19_999
    assert tree.node(19_999)["path"] == [str(n) for n in range(19_999 - MAX_PATH, 19_999)]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", *"abcdefghxy"]), st.integers(0, 5))))
def test_every_span_is_there_once_whatever_the_parents(bones: list[tuple[str, str, int]]) -> None:
    tree = Tree([Bone(*bone) for bone in bones])
    assert sorted(tuple(tree.bone(at)) for at in range(len(tree))) == sorted(bones)
    depths = tree.depths
    assert all(after <= before + 1 for before, after in pairwise(depths))
    for at, depth in enumerate(depths):
        below = 0
        while at + below + 1 < len(depths) and depths[at + below + 1] > depth:
            below += 1
        assert tree.descendants[at] == below
        assert len(tree.node(at)["path"]) == depth


def test_a_large_trace_opens_page_by_page_in_the_same_order(world: World) -> None:
    start = NOW_NS - HOUR_NS
    spans = [
        Span(trace_id="large", span_id=f"{n:05}", parent_id=f"{(n * 7919 % n):05}" if n else "", name=f"step {n % 9}",
             start_ns=start + n, duration_ns=5, project="large", input_text="secret")
        for n in range(3000)
    ]  # fmt: skip
    world.insert("spans", spans)
    whole = world.asker.trace("large", "large", limit=3000)
    assert whole["span_count"] == 3000
    assert whole["next_cursor"] is None
    ids = [span["span_id"] for span in whole["spans"]]
    assert sorted(ids) == [span.span_id for span in spans]
    paged, cursor = [], ""
    while True:
        page = world.asker.trace("large", "large", limit=701, cursor=cursor)
        assert all("input_text" not in span for span in page["spans"])
        paged += [span["span_id"] for span in page["spans"]]
        if not page["next_cursor"]:
            break
        cursor = page["next_cursor"]
    assert paged == ids


def test_a_small_trace_comes_with_its_content_and_a_large_page_may_not(world: World) -> None:
    trace_id = world.spans[0].trace_id
    found = world.asker.trace("world", trace_id)
    assert len(found["spans"]) == 3
    assert all("attributes" in span for span in found["spans"])
    assert all("attributes" not in span for span in world.asker.trace("world", trace_id, content=False)["spans"])
    with pytest.raises(QueryError, match="at most 200 spans"):
        world.asker.trace("world", trace_id, limit=1000, content=True)


def test_a_span_has_everything_it_was_sent_with(world: World) -> None:
    span = world.spans[8]
    found = world.asker.span("world", span.trace_id, span.span_id)
    assert found["attributes"] == span.attributes
    assert found["metadata"] == span.metadata
    assert found["resource"] == span.resource
    assert found["duration_ms"] == span.duration_ns / 1e6
    assert found["input_text"] == span.input_text
    assert found["start"].endswith(f".{span.start_ns % 10**9:09d}Z")
    assert not any(name.endswith("_ns") for name in found)


def test_only_the_latest_revision_of_a_span_is_shown(world: World, request: pytest.FixtureRequest) -> None:
    if "two_shards" in request.node.name:
        pytest.skip("the tests' two shards are read through a view, which FINAL does not pass")

    def revised(revision: int, name: str) -> Span:
        return Span(
            trace_id="rev", span_id="1", name=name, start_ns=NOW_NS - HOUR_NS, project="revised", revision=revision
        )

    world.insert("spans", [revised(0, "first")])
    world.insert("spans", [revised(2, "third"), revised(1, "second")])
    assert world.asker.span("revised", "rev", "1")["name"] == "third"
    assert [span["name"] for span in world.asker.trace("revised", "rev")["spans"]] == ["third"]
    assert [span["name"] for span in world.asker.spans("revised")["items"]] == ["third"]
    assert world.value("count", "revised", since="-10m", until="now") == 0
    assert world.value("count", "revised", where='name = "first"') == 0
    assert world.value("count", "revised", where='name = "third"') == 1


def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="has no trace 'nothing'"):
        world.asker.trace("world", "nothing")
    with pytest.raises(NotFound, match="has no span 'nothing'"):
        world.asker.span("world", world.spans[0].trace_id, "nothing")
