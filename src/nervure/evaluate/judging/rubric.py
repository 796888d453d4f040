"""The contract of a rubric: what a judge is asked, and the grades it may give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from rapidfuzz import process

from nervure.base.errors import BadInput, NotFound, SettingsError
from nervure.base.plugins import discover
from nervure.evaluate.evaluator import Level, Need
from nervure.evaluate.judging import rubrics as folder
from nervure.evaluate.registry import known_name, plain_name
from nervure.model.judge import ABSTAINED, Grade, Judge, Shot

# The label by which a judge says that it cannot tell.
CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Rubric:
    """One question with its grades; a file in `rubrics/` ends in one.

    question: what is judged, as it is put to the model. rules: further sentences, one thing each. grades: from best to
    worst; scores within [0, 1]. mark: the label of a quoted passage of the output when the verdict is below the
    threshold. is_pair: `output` is compared with `expected`, which holds another answer; grades are win, tie and loss.
    The other fields are those of an Evaluator.
    """

    name: str
    summary: str
    question: str
    grades: tuple[Grade, ...]
    needs: tuple[Need, ...]
    blind: str
    rules: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    optional: tuple[Need, ...] = ()
    level: Level = "span"
    detects: str = ""
    threshold: float = 0.5
    mark: str = ""
    is_pair: bool = False
    shots: tuple[Shot, ...] = ()

    def grade(self, label: str) -> Grade | None:
        """The grade of a label, however it is written."""
        key = plain_name(label)
        return next((one for one in self.grades if plain_name(one.label) == key), None)


@cache
def rubrics() -> dict[str, Rubric]:
    """Every rubric by name. Raises SettingsError when two claim one name or alias."""
    found: dict[str, Rubric] = discover(folder, "RUBRIC")
    _names(found)
    return found


def get_rubric(name: str) -> Rubric:
    """By name or alias. Raises NotFound with the nearest names."""
    known = find_rubric(name)
    if known is not None:
        return known
    found = rubrics()
    names = _names(found)
    near = ", ".join(dict.fromkeys(names[one[0]] for one in process.extract(plain_name(name), list(names), limit=4)))
    raise NotFound(f"there is no rubric {name!r}; near it: {near}. There are: {', '.join(sorted(found))}")


def find_rubric(name: str) -> Rubric | None:
    """By name or alias, None when there is none."""
    found = known_name(name, _names(rubrics()))
    return None if found is None else rubrics()[found]


def rubric_of(judge: Judge) -> Rubric:
    """The judge's rubric with what it changes. Raises NotFound, and BadInput for one that cannot be used."""
    base = get_rubric(judge.rubric)
    if base.name == "custom" and not judge.criteria.strip():
        raise BadInput("a judge of one's own needs criteria: say in words what is judged")
    if base.is_pair and judge.grades:
        raise BadInput("the grades of a comparison are win, tie and loss: leave `grades` out")
    grades = judge.grades or base.grades
    check_grades(grades)
    needs = tuple(_need(name) for name in judge.needs) or base.needs
    # Grades of one's own have no place for a shipped threshold: halfway between the best and the worst.
    own = (max(one.score for one in grades) + min(one.score for one in grades)) / 2 if judge.grades else base.threshold
    threshold = own if judge.threshold is None else judge.threshold
    made = replace(
        base, question=judge.criteria.strip() or base.question, grades=grades, needs=needs, threshold=threshold,
        optional=tuple(name for name in base.optional if name not in needs), shots=judge.shots or base.shots,
    )  # fmt: skip
    for shot in made.shots:
        if made.grade(shot.label) is None:
            raise BadInput(f"an example has the label {shot.label!r}; the grades are: {_labels(grades)}")
    return made


def check_grades(grades: Sequence[Grade]) -> None:
    """Raises BadInput for grades no verdict can be made of."""
    keys = [plain_name(one.label) for one in grades]
    if len(grades) < 2 or len(set(keys)) < len(keys) or "" in keys:
        raise BadInput(f"a judge needs at least two grades with different labels, got: {_labels(grades) or 'none'}")
    if {plain_name(CANNOT_TELL), plain_name(ABSTAINED)} & set(keys):
        raise BadInput(f"no grade may be called {CANNOT_TELL} or {ABSTAINED}: these say that there is no verdict")
    for one in grades:
        if not 0 <= one.score <= 1:
            raise BadInput(f"the score of a grade lies within 0 and 1, got {one.score} for {one.label!r}")
    if len({one.score for one in grades}) < 2:
        raise BadInput("all grades have the same score: give the best 1 and the worst 0")


def _need(name: str) -> Need:
    known: dict[str, Need] = {
        "input": "input", "output": "output", "documents": "documents", "expected": "expected", "tools": "tools",
        "tool_calls": "tool_calls", "expected_tool_calls": "expected_tool_calls", "steps": "steps",
        "messages": "messages",
    }  # fmt: skip
    if name not in known:
        raise BadInput(f"{name!r} is no field of an example; there are: {', '.join(known)}")
    return known[name]


def _labels(grades: Sequence[Grade]) -> str:
    return ", ".join(one.label for one in grades)


def _names(found: dict[str, Rubric]) -> dict[str, str]:
    names: dict[str, str] = {}
    for rubric in found.values():
        for key in dict.fromkeys(plain_name(name) for name in (rubric.name, *rubric.aliases)):
            if key in names:
                raise SettingsError(f"rubric {rubric.name}: the name {key!r} belongs to {names[key]}")
            names[key] = rubric.name
    return names
