"""Something that was altered: what people ask about first when behaviour changes."""

from dataclasses import dataclass, field
from typing import Literal, get_args

RecordedKind = Literal["release", "prompt", "model", "routing", "index", "config", "other"]
# What telemetry alone tells of besides: a service, a tool or an error nobody had seen before.
ChangeKind = Literal["release", "prompt", "model", "routing", "index", "config", "other", "service", "tool", "error"]
ChangeSource = Literal["recorded", "found"]

RECORDED_KINDS: tuple[str, ...] = get_args(RecordedKind)


@dataclass(frozen=True, slots=True)
class Change:
    """One alteration at one time.

    name: what was altered, e.g. a service or a prompt. before, after: its versions, "" when unknown. scope: canonical
    field names to values of the spans it concerns. source: recorded by somebody, or found in the data as the first
    time a value was seen; a found one has no author and its id is made of what it says.
    """

    id: str
    project: str
    time_ns: int
    kind: ChangeKind
    name: str
    before: str = ""
    after: str = ""
    scope: dict[str, str] = field(default_factory=dict)
    note: str = ""
    url: str = ""
    author: str = ""
    created_ns: int = 0
    source: ChangeSource = "recorded"
