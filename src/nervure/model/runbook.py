"""What to do about a cause, in an organisation's own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runbook:
    """A project's own runbook in place of the one that comes along. name: the cause. text: Markdown with live Queries."""

    id: str
    project: str
    name: str
    text: str
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
