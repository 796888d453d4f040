"""Rows in, scores out: the same for a file, a list, an Arrow table or a data frame."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from itertools import islice
from multiprocessing import get_context
from typing import Any

from nervure.base.errors import BadInput, NervureError
from nervure.evaluate.chosen import handed_on, take_over, version_of
from nervure.evaluate.evaluator import Document, Evaluator, Example, Message, Result, Step, ToolCall
from nervure.evaluate.registry import get_evaluator

# Names other packages give to the same field, by ours.
FIELDS: dict[str, tuple[str, ...]] = {
    "input": ("question", "query", "user_input", "prompt"),
    "output": ("answer", "response", "completion", "actual_output", "prediction"),
    "documents": ("contexts", "retrieved_contexts", "retrieval_context", "context"),
    "expected": ("reference", "ground_truth", "expected_output", "reference_answer", "target"),
    "tools": ("available_tools", "tool_definitions"),
    "tool_calls": ("tools_called",),
    "expected_tool_calls": ("reference_tool_calls", "expected_tools"),
    "steps": ("trajectory", "spans"),
    "messages": ("conversation", "turns"),
    "latency_ms": (),
    "cost_usd": (),
    "finish_reason": (),
}
_LISTS = frozenset({"documents", "tools", "tool_calls", "expected_tool_calls", "steps", "messages"})
CHUNK_ROWS = 64


def evaluate_rows(
    names: str | Sequence[str],
    rows: Any,
    *,
    settings: Mapping[str, Any] | None = None,
    fields: Mapping[str, str] | None = None,
    workers: int = 1,
) -> Iterator[dict[str, Any]]:
    """Score rows one by one, in order, holding only a few at a time.

    names: evaluators, by name or alias. rows: an iterable of mappings, an Arrow table or batch, or a pandas or polars
    data frame. settings: for all evaluators (`{"k": 5}`) or for one (`{"ndcg.k": 5}`). fields: our name of a field to
    the row's (`{"output": "reply"}`). workers: processes; 1 stays in this one.

    Yields for one evaluator `{"evaluator", "version", "score", "label", "passed", "explanation", "spans", "details"}`,
    for several `{"scores": {name: such a mapping}}`; a row's `id` is passed on. A row that cannot be scored yields
    `score` None, `label` "error" and `error` with the reason. Raises NotFound and BadInput for names and settings.
    """
    chosen = [get_evaluator(name) for name in ([names] if isinstance(names, str) else names)]
    if not chosen:
        raise BadInput("name at least one evaluator; `nervure evaluate --list` names them all")
    own = {evaluator.name: own_settings(evaluator, chosen, settings or {}) for evaluator in chosen}
    mapped = dict(fields or {})
    check_fields(mapped)
    if workers <= 1:
        return (evaluate_row(chosen, row, own, mapped) for row in records(rows))
    return _spread(list(own), own, mapped, records(rows), workers)


def check_fields(fields: Mapping[str, str]) -> None:
    """Raises BadInput for a name that is none of ours (`FIELDS`)."""
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise BadInput(f"{', '.join(sorted(unknown))} is no field of an example; there are: {', '.join(FIELDS)}")


def evaluate_row(
    chosen: Sequence[Evaluator],
    row: Any,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    fields: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One row by each evaluator; settings by evaluator's name. Never raises for what is in the row."""
    answer: dict[str, Any] = {}
    if isinstance(row, Mapping) and "id" in row:
        answer["id"] = row["id"]
    try:
        example: Example | str = read_row(row, fields or {})
    except BadInput as error:
        example = str(error)
    scores = {one.name: _score(one, example, (settings or {}).get(one.name, {})) for one in chosen}
    return answer | (next(iter(scores.values())) if len(scores) == 1 else {"scores": scores})


def read_row(row: Any, fields: Mapping[str, str] | None = None) -> Example:
    """An Example of a mapping. Raises BadInput naming the field that cannot be read."""
    if not isinstance(row, Mapping):
        raise BadInput(f"a row must be an object with fields such as input and output, got {type(row).__name__}")
    values: dict[str, Any] = {}
    for name, others in FIELDS.items():
        own = (fields or {}).get(name)
        value = row.get(own) if own else next((row[key] for key in (name, *others) if row.get(key) is not None), None)
        # Data frames write "no value" as NaN.
        if value is None or (isinstance(value, float) and value != value):
            continue
        values[name] = _read(name, value)
    return Example(**values)


def records(rows: Any) -> Iterator[Any]:
    """The rows of a list, an Arrow table or batch, a pandas or a polars data frame, one after the other."""
    if hasattr(rows, "to_batches"):
        for batch in rows.to_batches(max_chunksize=CHUNK_ROWS):
            yield from batch.to_pylist()
    elif hasattr(rows, "iter_rows"):
        yield from rows.iter_rows(named=True)
    elif hasattr(rows, "itertuples"):
        names = [str(name) for name in rows.columns]
        yield from (dict(zip(names, values, strict=True)) for values in rows.itertuples(index=False, name=None))
    elif isinstance(rows, Mapping):
        raise BadInput("rows must be a sequence of objects; put a single row into a list")
    elif hasattr(rows, "to_pylist"):
        yield from rows.to_pylist()
    else:
        yield from rows


def own_settings(evaluator: Evaluator, chosen: Sequence[Evaluator], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings meant for this evaluator. Raises BadInput for one that none of them has."""
    own: dict[str, Any] = {}
    asked_for = {one.name for one in chosen}
    known = {setting.name for setting in evaluator.settings} | {"threshold"}
    for key, value in settings.items():
        target, _, name = key.rpartition(".")
        # Judges and a user's own are known by the names they were asked for by.
        meant = target if target in asked_for else get_evaluator(target).name if target else ""
        if target and meant not in asked_for:
            raise BadInput(f"setting {key!r} is for {target}, which is not among the evaluators asked for")
        if target:
            if meant == evaluator.name:
                own[name] = value
        # A bare name goes to those that know it; when nobody does, the first one's message tells what there is.
        elif name in known or not any(name in {s.name for s in one.settings} for one in chosen):
            own[name] = value
    evaluator.complete(own)
    return own


def _score(evaluator: Evaluator, example: Example | str, settings: Mapping[str, Any]) -> dict[str, Any]:
    head = {"evaluator": evaluator.name, "version": version_of(evaluator)}
    try:
        if isinstance(example, str):
            raise BadInput(example)
        result = evaluator.evaluate(example, settings)
    # A third party's evaluator may fail in any way; the row says so and the others go on.
    except Exception as error:  # noqa: BLE001
        told = (
            str(error)
            if isinstance(error, NervureError)
            else f"{evaluator.name} failed: {type(error).__name__}: {error}"
        )
        nothing: dict[str, Any] = {
            "score": None,
            "label": "error",
            "passed": None,
            "explanation": told,
            "spans": [],
            "details": {},
        }
        return head | nothing | {"error": told}
    return head | plain(result)


def plain(result: Result) -> dict[str, Any]:
    """A result as JSON values."""
    return {
        "score": None if result.score is None else round(result.score, 6),
        "label": result.label,
        "passed": result.passed,
        "explanation": result.explanation,
        "spans": [
            {key: value for key, value in asdict(mark).items() if value not in (None, "")} for mark in result.spans
        ],
        "details": dict(result.details),
    }


def _spread(
    names: list[str], settings: dict[str, Any], fields: dict[str, str], rows: Iterator[Any], workers: int
) -> Iterator[dict[str, Any]]:
    # Not fork: the parent may hold threads of other libraries.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=take_over, initargs=handed_on()
    ) as pool:
        waiting: deque[Future[list[dict[str, Any]]]] = deque()
        while chunk := list(islice(rows, CHUNK_ROWS)):
            waiting.append(pool.submit(_chunk, names, settings, fields, chunk))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _chunk(names: list[str], settings: dict[str, Any], fields: dict[str, str], rows: list[Any]) -> list[dict[str, Any]]:
    chosen = [get_evaluator(name) for name in names]
    return [evaluate_row(chosen, row, settings, fields) for row in rows]


def _read(name: str, value: Any) -> Any:
    if name in ("latency_ms", "cost_usd"):
        return _number(name, value)
    if name in _LISTS:
        # A CSV cell holds a list as JSON; a single passage may stand alone.
        if isinstance(value, str):
            value = _json_list(name, value)
        if not isinstance(value, Iterable) or isinstance(value, Mapping):
            raise BadInput(f"{name} must be a list, got {type(value).__name__}")
        return tuple(_ITEMS[name](item) for item in value)
    if name == "expected":
        return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} must be a number, got {value!r}") from error


def _json_list(name: str, text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        try:
            return list(json.loads(text))
        except ValueError as error:
            # A passage may begin with a bracket, e.g. a citation; a list of calls may not be broken.
            if name != "documents":
                raise BadInput(f"{name} is not a JSON list: {error}") from error
    if name == "documents":
        return [text]
    raise BadInput(f"{name} must be a JSON list, got {text[:60]!r}")


def _document(item: Any) -> Document:
    if isinstance(item, str):
        return Document(item)
    if not isinstance(item, Mapping):
        raise BadInput(f"documents must be texts or objects with content, got {type(item).__name__}")
    content = next((item[key] for key in ("content", "text", "page_content") if item.get(key) is not None), None)
    if content is None:
        raise BadInput(f"a document needs content; this one has: {', '.join(map(str, item)) or 'nothing'}")
    grade = next((item[key] for key in ("relevance", "relevant", "label") if item.get(key) is not None), None)
    score = item.get("score")
    return Document(
        str(content),
        str(item.get("id", "")),
        None if score is None else _number("a document's score", score),
        None if grade is None else _number("a document's relevance", grade),
    )


def _call(item: Any) -> ToolCall:
    if isinstance(item, str):
        return ToolCall(item)
    if not isinstance(item, Mapping):
        raise BadInput(f"a tool call must be an object with name and arguments, got {type(item).__name__}")
    # OpenAI nests the call below `function`; Anthropic calls the arguments `input`.
    inner = item["function"] if isinstance(item.get("function"), Mapping) else item
    if not isinstance(inner.get("name"), str):
        raise BadInput("a tool call needs a name")
    arguments = next(
        (inner[key] for key in ("arguments", "args", "input", "input_parameters") if inner.get(key) is not None), None
    )
    return ToolCall(inner["name"], arguments, str(item.get("error") or ""))


def _tool(item: Any) -> Mapping[str, Any]:
    inner = item.get("function", item) if isinstance(item, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
        raise BadInput("a tool's definition must be an object with a name and parameters (JSON Schema)")
    schema: Any = next(
        (inner[key] for key in ("parameters", "input_schema", "inputSchema") if inner.get(key) is not None), {}
    )
    if not isinstance(schema, (Mapping, bool)):
        raise BadInput(f"the parameters of tool {inner['name']} must be a JSON Schema object")
    return {"name": inner["name"], "description": str(inner.get("description") or ""), "parameters": schema}


def _step(item: Any) -> Step:
    if isinstance(item, str):
        return Step(item, "tool")
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
        raise BadInput("a step must be an object with a name, and kind, input, output, status where known")
    given = item.get("input", item.get("arguments"))
    return Step(item["name"], str(item.get("kind", "tool")), given, item.get("output"), str(item.get("status", "ok")))


def _message(item: Any) -> Message:
    if not isinstance(item, Mapping) or not isinstance(item.get("role"), str):
        raise BadInput("a message must be an object with role and content")
    content = item.get("content")
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return Message(item["role"], str(content or ""))


_ITEMS = {
    "documents": _document,
    "tools": _tool,
    "tool_calls": _call,
    "expected_tool_calls": _call,
    "steps": _step,
    "messages": _message,
}
