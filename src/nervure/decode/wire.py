"""The contract of a wire protocol: bytes of a request to raw records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.model.raw import RawBatch


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """max_attribute_bytes: longer text is cut with the flag "truncated". max_attributes: the rest is left out, flagged."""

    max_attribute_bytes: int = 1 << 20
    max_attributes: int = 1024
    max_depth: int = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request. status: HTTP status. rejected: items refused of a request that was taken otherwise.

    message: why, in words for the sender; may stand beside a success, as a warning. retry_after_s: for 429 and 503.
    receipt: what the wire's own `decode` left in `RawBatch.receipt` for its answer; None when nothing was decoded.
    headers: more headers of this answer. echo: the request's header that the wire wants repeated, "" for none.
    answered_ns: when the request was done with.
    """

    status: int = 200
    rejected: int = 0
    message: str = ""
    retry_after_s: float | None = None
    receipt: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    echo: str = ""
    answered_ns: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the sender need not send again."""
        return self.status < 400


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says beside its body.

    pattern: which of the wire's paths it came to. path: what stood in the places that are named there, e.g. {"id": "7f"}
    for "/spans/{id}". query and headers: of those, only what the wire asks for; header names in lower case, values as
    sent.
    """

    content_type: str = ""
    method: str = "POST"
    pattern: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """A protocol: one file in `wires/`, ending in WIRE.

    paths: where it is served, with any prefix before; "{name}" stands for one segment, which `decode` is told. Of paths
    that fit, the one with more segments goes first, then the one with fewer names. methods: what it is sent with; every
    other method is left to the API. content_types: media types it takes; the first one is assumed of a sender whose
    type is unknown when it has to be told so.
    leaves: longer paths that end in one of these and are the API's. asks: headers (lower case) and parameters of the
    query that `decode` needs.
    decode(body, request, limits) makes raw records of a decompressed body and raises DecodeError when the body
    as a whole is not what the protocol promises; single bad items are counted in RawBatch.refused instead.
    answer(outcome, content_type) writes the body of the answer, in the request's own content type.
    headers: more headers for every answer. conclude(outcome): status and headers of a request that was taken; by
    default 200. postpone(outcome): status and headers, beside Retry-After, of a request that cannot be taken now; by
    default the outcome's status. is_itemised: the answer tells of the single items, so that a request that is recognised as repeated is
    decoded again for its receipt. packed: content type to the encoding its bodies have although no header says so.
    echo: name of a request's header, in lower case, whose value the answer repeats even when nothing was decoded.
    """

    name: str
    signal: Literal["traces", "logs", "metrics", "mixed"]
    paths: tuple[str, ...]
    decode: Callable[[bytes | bytearray, Request, DecodeLimits], RawBatch]
    answer: Callable[[Outcome, str], bytes]
    content_types: tuple[str, ...]
    methods: tuple[str, ...] = ("POST",)
    asks: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    conclude: Callable[[Outcome], tuple[int, Mapping[str, str]]] | None = None
    postpone: Callable[[Outcome], tuple[int, Mapping[str, str]]] | None = None
    is_itemised: bool = False
    packed: Mapping[str, str] = field(default_factory=dict)
    echo: str = ""
    leaves: tuple[str, ...] = ()


def media_type(content_type: str) -> str:
    """The media type without its parameters, in lower case: "Application/JSON; charset=utf-8" is "application/json"."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON."""
    return media_type(content_type) == "application/json"
