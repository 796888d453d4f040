"""Annotation queues: rubric versions, who gets which item, locks, skips, corrections."""

from dataclasses import replace

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.model.annotation import Choice, Criterion, Progress, Queue, Target

RUBRIC = (
    Criterion("correct", "boolean", "Is it true?"),
    Criterion("tone", "categorical", choices=(Choice("rude"), Choice("kind")), is_ordered=True, is_required=False),
    Criterion("stars", "numeric", least=1, most=5, is_required=False),
)


def made(catalog: Catalog, annotators: int = 1, items: int = 3) -> Queue:
    queue = catalog.annotation.create(
        Queue("", "default", "refunds", criteria=RUBRIC, annotators=annotators, lock_s=60)
    )
    catalog.annotation.add("default", queue.id, [Target(f"t{n}") for n in range(items)])
    return queue


def answer(catalog: Catalog, item_id: str, who: str, is_final: bool = False, **values: object) -> None:
    _, _, said, _ = catalog.answers.prepare("default", item_id, who, values, {}, is_final)
    catalog.answers.keep("default", said)


def test_a_changed_rubric_is_a_new_version_and_the_old_one_stays(catalog: Catalog) -> None:
    queue = made(catalog)
    changed = catalog.annotation.update(replace(queue, criteria=RUBRIC[:1]))
    assert (changed.rubric_version, changed.criteria) == (2, RUBRIC[:1])
    assert catalog.annotation.rubric("default", queue.id, 1) == RUBRIC
    assert catalog.annotation.update(replace(changed, instructions="Be strict.")).rubric_version == 2


@pytest.mark.parametrize(
    ("criteria", "problem"),
    [
        pytest.param((), "1 to 20 questions", id="nothing is asked"),
        pytest.param((RUBRIC[0], RUBRIC[0]), "asked twice", id="a name twice"),
        pytest.param((Criterion("x", "numeric", least=5, most=1),), "must lie below", id="bounds crossed"),
        pytest.param((Criterion("x", "categorical", choices=(Choice("a"),)),), "2 to 50", id="one category"),
        pytest.param((Criterion("x", "text", choices=(Choice("a"),)),), "only categories", id="choices of a text"),
    ],
)
def test_a_rubric_that_cannot_be_answered_is_refused(
    catalog: Catalog, criteria: tuple[Criterion, ...], problem: str
) -> None:
    with pytest.raises(BadInput, match=problem):
        catalog.annotation.create(Queue("", "default", "q", criteria=criteria))


def test_a_target_is_in_a_queue_once(catalog: Catalog) -> None:
    queue = made(catalog)
    added, held = catalog.annotation.add("default", queue.id, [Target("t0"), Target("t0", "s1"), Target("t0", "s1")])
    assert [item.target for item in added] == [Target("t0", "s1")]
    assert held == [Target("t0"), Target("t0", "s1")]


def test_items_come_by_priority_and_then_as_they_were_added(catalog: Catalog) -> None:
    queue = made(catalog)
    catalog.annotation.add("default", queue.id, [Target("urgent", priority=1.0)])
    item = catalog.answers.claim("default", queue.id, "ann")
    assert item is not None
    assert item.target.trace_id == "urgent"
    again = catalog.answers.claim("default", queue.id, "ann")
    assert again == item, "the item in hand comes again, so that a reloaded page loses nothing"


def test_two_people_do_not_get_the_same_item_unless_the_queue_asks_for_two(catalog: Catalog) -> None:
    one = made(catalog)
    first, second = (catalog.answers.claim("default", one.id, who) for who in ("ann", "bob"))
    assert first is not None
    assert second is not None
    assert first.id != second.id
    two = catalog.annotation.create(replace(one, name="both", annotators=2))
    catalog.annotation.add("default", two.id, [Target("x")])
    got = [catalog.answers.claim("default", two.id, who) for who in ("ann", "bob", "cid")]
    assert got[0] is not None
    assert got[0] == got[1]
    assert got[2] is None


def test_a_lock_that_ran_out_frees_the_item_and_a_late_answer_is_told_so(catalog: Catalog, clock: FixedClock) -> None:
    queue = made(catalog, items=1)
    item = catalog.answers.claim("default", queue.id, "ann")
    assert item is not None
    assert catalog.answers.claim("default", queue.id, "bob") is None
    clock.advance_s(61)
    assert catalog.answers.claim("default", queue.id, "bob") is not None
    with pytest.raises(Conflict, match="bob has it open"):
        answer(catalog, item.id, "ann", correct=True)
    clock.advance_s(61)
    answer(catalog, item.id, "ann", correct=True)
    assert catalog.annotation.progress("default", queue.id) == Progress(1, 1, 0, 0, 0, {"ann": 1})


def test_a_skipped_item_does_not_come_again_to_the_same_person(catalog: Catalog) -> None:
    queue = made(catalog, items=1)
    item = catalog.answers.claim("default", queue.id, "ann")
    assert item is not None
    with pytest.raises(BadInput, match="why"):
        catalog.answers.skip("default", item.id, "ann", " ")
    catalog.answers.skip("default", item.id, "ann", "not my language")
    assert catalog.answers.claim("default", queue.id, "ann") is None
    assert catalog.answers.claim("default", queue.id, "bob") == item
    assert catalog.annotation.progress("default", queue.id).skipped == 1


def test_an_answer_is_checked_against_the_rubric(catalog: Catalog) -> None:
    queue = made(catalog)
    item = catalog.annotation.items("default", queue.id)[0]
    for values, problem in (
        ({"tone": "kind"}, "still to be answered: correct"),
        ({"correct": 1}, "true or false"),
        ({"correct": True, "stars": 9}, "between 1 and 5"),
        ({"correct": True, "tone": "odd"}, "one of rude, kind"),
        ({"correct": True, "style": "x"}, "does not ask 'style'"),
    ):
        with pytest.raises(BadInput, match=problem):
            answer(catalog, item.id, "ann", **values)


def test_a_correction_is_a_higher_revision_and_counts_once(catalog: Catalog) -> None:
    queue = made(catalog, annotators=2)
    item = catalog.annotation.items("default", queue.id)[0]
    answer(catalog, item.id, "ann", correct=True, stars=5)
    answer(catalog, item.id, "ann", correct=False)
    (kept,) = catalog.answers.of_items([item.id])[item.id]
    assert (kept.revision, kept.values) == (2, {"correct": False})
    now = catalog.annotation.item("default", item.id)[1]
    assert (now.done, now.is_done) == (1, False)


def test_a_final_answer_settles_an_item(catalog: Catalog) -> None:
    queue = made(catalog, annotators=2, items=1)
    item = catalog.annotation.items("default", queue.id)[0]
    answer(catalog, item.id, "ann", correct=True)
    answer(catalog, item.id, "chief", is_final=True, correct=False)
    assert catalog.annotation.item("default", item.id)[1].is_done
    assert catalog.annotation.progress("default", queue.id).answers == {"ann": 1}


def test_what_belongs_to_another_project_is_not_there(catalog: Catalog) -> None:
    queue = made(catalog)
    item = catalog.annotation.items("default", queue.id)[0]
    for ask in (
        lambda: catalog.annotation.get("other", queue.id),
        lambda: catalog.annotation.item("other", item.id),
        lambda: catalog.answers.claim("other", queue.id, "ann"),
        lambda: catalog.answers.skip("other", item.id, "ann", "x"),
    ):
        with pytest.raises(NotFound):
            ask()
    catalog.annotation.delete("default", queue.id)
    assert catalog.annotation.queues("default") == []
