"""What goes wrong in the company's history, so that a newcomer finds incidents: three faults of known cause, and what people changed.

Only a history of several days has them: detection must have learned what is usual before.
"""

from dataclasses import dataclass
from typing import Any, Literal

from nervure.base.clock import iso
from nervure.demo.company import NS, prompt_version
from nervure.demo.models import GPT_MINI

HOUR_NS = 3600 * NS
DAY_NS = 24 * HOUR_NS
LEAST_DAYS = 6
SERVICE, PROMPT = "support-chat", "support-answer"
Kind = Literal["rate_limited", "prompt_regression", "asked_again"]
_TOUCHED: dict[Kind, frozenset[str]] = {
    "rate_limited": frozenset({SERVICE, GPT_MINI.name, GPT_MINI.response_name, GPT_MINI.provider}),
    "prompt_regression": frozenset({SERVICE, PROMPT}),
    "asked_again": frozenset({SERVICE, PROMPT, GPT_MINI.name, GPT_MINI.response_name}),
}


@dataclass(frozen=True, slots=True)
class Mishap:
    """One fault, between two moments (ns)."""

    kind: Kind
    onset_ns: int
    end_ns: int

    def is_on(self, at_ns: int) -> bool:
        return self.onset_ns <= at_ns < self.end_ns

    @property
    def touches(self) -> frozenset[str]:
        """Values of fields that an incident of it has to do with."""
        return _TOUCHED[self.kind]

    @property
    def prompt_version(self) -> str:
        """The version of the prompt that is tried while it lasts."""
        return f"{prompt_version(PROMPT, self.onset_ns // HOUR_NS)}.1"


def scripted(now_ns: int) -> tuple[Mishap, ...]:
    """The three faults of the days before `now_ns`, all over by then.

    rate_limited: the provider refuses half of the calls of one model for 75 minutes of a busy evening.
    prompt_regression: a new version of a prompt promises what no article says, until it is rolled back.
    asked_again: answers are checked and asked for again, several times each, which costs.
    """
    today_ns = now_ns // DAY_NS * DAY_NS

    def between(days_ago: int, from_hour: float, to_hour: float, kind: Kind) -> Mishap:
        day_ns = today_ns - days_ago * DAY_NS
        return Mishap(kind, day_ns + int(from_hour * HOUR_NS), day_ns + int(to_hour * HOUR_NS))

    return (
        between(3, 18.5, 19.75, "rate_limited"),
        between(2, 9, 20, "prompt_regression"),
        between(1, 14, 19, "asked_again"),
    )


def changes(mishaps: tuple[Mishap, ...]) -> list[dict[str, Any]]:
    """What people changed, as POST /api/v1/changes takes it. Nobody changed anything before the provider's limit."""
    made = []
    for one in mishaps:
        if one.kind == "prompt_regression":
            before, after = prompt_version(PROMPT, one.onset_ns // HOUR_NS), one.prompt_version
            scope, told = {"service": SERVICE, "prompt": PROMPT}, ("Warmer, more generous answers", "Rolled back")
            made += _there_and_back(one, "prompt", PROMPT, (before, after), scope, told)
        elif one.kind == "asked_again":
            told = ("Answers without an order number are asked for again", "Switched off: it cost too much")
            made += _there_and_back(one, "config", "answer check", ("off", "on"), {"service": SERVICE}, told)
    return made


def _there_and_back(
    one: Mishap, kind: str, name: str, values: tuple[str, str], scope: dict[str, str], notes: tuple[str, str]
) -> list[dict[str, Any]]:
    what = {"kind": kind, "name": name, "scope": scope}
    return [
        {**what, "time": iso(one.onset_ns), "before": values[0], "after": values[1], "note": notes[0]},
        {**what, "time": iso(one.end_ns), "before": values[1], "after": values[0], "note": notes[1]},
    ]
