"""The bounded process: loads one evaluator of the user's and answers a line for a line.

python -m nervure.evaluate.custom.child file PATH | entry-point NAME | expression

First it says what it loaded ({"name", "summary", "needs", ...} or {"error"}), then for each {"example", "settings"} it says
{"score", "label", "explanation", "spans", "details"} or {"error"}. Of an expression the first line in is its text.
"""

import importlib.util
import inspect
import io
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.evaluate.custom.expression import evaluate, needs_of, parse
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Need, Result
from nervure.evaluate.rows import plain, read_row

GROUP = "nervure.evaluate.evaluators"
MOST_FILE_BYTES = 64 << 20


def main() -> None:
    """Reads and answers until its input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the user's code prints must not be taken for an answer.
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    _limit()
    try:
        evaluator = load(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "", sys.stdin)
    except BaseException as error:  # noqa: BLE001 - the user's module may fail in any way
        _say(out, {"error": _told(error)})
        return
    _say(out, described(evaluator))
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            result = evaluator.run(read_row(asked["example"]), evaluator.complete(asked["settings"]))
            _say(out, plain(result))
        except BaseException as error:  # noqa: BLE001 - the user's code may fail in any way
            _say(out, {"error": _told(error)})


def load(kind: str, what: str, lines: Any) -> Evaluator:
    """The evaluator. Raises whatever the user's code does, and BadInput for what is no evaluator."""
    if kind == "expression":
        return of_expression(json.loads(lines.readline()))
    if kind == "entry-point":
        found = next((point for point in entry_points(group=GROUP) if point.name == what), None)
        if found is None:
            raise BadInput(f"no installed package offers {what!r} under {GROUP}")
        loaded = found.load()
        if not isinstance(loaded, Evaluator):
            raise BadInput(f"the entry point {what!r} is a {type(loaded).__name__}, it must be an Evaluator")
        return loaded
    path = Path(what)
    spec = importlib.util.spec_from_file_location(f"nervure_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path.name} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return of_module(module, path)


def of_expression(said: Mapping[str, Any]) -> Evaluator:
    """The evaluator of an expression. Raises BadInput."""
    tree = parse(said["text"])

    def run(example: Example, _settings: Mapping[str, Any]) -> Result:
        return result_of(evaluate(tree, example), said["text"])

    return Evaluator(
        name=said["name"], summary=said.get("summary") or said["text"], run=run, needs=needs_of(tree),  # type: ignore[arg-type]
        blind="Everything the expression does not look at.", threshold=float(said.get("threshold", 0.5)),
        threshold_why="as it was written", group="custom", version=str(said.get("version", 1)),
    )  # fmt: skip


def of_module(module: Any, path: Path) -> Evaluator:
    """The evaluator of a file: its EVALUATOR, else its function `evaluate`. Raises BadInput."""
    version = str(getattr(module, "VERSION", "")) or digest(path.read_bytes())[:12]
    held = getattr(module, "EVALUATOR", None)
    if isinstance(held, Evaluator):
        return held
    function = getattr(module, "evaluate", None)
    if not callable(function):
        raise BadInput(
            f"{path.name} has neither a function `evaluate` nor an EVALUATOR: write def evaluate(output): return 0 to 1"
        )
    summary = (inspect.getdoc(module) or inspect.getdoc(function) or path.stem).strip().split("\n")[0]
    return of_function(function, path.stem, summary, getattr(module, "THRESHOLD", 0.5), version)


def of_function(function: Callable[..., Any], name: str, summary: str, threshold: Any, version: str) -> Evaluator:
    """The evaluator of a function that takes `example`, or fields of one by name; those without a default are its needs."""
    parameters = inspect.signature(function).parameters
    known = set(Example.__dataclass_fields__) | {"example"}
    unknown = [one for one in parameters if one not in known]
    if unknown:
        raise BadInput(
            f"{name}: evaluate() takes {', '.join(unknown)}, which is no field of an example; there are: {', '.join(sorted(known))}"
        )
    needs = tuple(
        one
        for one, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and one in get_args(Need)
    )

    def run(example: Example, _settings: Mapping[str, Any]) -> Result:
        given = {one: example if one == "example" else getattr(example, one) for one in parameters}
        given = {
            one: parameters[one].default
            if value is None and parameters[one].default is not inspect.Parameter.empty
            else value
            for one, value in given.items()
        }
        return result_of(function(**given))

    return Evaluator(
        name=name, summary=summary, run=run, needs=needs, blind="As its author says.", threshold=float(threshold),  # type: ignore[arg-type]
        threshold_why="as its author set it", group="custom", version=version,
    )  # fmt: skip


def result_of(value: Any, about: str = "") -> Result:
    """What a user's function may return: a number, a truth value, (score, explanation), a mapping or a Result.

    Raises BadInput for anything else. None: there was nothing to judge.
    """
    if isinstance(value, Result):
        return value
    if isinstance(value, Mapping):
        unknown = set(value) - {"score", "label", "explanation", "marks", "details"}
        if unknown or "score" not in value:
            raise BadInput(
                "return {'score': 0 to 1, 'label', 'explanation', 'marks', 'details'}, "
                f"got {', '.join(map(str, value)) or 'nothing'}"
            )
        made = result_of(value["score"], about)
        marks = tuple(Mark(**mark) for mark in value.get("marks") or ())
        label, told = str(value.get("label") or made.label), str(value.get("explanation") or made.explanation)
        return Result(made.score, label, told, marks, dict(value.get("details") or {}))
    if isinstance(value, tuple) and len(value) == 2:
        made = result_of(value[0], about)
        return Result(made.score, made.label, str(value[1]))
    if value is None:
        return Result(None, "not_applicable", "it found nothing to judge")
    if isinstance(value, bool):
        return Result(
            float(value), "yes" if value else "no", f"{about} is {str(value).lower()}" if about else str(value).lower()
        )
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"a score must be a number, true or false, got {type(value).__name__}") from error
    if number != number:
        raise BadInput("the score is not a number (NaN): return None when there is nothing to judge")
    return Result(number, f"{number:.3g}", f"{about} is {number:.4g}" if about else f"{number:.4g}")


def described(evaluator: Evaluator) -> dict[str, Any]:
    """What the parent makes its Evaluator of."""
    return {
        "name": evaluator.name, "summary": evaluator.summary, "needs": list(evaluator.needs), "blind": evaluator.blind,
        "optional": list(evaluator.optional), "threshold": evaluator.threshold, "threshold_why": evaluator.threshold_why,
        "level": evaluator.level, "group": evaluator.group, "detects": evaluator.detects, "version": evaluator.version,
        "low": evaluator.low, "high": evaluator.high, "aliases": list(evaluator.aliases),
        "settings": [
            {"name": one.name, "default": one.default, "help": one.help, "choices": list(one.choices)}
            for one in evaluator.settings
        ],
    }  # fmt: skip


def _limit() -> None:
    memory = int(os.environ.get("SANDBOX_MEMORY_BYTES", "0"))
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, MOST_FILE_BYTES),
        (resource.RLIMIT_NOFILE, 128),
    ):
        if most:
            resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _told(error: BaseException) -> str:
    if isinstance(error, BadInput):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than it may have"
    where = traceback.extract_tb(error.__traceback__)
    own = next(
        (
            frame
            for frame in reversed(where)
            if "nervure_user" in frame.filename or "site-packages" not in frame.filename
        ),
        None,
    )
    place = f" ({Path(own.filename).name}, line {own.lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}"


def _say(out: io.TextIOBase | Any, value: Mapping[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
