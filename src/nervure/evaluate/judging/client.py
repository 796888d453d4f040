"""The contract of a client: how a model server is asked and what its answers mean. Pure; `transport` does the I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from nervure.base.errors import NotFound
from nervure.base.plugins import discover
from nervure.evaluate.judging import clients as folder
from nervure.evaluate.judging.question import Question
from nervure.model.judge import Endpoint, Seat

# Beyond that nobody counts tokens, and sums of money would not fit the ledger.
MOST_TOKENS = 10**12


@dataclass(frozen=True, slots=True)
class Habits:
    """What an endpoint turned out not to take; found by trying, see Client.adapt.

    structured: how strictly JSON is asked for. limit_name: of the member that limits the answer's tokens.
    """

    structured: str = "json_schema"
    limit_name: str = "max_tokens"
    temperature: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP POST."""

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. input_tokens, output_tokens: None when the server does not say. refusal: in its words.

    cached_tokens are among input_tokens. is_cut: the answer ended at the limit of tokens.
    """

    text: str
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    refusal: str = ""
    is_cut: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """call: the request. read: its answer; raises ValueError saying what is not as the protocol promises.

    adapt: other habits after a refusal (status 400 or 422, its text), None when they cannot be the reason.
    first: habits to begin with. provider: by which prices are found.
    """

    name: str
    provider: str
    call: Callable[[Endpoint, Seat, Question, Habits], Call]
    read: Callable[[Mapping[str, Any]], Reply]
    adapt: Callable[[Habits, str], Habits | None]
    first: Callable[[Endpoint, Seat], Habits] = field(default=lambda endpoint, seat: Habits())


@cache
def clients() -> dict[str, Client]:
    """Every client by name."""
    return discover(folder, "CLIENT")


def get_client(name: str) -> Client:
    """Raises NotFound."""
    found = clients()
    if name not in found:
        raise NotFound(f"there is no protocol {name!r} for judges; there are: {', '.join(found)}")
    return found[name]


def weaker(habits: Habits) -> str:
    """The next less strict way to ask for JSON; "" when there is none."""
    return {"json_schema": "json_object", "json_object": "text"}.get(habits.structured, "")


def count(value: Any) -> int | None:
    """A count of tokens, None for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None
