"""What can be asked about: every field of a span (and of a log record) a filter, a dimension or a facet may name."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nervure.model.span import KINDS

Type = Literal["text", "number", "duration", "time", "bool", "list", "map", "score"]

OPERATORS: dict[Type, tuple[str, ...]] = {
    "text": ("=", "!=", "in", "not in", "contains", "starts with", "like", "matches", "exists"),
    "number": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "exists"),
    "duration": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "exists"),
    "time": ("=", "!=", "<", "<=", ">", ">="),
    "bool": ("=", "!=", "exists"),
    "list": ("=", "!=", "in", "not in", "contains", "exists"),
    "map": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "like", "matches", "exists"),
    "score": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "exists"),
}

# A retriever is what its span names; conventions put the operation before it, as in "retrieval help-centre".
RETRIEVER = "if(kind = 'retriever', replaceRegexpOne(toString(name), '^(?i:retrieval|retrieve)[ :/]+', ''), '')"


@dataclass(frozen=True, slots=True)
class Field:
    """sql: an expression over the table's columns, durations in ns. is_rolled: a dimension of the roll-ups, too.

    values: all there are, when the set is closed. A map or score field takes a key: attr["k"].
    is_optional: NULL when not said. is_long: text that stands in a payload column with a text index.
    """

    name: str
    type: Type
    sql: str
    about: str
    aliases: tuple[str, ...] = ()
    is_optional: bool = False
    is_rolled: bool = False
    is_long: bool = False
    values: tuple[str, ...] = ()

    @property
    def takes_key(self) -> bool:
        """Whether it is written with a key in brackets."""
        return self.type in ("map", "score")


class Fields:
    """A table of fields, found by name or alias in any case. texts: columns that words without a field are looked for in."""

    def __init__(self, table: str, fields: Iterable[Field], texts: tuple[str, ...] = ()) -> None:
        self.table, self.texts = table, texts
        self.all = tuple(fields)
        self._known = {name: field for field in self.all for name in (field.name, *field.aliases)}

    def find(self, name: str) -> Field | None:
        return self._known.get(name.lower())

    def nearest(self, name: str) -> str:
        """The most similar name, or ""."""
        found = difflib.get_close_matches(name.lower(), self._known, n=1, cutoff=0.6)
        return found[0] if found else ""


def _dimension(name: str, about: str, *aliases: str, values: tuple[str, ...] = ()) -> Field:
    return Field(name, "text", f"`{name}`", about, aliases, is_rolled=True, values=values)


def _text(name: str, about: str, *aliases: str) -> Field:
    return Field(name, "text", f"`{name}`", about, aliases)


def _number(name: str, sql: str, about: str, *aliases: str, is_optional: bool = True) -> Field:
    return Field(name, "number", sql, about, aliases, is_optional=is_optional)


SPAN_FIELDS = Fields(
    "spans",
    (
        _dimension("kind", "what the span did", values=KINDS),
        _dimension("service", "service that ran it", "service.name"),
        _dimension("model", "response model, else the model asked for"),
        _dimension("provider", "model provider", "system"),
        _dimension("status", "ok, error or unset", values=("ok", "error", "unset")),
        _dimension("error_type", "class of the error", "error", "error.type"),
        _dimension("environment", "deployment environment", "env"),
        _dimension("release", "version of the service", "version"),
        _dimension("region", "region"),
        _dimension("tenant", "customer"),
        _dimension("team", "team"),
        _dimension("feature", "product feature"),
        _dimension("prompt_name", "name of the prompt", "prompt"),
        _dimension("prompt_version", "version of the prompt"),
        _dimension("tool_name", "tool that was called", "tool"),
        _text("name", "span name"),
        _text("trace_id", "trace", "trace"),
        _text("span_id", "span", "span"),
        _text("parent_id", "parent span", "parent"),
        _text("session", "conversation", "session_id", "session.id", "conversation"),
        _text("user", "end user", "user_id", "user.id"),
        _text("agent", "agent"),
        _text("workflow", "workflow"),
        _text("operation", "operation as the sender names it"),
        _text("request_model", "model asked for"),
        _text("response_model", "model that answered"),
        _text("response_id", "the provider's id of the response"),
        _text("service_tier", "provider's service tier"),
        _text("prompt_label", "label of the prompt"),
        _text("status_message", "what went wrong", "message"),
        _text("level", "severity as sent"),
        _text("span_kind", "OpenTelemetry span kind"),
        _text("cost_source", "where the price came from"),
        _text("convention", "dialect it was sent in"),
        _text("sdk_name", "SDK that sent it", "sdk"),
        _text("sdk_version", "its version"),
        _text("tool_call_id", "id of the tool call"),
        Field("retriever", "text", RETRIEVER, "retriever that was asked"),
        Field("input", "text", "input_text", "text of the input", is_long=True),
        Field("output", "text", "output_text", "text of the output", is_long=True),
        _text("system_prompt", "system prompt"),
        _text("query", "what a retriever was asked"),
        Field("tag", "list", "tags", "tags", ("tags",)),
        Field("flag", "list", "flags", "data-quality marks", ("flags",)),
        Field("finish_reason", "list", "finish_reasons", "why generation ended", ("finish_reasons", "finish")),
        Field("duration", "duration", "duration_ns", "how long it took", ("latency",)),
        Field("ttft", "duration", "ttft_ns", "time to first token", ("time_to_first_token",), is_optional=True),
        _number("duration_ms", "duration_ns / 1e6", "how long it took, in ms", "latency_ms", is_optional=False),
        _number("ttft_ms", "ttft_ns / 1e6", "time to first token, in ms"),
        _number("cost", "cost_total", "cost in USD", "cost_total", "cost.total"),
        _number("cost_input", "cost_input", "cost of the input in USD", "cost.input"),
        _number("cost_output", "cost_output", "cost of the output in USD", "cost.output"),
        _number("reported_cost", "reported_cost_total", "cost in USD as the sender gave it", "reported_cost_total"),
        _number("tokens", "total_tokens", "all tokens", "total_tokens", "tokens.total"),
        _number("input_tokens", "input_tokens", "input tokens, cached ones included", "tokens.input"),
        _number("output_tokens", "output_tokens", "output tokens, reasoning included", "tokens.output"),
        _number("cached_tokens", "cached_input_tokens", "cached input tokens", "cached_input_tokens", "tokens.cached"),
        _number("cache_write_tokens", "cache_write_tokens", "tokens written to the cache", "tokens.cache_write"),
        _number("reasoning_tokens", "reasoning_tokens", "reasoning tokens", "tokens.reasoning"),
        _number("documents", "document_count", "documents retrieved", "document_count", is_optional=False),
        _number("document_score", "document_score", "mean score of the documents"),
        _number("top_k", "top_k", "documents asked for"),
        _number("embedding_dimensions", "embedding_dimensions", "length of the vectors"),
        Field("streaming", "bool", "streaming", "whether the answer was streamed", is_optional=True),
        Field("has_content", "bool", "has_content", "whether messages were captured"),
        Field("is_root", "bool", "parent_id = ''", "whether it has no parent", ("root",)),
        Field("start", "time", "start", "when it began", ("time", "timestamp")),
        Field("received", "time", "received", "when it was received"),
        Field("attr", "map", "attributes", "original attributes", ("attribute", "attributes")),
        Field("metadata", "map", "metadata", "metadata"),
        Field("resource", "map", "resource", "resource attributes"),
        Field("param", "map", "params", "request parameters", ("params",)),
        Field("score", "score", "", "scores of the span, its trace or its session", ("scores",)),
    ),
    texts=("input_text", "output_text"),
)

# Severity by its ranges of numbers (OpenTelemetry's log data model); senders without numbers are read by their words.
LEVELS = ("fatal", "error", "warn", "info", "debug", "trace", "unset")
_WORDS = {
    "fatal": "'fatal', 'critical', 'emergency', 'alert', 'panic'",
    "error": "'error', 'err', 'severe'",
    "warn": "'warn', 'warning'",
    "info": "'info', 'information', 'notice'",
    "debug": "'debug', 'fine'",
    "trace": "'trace', 'verbose', 'finest'",
}
_LEVEL = (
    "multiIf(severity >= 21, 'fatal', severity >= 17, 'error', severity >= 13, 'warn', severity >= 9, 'info',"
    " severity >= 5, 'debug', severity >= 1, 'trace', "
    + ", ".join(f"lower(severity_text) IN ({words}), '{level}'" for level, words in _WORDS.items())
    + ", 'unset')"
)

LOG_FIELDS = Fields(
    "logs",
    (
        _text("service", "service that wrote it", "service.name"),
        _text("environment", "deployment environment", "env"),
        _text("release", "version of the service", "version"),
        _text("trace_id", "trace", "trace"),
        _text("span_id", "span", "span"),
        Field("level", "text", _LEVEL, "severity by name", values=LEVELS),
        _text("severity_text", "severity as sent"),
        _text("event_name", "name of the event", "event"),
        Field("body", "text", "body", "what it says", ("message",), is_long=True),
        Field("severity", "number", "severity", "OpenTelemetry severity number, 1 to 24"),
        Field("time", "time", "time", "when it was written", ("start", "timestamp")),
        Field("attr", "map", "attributes", "attributes", ("attribute", "attributes")),
        Field("resource", "map", "resource", "resource attributes"),
    ),
    texts=("body",),
)

METRIC_FIELDS = Fields(
    "metrics",
    (
        _text("name", "name of the metric", "metric"),
        _text("service", "service that measured it", "service.name"),
        _text("environment", "deployment environment", "env"),
        _text("unit", "unit as sent"),
        _text("type", "gauge, sum, histogram, exponential_histogram or summary"),
        Field("time", "time", "time", "when it was measured", ("timestamp",)),
        Field("attr", "map", "attributes", "attributes of the point", ("attribute", "attributes", "label", "labels")),
        Field("resource", "map", "resource", "resource attributes"),
    ),
)

PREDICTION_FIELDS = Fields(
    "predictions",
    (
        _text("model", "model that predicted"),
        _text("version", "its version", "model_version"),
        _text("service", "service that asked it", "service.name"),
        _text("environment", "deployment environment", "env"),
        _text("prediction", "class that was predicted", "class"),
        Field("label", "text", "true_label", "what was true, once it is known", ("truth",)),
        Field(
            "outcome", "text",
            "multiIf(true_label = '' OR prediction = '', '', prediction = true_label, 'right', 'wrong')",
            "right or wrong, once the label is known", values=("right", "wrong"),
        ),
        _text("id", "the prediction", "prediction_id"),
        _text("trace_id", "trace", "trace"),
        _text("span_id", "span", "span"),
        _number("value", "value", "number that was predicted"),
        _number("label_value", "true_value", "number that was true, once it is known"),
        _number("confidence", "confidence", "probability of the predicted class"),
        Field("time", "time", "time", "when it was made", ("timestamp", "start")),
        Field("feature", "map", "features", "feature that is a number", ("features",)),
        Field("category", "map", "categories", "feature that is a word", ("categories",)),
        Field("group", "map", "groups", "protected attribute", ("groups",)),
        Field("probability", "map", "probabilities", "probability of a class", ("probabilities",)),
        Field("metadata", "map", "metadata", "metadata"),
    ),
)  # fmt: skip

# The signals of telemetry, by the name a request gives them.
SIGNALS = {"spans": SPAN_FIELDS, "logs": LOG_FIELDS, "metrics": METRIC_FIELDS, "predictions": PREDICTION_FIELDS}
