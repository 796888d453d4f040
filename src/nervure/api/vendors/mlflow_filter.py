"""MLflow's search_traces filter strings as our filters.

`status = 'OK' AND tags.plan = 'gold' AND timestamp_ms > 1700000000000`: comparisons joined by AND, each about the trace
(here: its root span), or all of them about one span of it (`span.name`, `span.type`, `span.attributes.<key>`).
Source: https://mlflow.org/docs/latest/genai/tracing/search-traces/
"""

import re
from collections.abc import Callable

from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.query.filter import quote

NS_PER_MS = 1_000_000
WORD = r"`[^`]+`|\"[^\"]+\"|[A-Za-z_][\w\-]*"
COMPARISON = re.compile(
    rf"\s*(?P<key>(?:{WORD})(?:\.(?:{WORD}))*)\s*"
    r"(?P<operator>IS\s+NOT\s+NULL|IS\s+NULL|!=|<=|>=|=|<|>|NOT\s+IN|IN|I?LIKE|RLIKE)"
    r"\s*(?P<value>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+(?:\.\d+)?|\((?:[^()']|'[^']*')*\)|true|false)?\s*",
    re.IGNORECASE,
)
AND = re.compile(r"AND\b\s*", re.IGNORECASE)
PART = re.compile(WORD)
TAGS, METADATA, TRACE, SPAN = (
    ("tag", "tags"),
    ("metadata", "request_metadata"),
    ("trace", "attribute", "attributes"),
    ("span",),
)
SCORES = ("feedback", "expectation")
FIELDS = {"name": "name", "request_id": "trace_id", "trace_id": "trace_id", "session": "session", "user": "user"}
KNOWN = "status, name, timestamp_ms, execution_time_ms, request_id, run_id, prompt, client_request_id, tags.<key>, " \
        "metadata.<key>, feedback.<name>, expectation.<name>, span.name, span.type, span.status, span.attributes.<key>"  # fmt: skip
KINDS = {
    "CHAT_MODEL": "llm", "LLM": "llm", "AGENT": "agent", "CHAIN": "workflow", "WORKFLOW": "workflow", "TOOL": "tool",
    "RETRIEVER": "retriever", "EMBEDDING": "embedding", "RERANKER": "reranker", "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator", "UNKNOWN": "other",
}  # fmt: skip


def filter_of(text: str) -> str:
    """Our filter, "" for none. Raises BadInput for what cannot be understood or asked here."""
    parts: list[tuple[bool, str]] = []
    at = 0
    while text[at:].strip():
        found = COMPARISON.match(text, at)
        if found is None:
            raise BadInput(f"Invalid clause(s) in filter string: {text[at:]!r}. Write comparisons joined by AND")
        parts.append(_comparison(found["key"], re.sub(r"\s+", " ", found["operator"].upper()), found["value"]))
        at = found.end()
        if at < len(text):
            joint = AND.match(text, at)
            if joint is None or not text[joint.end() :].strip():
                raise BadInput(f"Invalid clause(s) in filter string: {text[at:]!r}. Write comparisons joined by AND")
            at = joint.end()
    if len({about_span for about_span, _ in parts}) > 1:
        raise BadInput(
            "comparisons of 'span.' and of the trace cannot stand in one filter here: ask for them one by one"
        )
    conditions = [condition for _, condition in parts]
    if parts and not parts[0][0]:
        conditions.append("is_root = true")
    return " and ".join(conditions)


def _comparison(key: str, operator: str, value: str | None) -> tuple[bool, str]:
    """Whether it is about any span, and the condition."""
    if value is None and not operator.startswith("IS "):
        raise BadInput(f"Invalid clause(s) in filter string: {key} {operator} has no value (texts stand in quotes)")
    words = [part.strip('`"') for part in PART.findall(key)]
    about, rest = words[0].lower(), ".".join(words[1:])
    if about in TAGS and rest:
        if rest == "mlflow.traceName":
            return False, _test("name", operator, value)
        return False, _test(f"metadata[{quote(rest)}]", operator, value)
    if about in METADATA and rest:
        known = {"mlflow.trace.session": "session", "mlflow.trace.user": "user"}
        return False, _test(known.get(rest) or f"attr[{quote(f'mlflow.traceMetadata.{rest}')}]", operator, value)
    if about in SCORES and rest:
        # MLflow compares judgements as JSON, so yes and no are written as texts.
        truth = {"true": "1", "false": "0"}.get(_text(value or "").lower())
        return False, _test(f"score[{quote(rest)}]", operator, truth or value)
    if about in SPAN and rest:
        return True, _span(rest, operator, value)
    name = rest if about in TRACE and rest else ".".join(words)
    return False, _trace(name.lower(), operator, value)


def _trace(name: str, operator: str, value: str | None) -> str:
    match name:
        case "status":
            return _status(operator, value)
        case "timestamp" | "timestamp_ms":
            return f"start {_order(name, operator)} {quote(iso(int(_number(name, value) * NS_PER_MS)))}"
        case "execution_time" | "execution_time_ms":
            return f"duration_ms {_order(name, operator)} {_number(name, value):g}"
        case "request_id" | "trace_id":
            return _test("trace_id", operator, value, lambda text: text.removeprefix("tr-"))
        case "client_request_id":
            return _test('attr["mlflow.trace.clientRequestId"]', operator, value)
        case "run_id":
            return _test('attr["mlflow.traceMetadata.mlflow.sourceRun"]', operator, value)
        case "prompt":
            prompt, _, version = _text(value or "").partition("/")
            if operator != "=" or not version:
                raise BadInput("'prompt' is compared by = 'name/version'")
            return f"prompt_name = {quote(prompt)} and prompt_version = {quote(version)}"
        case _ if name in FIELDS:
            return _test(FIELDS[name], operator, value)
    raise BadInput(f"Invalid attribute key '{name}' specified. Valid keys are {KNOWN}")


def _span(name: str, operator: str, value: str | None) -> str:
    if name == "name":
        return _test("name", operator, value)
    if name == "type":
        return _test("kind", operator, value, lambda text: KINDS.get(text.upper(), text.lower()))
    if name == "status":
        return _status(operator, value)
    if name.startswith("attributes.") and name != "attributes.":
        return _test(f"attr[{quote(name.removeprefix('attributes.'))}]", operator, value)
    raise BadInput(f"Invalid span attribute '{name}'. Valid ones are name, type, status and attributes.<key>")


def _status(operator: str, value: str | None) -> str:
    asked = {_text(one).upper() for one in _listed(value)} if operator.endswith("IN") else {_text(value or "").upper()}
    if not asked <= {"OK", "ERROR", "UNSET"} or operator not in ("=", "!=", "IN", "NOT IN"):
        raise BadInput(f"'status' is compared by =, != or IN with 'OK' or 'ERROR', got {operator} {value}")
    # A span that says nothing about its end went well.
    tests = {'status = "error"' if one == "ERROR" else 'not (status = "error")' for one in asked}
    test = f"({' or '.join(sorted(tests))})"
    return f"not {test}" if operator in ("!=", "NOT IN") else test


def _test(field: str, operator: str, value: str | None, read: Callable[[str], str] = lambda text: text) -> str:
    match operator:
        case "IS NULL":
            return f"not ({field} exists)"
        case "IS NOT NULL":
            return f"{field} exists"
        case "IN" | "NOT IN":
            among = f"{field} in ({', '.join(quote(read(_text(one))) for one in _listed(value))})"
            return f"not ({among})" if operator == "NOT IN" else among
        case "RLIKE":
            return f"{field} matches {quote(_text(value or ''))}"
        case "LIKE" | "ILIKE":
            # Ours ignores case, so LIKE finds a little more than MLflow's.
            return f"{field} like {quote(_text(value or ''))}"
    is_text = (value or "")[:1] in "'\""
    return f"{field} {operator} {quote(read(_text(value or ''))) if is_text else value}"


def _order(name: str, operator: str) -> str:
    if operator not in ("=", "!=", "<", "<=", ">", ">="):
        raise BadInput(f"'{name}' is compared by =, !=, <, <=, > or >=, got {operator}")
    return operator


def _number(name: str, value: str | None) -> float:
    try:
        return float(value or "")
    except ValueError:
        raise BadInput(f"'{name}' is compared with a number, got {value}") from None


def _text(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] in "'\"" and value[-1] == value[0]
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if is_quoted else value


def _listed(value: str | None) -> list[str]:
    inner = (value or "").strip()
    if not inner.startswith("("):
        raise BadInput(f"IN takes a list such as ('a', 'b'), got {value}")
    return [one.strip() for one in re.findall(r"'[^']*'|[^,\s]+", inner[1:-1])]
