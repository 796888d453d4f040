"""Is the output JSON, and of the right shape?"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing.exceptions import Unresolvable

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


@lru_cache(maxsize=64)
def validator(schema: str) -> Draft202012Validator:
    """Of a schema as JSON text. Raises BadInput for one that is not a JSON Schema."""
    try:
        held = json.loads(schema)
        Draft202012Validator.check_schema(held)
    except (ValueError, SchemaError) as error:
        raise BadInput(f"the JSON Schema cannot be used: {str(error).splitlines()[0]}") from error
    return Draft202012Validator(held)


def problems(value: Any, schema: Mapping[str, Any] | bool) -> list[str]:
    """What is wrong with a value, in words, by path; at most 20. Raises BadInput for a schema that cannot be used."""
    try:
        found = sorted(
            validator(json.dumps(schema, sort_keys=True)).iter_errors(value),
            key=lambda error: list(map(str, error.absolute_path)),
        )
    except (Unresolvable, RecursionError) as error:
        raise BadInput(f"the JSON Schema refers to something it does not hold: {error}") from error
    return [f"{'.'.join(map(str, error.absolute_path)) or 'the value'}: {error.message[:200]}" for error in found[:20]]


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when the output parses and fits the schema of `schema` or, as an object, of `expected`."""
    output = example.output or ""
    fenced = _FENCE.match(output)
    text = fenced.group(1) if fenced and settings["allow_fence"] else output
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = getattr(error, "pos", 0) + (fenced.start(1) if fenced and settings["allow_fence"] else 0)
        mark = (Mark(min(at, len(output) - 1), min(at + 20, len(output)), "not JSON"),) if output else ()
        return Result(0.0, "invalid", f"the output is not JSON: {error}", mark)
    schema = settings["schema"] or (example.expected if isinstance(example.expected, Mapping) else None)
    if isinstance(schema, str):
        schema = validator(schema).schema
    if schema is None:
        return Result(1.0, "valid", "the output is JSON; no schema was given")
    found = problems(value, schema)
    told = "; ".join(found[:5]) if found else "the output fits the schema"
    return Result(0.0 if found else 1.0, "invalid" if found else "valid", told, details={"problems": found})


EVALUATOR = Evaluator(
    name="json_schema",
    summary="Is the output JSON, and does it fit a JSON Schema?",
    aliases=(
        "JsonCorrectness",
        "JsonCorrectnessMetric",
        "IsValidJSON",
        "is_json",
        "json_validity",
        "valid_json",
        "JSONSchemaMatch",
        "JSONMatch",
    ),
    needs=("output",),
    optional=("expected",),
    run=run,
    group="format",
    blind="Whether the values are right.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(
        Setting(
            "schema",
            None,
            "The JSON Schema (draft 2020-12), as an object or JSON text; else `expected` when that is an object.",
        ),
        Setting("allow_fence", True, "Whether a ```json block around it is allowed."),
    ),
)
