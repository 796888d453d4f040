"""The canonical span: what every dialect becomes, what the store keeps, what the API answers."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, Never, TypedDict

Kind = Literal[
    "agent",
    "workflow",
    "llm",
    "embedding",
    "retriever",
    "reranker",
    "tool",
    "guardrail",
    "evaluator",
    "prediction",
    "other",
]
KINDS: tuple[Kind, ...] = (
    "agent", "workflow", "llm", "embedding", "retriever", "reranker", "tool", "guardrail", "evaluator", "prediction", "other",
)  # fmt: skip
# Only these carry billable tokens; agents and workflows repeat the sums of their children.
BILLABLE_KINDS: frozenset[str] = frozenset({"llm", "embedding", "reranker"})

Status = Literal["ok", "error", "unset"]


class Message(TypedDict, total=False):
    """One message in the OTel GenAI schema: {"role", "parts": [Part, ...], "name"?, "finish_reason"?}.

    A part is {"type": "text", "content"} | {"type": "reasoning", "content"} | {"type": "tool_call", "id", "name",
    "arguments"} | {"type": "tool_call_response", "id", "response"} | {"type": "blob" | "uri" | "file", "modality",
    "mime_type", "content" | "uri" | "file_id"} | anything else, kept as it came.
    A blob moved to a content-addressed file is {"type": "media", "modality", "mime_type", "sha256", "bytes"}.
    """

    role: str
    parts: list[dict[str, Any]]
    name: str
    finish_reason: str


@dataclass(slots=True)
class Document:
    """A retrieved or re-ranked document. rank: position from 0 in the list as sent. score: None when not sent."""

    id: str = ""
    content: str = ""
    score: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    rank: int = 0


@dataclass(slots=True)
class SpanEvent:
    """Something that happened at one moment of a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class SpanLink:
    """A reference from one span to another, perhaps of another trace."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Span:
    """One unit of work. None means "not said"; an empty string the same for text.

    Ids are lower-case hex (32 and 16 digits for OTLP; other protocols may bring other text). Times are ns since the
    epoch. input_tokens includes cached, cache-write and audio tokens; output_tokens includes reasoning and audio:
    `model.usage.Usage` splits them into disjoint classes. Costs are USD.
    """

    trace_id: str
    span_id: str
    name: str
    start_ns: int
    project: str = "default"
    parent_id: str = ""
    duration_ns: int = 0
    received_ns: int = 0
    kind: Kind = "other"
    status: Status = "unset"
    status_message: str = ""
    error_type: str = ""
    level: str = ""

    service: str = ""
    environment: str = ""
    release: str = ""
    region: str = ""

    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    operation: str = ""
    streaming: bool | None = None
    ttft_ns: int | None = None
    finish_reasons: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    service_tier: str = ""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    audio_input_tokens: int | None = None
    audio_output_tokens: int | None = None

    cost_input: float | None = None
    cost_output: float | None = None
    cost_total: float | None = None
    # "": no billable call, or one that failed and used nothing; "unpriced": also a call that does not report what it
    # used; "reported" (the sender's, shown because no price is known); "override:<name>"; "book:<library version>".
    cost_source: str = ""
    reported_cost_input: float | None = None
    reported_cost_output: float | None = None
    reported_cost_total: float | None = None

    input: list[Message] = field(default_factory=list)
    output: list[Message] = field(default_factory=list)
    input_text: str = ""
    output_text: str = ""
    system_prompt: str = ""
    tool_definitions: list[dict[str, Any]] = field(default_factory=list)

    tool_name: str = ""
    tool_call_id: str = ""
    tool_arguments: Any = None
    tool_result: Any = None
    query: str = ""
    documents: list[Document] = field(default_factory=list)
    input_documents: list[Document] = field(default_factory=list)
    top_k: int | None = None
    embedding_dimensions: int | None = None

    prompt_name: str = ""
    prompt_version: str = ""
    prompt_label: str = ""
    prompt_template: str = ""
    prompt_variables: dict[str, Any] = field(default_factory=dict)

    session: str = ""
    user: str = ""
    tenant: str = ""
    team: str = ""
    feature: str = ""
    agent: str = ""
    workflow: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    convention: str = ""
    sdk_name: str = ""
    sdk_version: str = ""
    span_kind: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    events: list[SpanEvent] = field(default_factory=list)
    links: list[SpanLink] = field(default_factory=list)
    # Data-quality marks, e.g. "clock_skew", "negative_duration", "token_breakdown", "truncated", "demo".
    flags: list[str] = field(default_factory=list)
    # Higher wins when the same span is stored again, e.g. completed by late content.
    revision: int = 0

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Span":
        """A span that says what `said` does, and keeps it: fields by name, those without a default among them.

        Ingest makes every span so, because setting eighty fields costs more than all that a span says.
        """
        span = cls.__new__(cls)
        span.__dict__ = said
        return span

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.duration_ns


def _refuse(*_: object, **__: object) -> Never:
    raise TypeError("an empty default is shared by all spans: give the span a list or dict of its own")


class _NoItems(list[Any]):
    """The empty list of every span that has none."""

    append = extend = insert = __iadd__ = __setitem__ = _refuse


class _NoPairs(dict[str, Any]):
    """The empty dict of every span that has none."""

    update = setdefault = __ior__ = __setitem__ = _refuse


# What a span made by `Span.of` answers for a list or dict it was not given.
for _field in fields(Span):
    if _field.default_factory is list:
        setattr(Span, _field.name, _NoItems())
    elif _field.default_factory is dict:
        setattr(Span, _field.name, _NoPairs())
