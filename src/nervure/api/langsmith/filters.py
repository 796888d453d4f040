"""LangSmith's filter expressions, `and(eq(run_type, "llm"), gt(latency, "5s"))`, as filters of our own language.

Grammar: https://docs.langchain.com/langsmith/trace-query-syntax. What has no counterpart is refused with its name.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nervure.api.langsmith.names import checked_uuid, span_of, trace_of
from nervure.base.errors import FilterError
from nervure.query.filter import quote

TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][\w.]*)|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"""|(?P<mark>[(),\[\]]))""",
    re.S,
)
MAX_LENGTH, MAX_DEPTH = 20_000, 40
SIGNS = {"eq": "=", "neq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
NUMBERS = {
    "total_tokens": "tokens", "prompt_tokens": "input_tokens", "completion_tokens": "output_tokens", "total_cost": "cost",
    "prompt_cost": "cost_input", "completion_cost": "cost_output",
}  # fmt: skip
SPANS_OF_TIME = {"latency": "duration_ms", "first_token_latency": "ttft_ms"}
TEXTS = {"name": "name", "thread_id": "session", "session_id": "session", "conversation_id": "session"}
RUN_TYPE = "langsmith.span.kind"
# Kinds of ours by LangSmith's types of run, for spans that other clients sent.
TYPES = {
    "llm": ("llm",), "embedding": ("embedding",), "retriever": ("retriever", "reranker"), "tool": ("tool",),
    "chain": ("workflow", "agent", "guardrail", "evaluator", "prediction", "other"), "prompt": (), "parser": (),
}  # fmt: skip
LATENCY = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
UNITS_MS = {"ms": 1.0, "s": 1000.0, "": 1000.0, "m": 60_000.0, "h": 3_600_000.0}


@dataclass(frozen=True, slots=True)
class Name:
    """A field."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """operator(arguments). at: where it stands."""

    operator: str
    arguments: tuple[Any, ...]
    at: int


def translate(text: str) -> str:
    """Our filter. Raises FilterError with the position of what cannot be understood or has no counterpart."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"a filter has at most {MAX_LENGTH} characters, this has {len(text)}", text[:200], 200)
    return _Translator(text).node(_Parser(text).whole())


def run_type_is(kind: str) -> str:
    """Our filter for a type of run."""
    said = f"attr[{quote(RUN_TYPE)}]"
    ours = TYPES.get(kind, ())
    if not ours:
        return f"{said} = {quote(kind)}"
    among = ", ".join(map(quote, ours))
    return f"({said} = {quote(kind)} or (not ({said} exists) and kind in ({among})))"


def run_is(*run_ids: Any) -> str:
    """Our filter for runs by their UUIDs."""
    identities = [checked_uuid(one, "a run's id") for one in run_ids]
    spans = ", ".join(quote(span_of(one)) for one in identities)
    traces = ", ".join(quote(trace_of(one)) for one in identities)
    return f"(span_id in ({spans}) or (trace_id in ({traces}) and is_root = true))"


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def whole(self) -> Call:
        found = self.value(0)
        if self.text[self.at :].strip():
            raise self.error("the expression has ended already")
        if not isinstance(found, Call):
            raise FilterError('write a comparison, e.g. eq(run_type, "llm")', self.text, 0)
        return found

    def error(self, problem: str) -> FilterError:
        return FilterError(problem, self.text, min(self.at, len(self.text)))

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self.error(f"expressions nest deeper than {MAX_DEPTH}")
        found = TOKEN.match(self.text, self.at)
        if not found:
            raise self.error("a field, a value or an operator must stand here")
        begun, self.at = found.start(str(found.lastgroup)), found.end()
        if found["number"]:
            return float(found["number"]) if set(found["number"]) & set(".eE") else int(found["number"])
        if found["text"]:
            return self.literal(found["text"], begun)
        if found["mark"] == "[":
            return self.listed("]", depth)
        if found["mark"]:
            self.at = begun
            raise self.error(f"{found['mark']!r} cannot stand here")
        word = found["name"]
        if word.lower() in ("true", "false", "null", "none"):
            return {"true": True, "false": False}.get(word.lower())
        follows = TOKEN.match(self.text, self.at)
        if follows and follows["mark"] == "(":
            self.at = follows.end()
            return Call(word.lower(), tuple(self.listed(")", depth)), begun)
        return Name(word)

    def listed(self, closing: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while True:
            mark = TOKEN.match(self.text, self.at)
            if mark and mark["mark"] == closing:
                self.at = mark.end()
                return found
            if found:
                if not mark or mark["mark"] != ",":
                    raise self.error(f"a comma or {closing!r} must stand here")
                self.at = mark.end()
            found.append(self.value(depth + 1))

    def literal(self, text: str, at: int) -> str:
        if text[0] == '"':
            try:
                return str(json.loads(text, strict=False))
            except ValueError:
                raise FilterError("this text has an escape that means nothing", self.text, at) from None
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.S)


class _Translator:
    """Makes our text of the tree."""

    def __init__(self, text: str) -> None:
        self.text = text

    def error(self, call: Call, problem: str) -> FilterError:
        return FilterError(problem, self.text, call.at)

    def node(self, call: Any) -> str:
        if not isinstance(call, Call):
            raise FilterError(f"{call!r} is no condition: write an operator with arguments", self.text, 0)
        match call.operator:
            case "and" | "or":
                if not call.arguments:
                    raise self.error(call, f"{call.operator}() needs conditions")
                parts = self.joined(call) if call.operator == "and" else [self.node(one) for one in call.arguments]
                return f"({f' {call.operator} '.join(parts)})"
            case "not":
                return f"not ({self.node(self.only(call))})"
            case "search":
                return quote(str(self.only(call)))
            case "exists":
                field, key = self.pair(call)
                return self.keyed(call, field, key) + " exists"
            case "has" | "in" | "like":
                return getattr(self, f"is_{call.operator}")(call)  # type: ignore[no-any-return]
            case sign if sign in SIGNS:
                return self.compare(call, SIGNS[sign])
            case other:
                raise self.error(
                    call,
                    f"{other} is not known here: use and, or, not, {', '.join(SIGNS)}, has, in, like, search, exists",
                )

    def only(self, call: Call) -> Any:
        if len(call.arguments) != 1:
            raise self.error(call, f"{call.operator} takes one argument, got {len(call.arguments)}")
        return call.arguments[0]

    def pair(self, call: Call) -> tuple[str, Any]:
        if len(call.arguments) != 2 or not isinstance(call.arguments[0], Name):
            raise self.error(call, f"{call.operator} takes a field and a value")
        return call.arguments[0].text.lower(), call.arguments[1]

    def joined(self, call: Call) -> list[str]:
        """Conditions of a conjunction; those of a key and its value belong together."""
        parts: list[str] = []
        keys: dict[str, str] = {}
        values: dict[str, list[Call]] = {"feedback": [], "metadata": []}
        for one in call.arguments:
            field = (
                one.arguments[0].text.lower()
                if isinstance(one, Call) and one.arguments and isinstance(one.arguments[0], Name)
                else ""
            )
            kind, _, member = field.partition("_")
            if kind in values and member == "key" and one.operator == "eq":
                keys[kind] = str(one.arguments[1])
            elif kind in values and member in ("score", "value"):
                values[kind].append(one)
            else:
                parts.append(self.node(one))
        for kind, listed in values.items():
            if listed and kind not in keys:
                raise self.error(listed[0], f"{kind}'s value needs its key: and(eq({kind}_key, ..), ..)")
            if kind in keys and not listed:
                parts.append(self.has_key(kind, keys[kind]))
            parts += [self.valued(kind, keys[kind], one) for one in listed]
        return parts

    def has_key(self, kind: str, key: str) -> str:
        return (
            f"score[{quote(key)}] exists"
            if kind == "feedback"
            else f"({_said(key)} exists or metadata[{quote(key)}] exists)"
        )

    def valued(self, kind: str, key: str, call: Call) -> str:
        _, value = self.pair(call)
        if call.operator not in SIGNS:
            raise self.error(call, f"{call.operator} cannot be asked of {kind}: use {', '.join(SIGNS)}")
        test = f"{SIGNS[call.operator]} {_literal(value)}"
        return (
            f"score[{quote(key)}] {test}"
            if kind == "feedback"
            else f"({_said(key)} {test} or metadata[{quote(key)}] {test})"
        )

    def compare(self, call: Call, sign: str) -> str:
        field, value = self.pair(call)
        if field in NUMBERS:
            return f"{NUMBERS[field]} {sign} {self.number(call, value)!r}"
        if field in SPANS_OF_TIME:
            return f"{SPANS_OF_TIME[field]} {sign} {self.latency(call, value)!r}"
        if field in ("start_time", "end_time"):
            if field == "end_time":
                raise self.error(call, "end_time cannot be asked here: ask start_time and latency")
            return f"start {sign} {quote(str(value))}"
        if sign not in ("=", "!="):
            raise self.error(call, f"{call.operator} compares numbers and times; {field} is neither")
        equal = self.equals(call, field, value)
        return equal if sign == "=" else f"not ({equal})"

    def equals(self, call: Call, field: str, value: Any) -> str:
        special: dict[str, Callable[[Any], str]] = {
            "run_type": lambda said: run_type_is(str(said)),
            "id": run_is,
            "run_id": run_is,
            "trace_id": lambda said: f"trace_id = {quote(trace_of(checked_uuid(said, 'trace_id')))}",
            "parent_run_id": lambda said: (
                'parent_id = ""'
                if said is None
                else f"parent_id = {quote(span_of(checked_uuid(said, 'parent_run_id')))}"
            ),
            "is_root": lambda said: f"is_root = {'true' if said else 'false'}",
            "execution_order": lambda said: "is_root = true" if said == 1 else "is_root = false",
            "status": _status,
            "error": lambda said: (
                'status != "error"' if said is None else f"status_message contains {quote(str(said))}"
            ),
            "feedback_key": lambda said: self.has_key("feedback", str(said)),
            "metadata_key": lambda said: self.has_key("metadata", str(said)),
            "tags": lambda said: f"tag = {quote(str(said))}",
            "tag": lambda said: f"tag = {quote(str(said))}",
            "reference_example_id": lambda said: f'attr["langsmith.run.reference_example_id"] = {quote(str(said))}',
            "reference_example": lambda said: f'attr["langsmith.run.reference_example_id"] = {quote(str(said))}',
        }
        if field in special:
            return special[field](value)
        if field in TEXTS:
            return f"{TEXTS[field]} = {quote(str(value))}"
        if field in ("inputs", "outputs", "input", "output"):
            return f"{field.rstrip('s')} contains {quote(str(value))}"
        raise self.error(
            call,
            f"{field} cannot be asked here: ask one of {', '.join(sorted({*special, *TEXTS, *NUMBERS, *SPANS_OF_TIME, 'start_time'}))}",
        )

    def is_has(self, call: Call) -> str:
        field, value = self.pair(call)
        if field in ("tags", "tag"):
            return f"tag = {quote(str(value))}"
        if field == "metadata":
            try:
                wanted = json.loads(value) if isinstance(value, str) and value.lstrip().startswith("{") else value
            except ValueError:
                raise self.error(call, 'metadata is given as JSON: has(metadata, \'{"key": "value"}\')') from None
            if not isinstance(wanted, dict):
                return self.has_key("metadata", str(wanted))
            tests = [
                f"({_said(key)} = {_literal(held)} or metadata[{quote(key)}] = {_literal(held)})"
                for key, held in wanted.items()
            ]
            return f"({' and '.join(tests)})" if tests else 'name != ""'
        if field in ("inputs", "outputs", "input", "output"):
            return f"{field.rstrip('s')} contains {quote(str(value))}"
        raise self.error(call, f"has asks tags and metadata, not {field}")

    def is_in(self, call: Call) -> str:
        field, values = self.pair(call)
        if not isinstance(values, list) or not values:
            raise self.error(call, 'in takes a list: in(run_type, ["llm", "tool"])')
        return f"({' or '.join(self.equals(call, field, one) for one in values)})"

    def is_like(self, call: Call) -> str:
        field, value = self.pair(call)
        if field not in TEXTS:
            raise self.error(call, f"like asks {', '.join(TEXTS)}, not {field}")
        return f"{TEXTS[field]} like {quote(str(value))}"

    def keyed(self, call: Call, field: str, key: Any) -> str:
        if field != "metadata":
            raise self.error(call, f"exists asks metadata, not {field}")
        return _said(str(key))

    def number(self, call: Call, value: Any) -> float | int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(call, f"a number is compared with a number, not {value!r}")
        return value

    def latency(self, call: Call, value: Any) -> float:
        """ms of seconds, or of a text with a unit."""
        found = LATENCY.fullmatch(str(value).strip())
        if not found or isinstance(value, bool):
            raise self.error(call, f'a latency is seconds, or a text such as "500ms", not {value!r}')
        return float(found[1]) * UNITS_MS[found[2] or ""]


def _said(key: str) -> str:
    return f"attr[{quote('langsmith.metadata.' + key)}]"


def _status(said: Any) -> str:
    text = str(said).lower()
    if text == "pending":
        return '(status = "unset" and duration_ms = 0)'
    return 'status = "error"' if text == "error" else 'status != "error"'


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else quote(str(value))
