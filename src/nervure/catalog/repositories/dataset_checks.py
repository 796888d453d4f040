"""What a dataset and its items may hold."""

import json
from dataclasses import replace
from typing import Any

from nervure.base.errors import BadInput
from nervure.model.dataset import Case

MOST_CASES = 1000
MOST_ITEM_BYTES = 4 << 20
LONGEST_DESCRIPTION = 10_000
LONGEST_ID = 200
LONGEST_SPLIT = 64
MOST_SPLITS = 20


def check_description(description: str, metadata: dict[str, Any] | None) -> None:
    """Raises BadInput for a description or metadata that cannot be kept."""
    if len(description) > LONGEST_DESCRIPTION:
        raise BadInput(f"a description has at most {LONGEST_DESCRIPTION} characters, got {len(description)}")
    _check_size(metadata, "metadata")


def check_content(case: Case, number: int) -> None:
    """Raises BadInput for a case that is no JSON, or too large."""
    _check_size(case.content, f"item {number}")


def checked_case(case: Case, number: int) -> Case:
    """A case with each split once. Raises BadInput."""
    splits = tuple(dict.fromkeys(case.splits))
    if len(splits) > MOST_SPLITS or any(not 0 < len(split) <= LONGEST_SPLIT for split in splits):
        raise BadInput(f"item {number}: at most {MOST_SPLITS} splits of 1 to {LONGEST_SPLIT} characters")
    if len(case.external_id) > LONGEST_ID:
        raise BadInput(f"item {number}: an id has at most {LONGEST_ID} characters, got {len(case.external_id)}")
    if case.status not in ("active", "archived"):
        raise BadInput(f"item {number}: status {case.status!r}: use active or archived")
    return replace(case, splits=splits)


def _check_size(held: Any, what: str) -> None:
    try:
        size = len(json.dumps(held, allow_nan=False))
    except (ValueError, TypeError) as error:
        raise BadInput(f"{what} cannot be written as JSON: {error}") from error
    if size > MOST_ITEM_BYTES:
        raise BadInput(f"{what} has {size} characters of content, at most {MOST_ITEM_BYTES} are kept")
