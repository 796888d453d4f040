"""Runbooks of the causes: Markdown beside the code, shown by the server, editable copies of which the catalog may keep."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files

from nervure.base.errors import NotFound
from nervure.explain.infer import causes
from nervure.explain.words import condition

UNKNOWN = "unknown"
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
        query = json.loads(block[1])
        parts = [part for part in query.get("where", "").split(" and ", 1) if part]
        where = " and ".join(
            part for part in (condition(scope) if part == "{scope}" else part for part in parts) if part
        )
        query = {name: value for name, value in query.items() if name != "where"} | ({"where": where} if where else {})
        return f"```query\n{json.dumps(query, ensure_ascii=False)}\n```"

    return BLOCK.sub(filled, text)
