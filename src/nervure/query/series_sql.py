"""What the sweep reads, family by family: rows with a bucket b, dimensions and values v_<measure> (NULL: not said)."""

from dataclasses import dataclass

from nervure.query.fields import RETRIEVER
from nervure.query.series_gauges import gauge_rows
from nervure.store.tables.spans import billable

TRUNCATED = "hasAny(finish_reasons, ['length', 'max_tokens', 'MAX_TOKENS', 'model_context_window_exceeded'])"
FILTERED = "hasAny(finish_reasons, ['content_filter', 'refusal', 'SAFETY', 'safety', 'guardrail_intervened'])"
# Phrases of prompt injection and exfiltration; more than a hint only together with how often they usually come.
INJECTION = (
    "['ignore previous', 'ignore all previous', 'ignore the previous', 'ignore your instructions', 'ignore all instructions',"
    " 'disregard previous', 'disregard all', 'system prompt', 'jailbreak', 'developer mode', 'do anything now', 'reveal your',"
    " 'your instructions', 'without restrictions', 'print the hidden', 'exfiltrate', 'disregard your', 'ignore your',"
    " 'override your', 'your guidelines', 'hidden instructions', 'hidden prompt']"
)
# Small words that no English sentence does without: their absence tells another language.
ENGLISH = (
    "[' the ', ' and ', ' is ', ' to ', ' of ', ' a ', ' in ', ' for ', ' my ', ' i ', 'what ', 'how ', 'can ', ' on ']"
)
REFUSAL = (
    "['i cannot help', 'i can not help', 'i can''t help', 'i''m sorry, but', 'i am sorry, but', 'i''m unable to',"
    " 'i am unable to', 'as an ai', 'cannot assist', 'can''t assist']"
)


@dataclass(frozen=True, slots=True)
class Family:
    """rows: SQL of the rows, with places for project, times, step and the spans table. keys: columns that make one
    family each (a score's name). scopes: sets of dimensions that are watched. measures: names of the v_ columns."""

    name: str
    rows: str
    scopes: tuple[tuple[str, ...], ...]
    measures: tuple[str, ...]
    keys: tuple[str, ...] = ()


_END = "(toUnixTimestamp64Nano(start) + toInt64(duration_ns))"
_SCOPE = f"project = {{project}} AND start >= {{since}} AND start < {{until}} AND {_END} < {{to_ns}}"
_INHERITED = ("tenant", "team", "feature", "environment", "region", "user")
# One row a trace: what its spans say together. The model is the one that spoke last.
_TRACES = (
    "SELECT trace_id AS t, "
    + ", ".join(f"toString(max({name})) AS t_{name}" for name in _INHERITED)
    + ", argMaxIf(model, start, kind = 'llm' AND model != '') AS t_model"
    ", argMaxIf(provider, start, kind = 'llm' AND provider != '') AS t_provider"
    ", argMaxIf(prompt_name, start, prompt_name != '') AS t_prompt"
    ", argMaxIf(prompt_version, start, prompt_name != '') AS t_prompt_version"
    f", argMaxIf({RETRIEVER}, start, kind = 'retriever') AS t_retriever"
    ", if(anyIf(service, parent_id = '') != '', anyIf(service, parent_id = ''), any(service)) AS t_service"
    ", if(anyIf(release, parent_id = '') != '', anyIf(release, parent_id = ''), any(release)) AS t_release"
    "{more} FROM {{spans}} WHERE " + _SCOPE + " GROUP BY trace_id"
)


def _traces(more: str = "") -> str:
    return _TRACES.replace("{more}", more).replace("{{spans}}", "{spans}").replace("{{", "{").replace("}}", "}")


def _inherit(name: str) -> str:
    return f"if({name} != '', toString({name}), t_{name}) AS d_{name}"


_SPAN_DIMENSIONS = (
    "toString(service) AS d_service, toString(release) AS d_release, if(response_model = '' AND notEmpty(m_model), m_model, toString(model)) AS d_model,"
    " toString(provider) AS d_provider, toString(tool_name) AS d_tool,"
    " if(prompt_name != '', toString(prompt_name), t_prompt) AS d_prompt,"
    " if(prompt_name != '', toString(prompt_version), t_prompt_version) AS d_prompt_version,"
    f" {RETRIEVER} AS d_retriever, " + ", ".join(_inherit(name) for name in _INHERITED)
)
NAMES = (
    "service", "release", "model", "provider", "tool", "prompt", "prompt_version", "retriever", *_INHERITED,
)  # fmt: skip
_OF_TRACE = ("service", "release", "model", "provider", "prompt", "prompt_version", "retriever", *_INHERITED)


# A call that failed says only which model it asked for; it counts as the one that usually answers to that name.
_MODELS = (
    "SELECT toString(request_model) AS m_request, toString(topK(1)(model)[1]) AS m_model FROM {spans}"
    f" WHERE {_SCOPE} AND request_model != '' AND response_model != '' GROUP BY m_request"
)


def _of_spans(kind: str, values: dict[str, str], more: str = "") -> str:
    measured = ", ".join(f"{sql} AS v_{name}" for name, sql in values.items())
    dimensions = ", ".join(f"d_{name} AS {name}" for name in NAMES)
    inner = (
        f"SELECT intDiv({_END}, {{step_ns}}) AS b, {_SPAN_DIMENSIONS}, {measured} FROM {{spans}} AS spans"
        f" GLOBAL LEFT JOIN ({_traces(more)}) AS traces ON trace_id = t GLOBAL LEFT JOIN ({_MODELS}) AS models ON request_model = m_request"
        f" WHERE {_SCOPE} AND {_END} >= {{from_ns}} AND {kind}"
    ).replace("{spans} AS spans", "{spans}")
    return f"SELECT b, {dimensions}, {', '.join(f'v_{name}' for name in values)} FROM ({inner})"


def _log(sql: str) -> str:
    return f"if({sql} > 0, log(toFloat64({sql})), NULL)"


_OK = "status != 'error'"
_LLM = {
    "error": "toFloat64(status = 'error')",
    "latency": f"if({_OK} AND duration_ns > 0, log(duration_ns / 1e6), NULL)",
    "ttft": _log("ttft_ns / 1e6"),
    "input_tokens": _log("input_tokens"),
    "output_tokens": _log("output_tokens"),
    "cost": _log("cost_total"),
    "truncated": f"if({_OK}, toFloat64({TRUNCATED}), NULL)",
    "filtered": f"if({_OK}, toFloat64({FILTERED}), NULL)",
    "reported": f"if({_OK}, toFloat64(isNotNull(total_tokens)), NULL)",
    # Its part of its request: the calls of one request go to one place, so where requests go is counted by these.
    "part": "1. / greatest(t_calls, 1)",
}
_TOOL = {"error": _LLM["error"], "latency": _LLM["latency"]}
_RETRIEVER = {
    **_TOOL,
    "document_score": "toFloat64(document_score)",
    "nothing_found": f"if({_OK}, toFloat64(document_count = 0), NULL)",
    "documents": f"if({_OK}, toFloat64(document_count), NULL)",
}
_EMBEDDING = {**_TOOL, "dimensions": "toFloat64(embedding_dimensions)", "input_tokens": _LLM["input_tokens"]}

_ASKED = "((parent_id = '' OR kind = 'llm') AND notEmpty(trimBoth(input_text)))"
_SAID = "((parent_id = '' OR kind = 'llm') AND notEmpty(trimBoth(output_text)))"
_INPUT, _OUTPUT = "lowerUTF8(substring(input_text, 1, 4000))", "lowerUTF8(substring(output_text, 1, 400))"
_FOREIGN = "(length(input_text) - lengthUTF8(input_text)) / length(input_text)"


def _asked(sql: str) -> str:
    return f"argMinIf(if({_ASKED}, {sql}, NULL), (parent_id != '', start), {_ASKED})"


def _said(sql: str) -> str:
    return f"argMinIf(if({_SAID}, {sql}, NULL), (parent_id != '', -toUnixTimestamp64Nano(start)), {_SAID})"


_TRACE_VALUES = {
    "error": "if(has_root, toFloat64(root_error), NULL)",
    "latency": "if(has_root AND NOT root_error AND root_ns > 0, log(root_ns / 1e6), NULL)",
    "steps": "log(toFloat64(spans_in))",
    "tool_calls": "log(1. + tools)",
    "cost": _log("cost"),
    "input_empty": "if(has_root, toFloat64(NOT has_input), NULL)",
    "input_length": "if(has_input, log(toFloat64(i_length)), NULL)",
    "input_english": "if(has_input AND i_length >= 20, toFloat64(i_english), NULL)",
    "input_foreign": "if(has_input, toFloat64(i_foreign), NULL)",
    "injection": "if(has_input, toFloat64(i_injection), NULL)",
    "output_empty": "if(has_root AND NOT root_error, toFloat64(NOT has_output), NULL)",
    "refused": "if(has_output, toFloat64(o_refused), NULL)",
}
# A trace is over when its root has ended; one without a root when it has been silent for ten minutes. A trace that still
# runs is not counted yet, or each look at it would count it again.
_ENDED = f"if(countIf(parent_id = '') > 0, maxIf({_END}, parent_id = ''), max({_END}) + 600000000000) AS ended"
_FACTS = (
    f", {_ENDED}, max(parent_id = '') AS has_root, max(parent_id = '' AND status = 'error') AS root_error"
    ", maxIf(duration_ns, parent_id = '') AS root_ns, count() AS spans_in, countIf(kind = 'llm') AS calls"
    f", countIf(kind = 'tool') AS tools, sumIf(ifNull(total_tokens, 0), {billable()}) AS tokens"
    f", sumIf(ifNull(cost_total, 0), {billable()}) AS cost"
    # Of the root's texts; applications that keep them on their calls only have the first question and the last answer.
    f", countIf({_ASKED}) > 0 AS has_input, countIf({_SAID}) > 0 AS has_output"
    f", {_asked('lengthUTF8(input_text)')} AS i_length, {_asked(f'multiSearchAny({_INPUT}, {ENGLISH})')} AS i_english"
    f", {_asked(f'multiSearchAny({_INPUT}, {INJECTION})')} AS i_injection, {_asked(_FOREIGN)} AS i_foreign"
    f", {_said(f'multiSearchAny({_OUTPUT}, {REFUSAL})')} AS o_refused"
)


def _trace_rows() -> str:
    dimensions = ", ".join(f"t_{name} AS {name}" for name in _OF_TRACE)
    values = ", ".join(f"{sql} AS v_{name}" for name, sql in _TRACE_VALUES.items())
    return (
        f"SELECT intDiv(ended, {{step_ns}}) AS b, {dimensions}, {values} FROM ({_traces(_FACTS)})"
        " WHERE ended >= {from_ns} AND ended < {to_ns}"
    )


def _score_rows() -> str:
    """Scores of spans and traces with the dimensions of their traces; those of sessions have none."""
    dimensions = ", ".join(f"t_{name} AS {name}" for name in _OF_TRACE)
    latest = (
        "SELECT name AS score, trace_id AS s_trace, target_type, target_id, value, toUnixTimestamp64Nano(time) AS said"
        " FROM scores WHERE project = {project} AND time >= {since} AND time < {until} AND value IS NOT NULL"
        # What people are given to judge is a chosen sample: its mean follows the choice.
        " AND NOT startsWith(evaluator, 'annotation:')"
        " ORDER BY revision DESC, received DESC LIMIT 1 BY id"
    )
    judged = (
        "SELECT score, value, said, multiIf(notEmpty(s_trace), s_trace, target_type = 'trace', target_id, '') AS j_trace"
        f" FROM ({latest})"
    )
    ended = f", {_ENDED}"
    return (
        f"SELECT intDiv(greatest(said, ended), {{step_ns}}) AS b, score, {dimensions}, toFloat64(value) AS v_value"
        f" FROM ({judged}) AS judged GLOBAL INNER JOIN ({_traces(ended)}) AS traces ON j_trace = t"
        " WHERE greatest(said, ended) >= {from_ns} AND greatest(said, ended) < {to_ns}"
    )


def _prediction_rows() -> str:
    return (
        "SELECT intDiv(toUnixTimestamp64Nano(time), {step_ns}) AS b, toString(model) AS model, toString(service) AS service,"
        " toFloat64(confidence) AS v_confidence, toFloat64(value) AS v_value,"
        " toFloat64(length(features) + length(categories)) AS v_features,"
        " toFloat64(arrayExists(x -> isNaN(x) OR isInfinite(x), mapValues(features))) AS v_broken"
        " FROM predictions FINAL WHERE project = {project}"
        " AND time >= fromUnixTimestamp64Nano({from_ns}, 'UTC') AND time < {until}"
    )


_SERVICE = ("service",)
_CALL = "kind = 'llm' AND NOT has(flags, 'repeats_child')"
_COMMON = (
    _SERVICE, ("service", "prompt"), ("service", "prompt", "prompt_version"), ("service", "release"), ("service", "tenant"),
    ("service", "region"), ("service", "feature"), ("service", "model"), ("tenant", "feature"),
)  # fmt: skip
FAMILIES: tuple[Family, ...] = (
    Family("trace", _trace_rows(), ((), *_COMMON, ("tenant",), ("service", "retriever")), tuple(_TRACE_VALUES)),
    Family(
        "llm", _of_spans(_CALL, _LLM, f", countIf({_CALL}) AS t_calls"),
        (*_COMMON, ("service", "provider")), tuple(_LLM),
    ),
    Family(
        "tool", _of_spans("kind = 'tool'", _TOOL),
        (("tool",), ("service", "tool"), _SERVICE, ("tool", "region"), ("tool", "tenant")), tuple(_TOOL),
    ),
    Family(
        "retriever", _of_spans("kind = 'retriever'", _RETRIEVER),
        (
            _SERVICE, ("service", "retriever"), ("service", "tenant"), ("service", "feature"), ("service", "region"),
        ),
        tuple(_RETRIEVER),
    ),
    Family("embedding", _of_spans("kind = 'embedding'", _EMBEDDING), (_SERVICE, ("service", "model")), tuple(_EMBEDDING)),
    Family("score", _score_rows(), (*_COMMON, ("service", "retriever")), ("value",), ("score",)),
    Family(
        "prediction", _prediction_rows(), (("model",), _SERVICE), ("confidence", "value", "features", "broken"),
    ),
    Family("gauge", gauge_rows(), (("model",), ("host",)), ("value", "waits"), ("metric",)),
)  # fmt: skip
