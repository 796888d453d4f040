"""Runbooks of the causes: Markdown beside the code, shown by the server unless a project has one of its own."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from nervure.base.errors import BadInput, FilterError, NotFound, QueryError
from nervure.explain.infer import causes
from nervure.explain.words import condition
from nervure.query.query import Query, check

UNKNOWN = "unknown"
OPENING, SCOPE = "```query", "{scope}"
BLOCK = re.compile(r"```query\n(.*?)\n```", re.DOTALL)


def runbook(cause: str) -> str:
    """The runbook of a cause as Markdown. Raises NotFound with the names there are.

    Blocks fenced as ```query hold a Query as JSON; `{scope}` in them stands for the incident's scope as a filter.
    """
    names = [*causes(), UNKNOWN]
    if cause not in names:
        raise NotFound(f"there is no cause {cause!r}: they are {', '.join(names)}")
    return (files("nervure.explain") / "runbooks" / f"{cause}.md").read_text(encoding="utf-8")


def live(text: str, scope: Mapping[str, str]) -> str:
    """A runbook whose Queries ask about a scope, e.g. an incident's; about everything for the empty one."""

    def filled(block: re.Match[str]) -> str:
        return f"{OPENING}\n{json.dumps(_about(json.loads(block[1]), scope), ensure_ascii=False)}\n```"

    return BLOCK.sub(filled, text)


def check_runbook(text: str, now_ns: int) -> None:
    """Raises BadInput for a text that says nothing or whose Queries cannot be asked, with the number of the block."""
    if not text.strip():
        raise BadInput("a runbook says something: write it, or delete it to have the one that comes along again")
    blocks = [block[1] for block in BLOCK.finditer(text)]
    if len(blocks) != text.count(OPENING):
        raise BadInput(f"a block that begins with {OPENING} holds one Query and ends with ``` on a line of its own")
    for number, block in enumerate(blocks, 1):
        try:
            query = json.loads(block)
            asked = Query.of(_about(query, {}) if isinstance(query, dict) else query)
            if SCOPE in asked.where:
                raise QueryError(f"{SCOPE} is a condition of its own and comes first: {SCOPE} and ...")
            check(asked, now_ns)
        except (json.JSONDecodeError, QueryError, FilterError) as error:
            raise BadInput(f"query {number} of the runbook: {error}") from error


def _about(query: dict[str, Any], scope: Mapping[str, str]) -> dict[str, Any]:
    """A Query as JSON whose `{scope}` is that scope's filter."""
    parts = [part for part in str(query.get("where", "")).split(" and ", 1) if part]
    where = " and ".join(part for part in (condition(scope) if part == SCOPE else part for part in parts) if part)
    return {name: value for name, value in query.items() if name != "where"} | ({"where": where} if where else {})
