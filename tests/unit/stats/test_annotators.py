"""Agreement of annotators on a rubric."""

import pytest

from nervure.model.annotation import Answer, Choice, Criterion
from nervure.stats.annotators import agreement, disagreement

GRADE = Criterion("grade", "categorical", choices=(Choice("bad"), Choice("fair"), Choice("good")), is_ordered=True)
TRUE = Criterion("true", "boolean")
STARS = Criterion("stars", "numeric", least=1, most=5)


def said(name: str, *rows: str) -> list[Answer]:
    """One row an item: a letter an annotator, in the order of `abc`; a dot for none."""
    meanings = {"+": True, "-": False, "b": "bad", "f": "fair", "g": "good"}
    return [
        Answer(f"i{number}", who, "done", {name: meanings[mark]}, {})
        for number, row in enumerate(rows)
        for who, mark in zip(("ann", "bob", "cid"), row, strict=False)
        if mark != "."
    ]


def test_two_people_who_differ_on_one_of_ten() -> None:
    found = agreement(TRUE, said("true", *["++"] * 5, *["--"] * 4, "+-"))
    (pair,) = found.pairs
    assert (found.items, found.annotators, pair.one, pair.other) == (10, 2, "ann", "bob")
    assert pair.same is not None
    assert pair.same.estimate == 0.9
    # Chance agreement is .6 * .5 + .4 * .5 = .5, so kappa is (.9 - .5) / .5.
    assert pair.kappa is not None
    assert pair.kappa.estimate == pytest.approx(0.8)
    assert found.fleiss is not None
    assert found.alpha is not None
    # With ten items of two ratings each, Krippendorff's is Fleiss' with a correction of 1 / 20 for small samples.
    assert found.alpha.estimate == pytest.approx(found.fleiss.estimate + (1 - found.fleiss.estimate) / 20)


def test_gaps_are_allowed_and_single_ratings_say_nothing() -> None:
    found = agreement(TRUE, said("true", "++.", "-.-", ".++", "+..", "-.."))
    assert (found.items, found.annotators, found.fleiss is not None) == (3, 3, True)
    assert found.same is not None
    assert (found.same.estimate, found.same.n) == (1.0, 3)


def test_a_scale_forgives_neighbours_more_than_ends() -> None:
    near = agreement(GRADE, said("grade", "bb", "ff", "gg", "fg", "bf"))
    far = agreement(GRADE, said("grade", "bb", "ff", "gg", "bg", "gb"))
    assert near.metric == "ordinal"
    assert near.alpha is not None
    assert far.alpha is not None
    assert near.alpha.estimate > far.alpha.estimate


def test_final_answers_and_skips_are_not_compared() -> None:
    given = [
        Answer("i", "ann", "done", {"true": True}, {}),
        Answer("i", "chief", "done", {"true": False}, {}, is_final=True),
        Answer("i", "bob", "skipped", {}, {}),
    ]
    assert agreement(TRUE, given).items == 0


def test_how_far_apart_the_ratings_of_an_item_are() -> None:
    assert disagreement(STARS, {"ann": 2.0, "bob": 4.0}) == 0.5
    assert disagreement(GRADE, {"ann": 0.0, "bob": 2.0}) == 1.0
    assert disagreement(TRUE, {"ann": 1.0, "bob": 1.0}) == 0.0


def test_words_have_no_agreement() -> None:
    with pytest.raises(ValueError, match="in words"):
        agreement(Criterion("why", "text"), [])
