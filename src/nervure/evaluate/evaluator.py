"""The contract of an evaluator: what it reads, what it answers, and what it cannot see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.base.errors import BadInput

Level = Literal["span", "trace", "session", "document"]
Need = Literal[
    "input", "output", "documents", "expected", "tools", "tool_calls", "expected_tool_calls", "steps", "messages",
    "latency_ms", "cost_usd",
]  # fmt: skip
Model = Literal["embeddings", "nli", "toxicity"]
NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Document:
    """A retrieved passage, in the order of retrieval. relevance: a human grade, 0 for irrelevant; None if unlabelled."""

    content: str
    id: str = ""
    score: float | None = None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """arguments: a mapping, or the text the model wrote when that is not JSON."""

    name: str
    arguments: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One span of a run, in order of start. kind: a span kind (`tool`, `llm` ...); status: `ok` or `error`."""

    name: str
    kind: str = "other"
    input: Any = None
    output: Any = None
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """What is scored. None means not known, which is not the same as empty.

    input, output: plain text of the question and of the answer. expected: a reference answer, or whatever the
    evaluator's own documentation says. tools: definitions (`{"name", "parameters": JSON Schema}`). tool_calls and
    expected_tool_calls in order. messages: a whole conversation. latency_ms and cost_usd of the whole.
    """

    input: str | None = None
    output: str | None = None
    documents: tuple[Document, ...] | None = None
    expected: Any = None
    tools: tuple[Mapping[str, Any], ...] | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    expected_tool_calls: tuple[ToolCall, ...] | None = None
    steps: tuple[Step, ...] | None = None
    messages: tuple[Message, ...] | None = None
    latency_ms: float | None = None
    cost_usd: float | None = None
    finish_reason: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of characters and what is the matter with it.

    field: `output` or `input`, or `documents` with `document` as the index. start, end: characters, end exclusive.
    label: what it is, e.g. `unsupported`, `EMAIL_ADDRESS`. document, evidence: the passage that was compared.
    """

    start: int
    end: int
    label: str
    field: str = "output"
    score: float | None = None
    document: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """score: None when the evaluator has nothing to judge here; label says the verdict in one word."""

    score: float | None
    label: str
    explanation: str
    spans: tuple[Mark, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One knob. default gives the type; a default of None takes any JSON. choices: the only values allowed."""

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()


OUTPUT_FIRST = Setting(
    "field", "auto", "Which text; auto: the output, or the input when there is no output.", ("auto", "output", "input")
)
INPUT_FIRST = Setting(
    "field", "auto", "Which text; auto: the input, or the output when there is no input.", ("auto", "input", "output")
)

Run = Callable[[Example, Mapping[str, Any]], Result]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """One way to score. The score lies in [low, high] and higher is always better.

    needs: fields of Example that must be known; a setting `field` (OUTPUT_FIRST, INPUT_FIRST)
    adds the text it names. optional: fields read when known. detects: for evaluators that look
    for something bad, its name: the score is then 1 minus how sure it is, and with labels a positive row is one that
    has it. threshold: at or above it an example passes; threshold_why says where the number is from. blind: what the
    evaluator cannot see, in words for the person who reads its scores. default: part of the set that runs when no
    choice was made. uses: models that the settings may put in place of those that ship (`chosen`).
    """

    name: str
    summary: str
    run: Run
    needs: tuple[Need, ...]
    blind: str
    threshold: float
    threshold_why: str
    aliases: tuple[str, ...] = ()
    optional: tuple[Need, ...] = ()
    level: Level = "span"
    group: str = "quality"
    detects: str = ""
    version: str = "1"
    settings: tuple[Setting, ...] = ()
    low: float = 0.0
    high: float = 1.0
    default: bool = False
    uses: tuple[Model, ...] = ()

    def evaluate(self, example: Example, settings: Mapping[str, Any] | None = None) -> Result:
        """Score one example. Raises BadInput naming a field that is missing or a setting that does not exist."""
        complete = self.complete(settings or {})
        wanted: tuple[str, ...] = self.needs
        order = next((one.choices[1:] for one in self.settings if one in (OUTPUT_FIRST, INPUT_FIRST)), ())
        if order:
            # Evaluators of one text read the first of the two that is known, unless told which.
            known = next((name for name in order if getattr(example, name) is not None), order[0])
            complete["field"] = known if complete["field"] == "auto" else complete["field"]
            wanted = (*wanted, complete["field"])
        missing = [name for name in wanted if getattr(example, name) is None]
        if missing:
            raise BadInput(f"{self.name} needs {', '.join(missing)}: add the field to the row, or name it with --map")
        result = self.run(example, complete)
        if result.score is None:
            return result
        score = min(self.high, max(self.low, float(result.score)))
        passed = score >= complete["threshold"]
        return Result(score, result.label, result.explanation, result.spans, result.details, passed)

    def complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with defaults filled in and checked. `threshold` is known to every evaluator."""
        known = {setting.name: setting for setting in self.settings}
        complete: dict[str, Any] = {"threshold": self.threshold}
        complete |= {name: setting.default for name, setting in known.items()}
        for name, value in settings.items():
            if name != "threshold" and name not in known:
                offered = ", ".join(sorted([*known, "threshold"]))
                raise BadInput(f"{self.name} has no setting {name!r}; it has: {offered}")
            complete[name] = _typed(self.name, name, value, known.get(name))
        return complete


def nothing(why: str) -> Result:
    """The answer when there is nothing to judge, e.g. an empty output."""
    return Result(None, NOT_APPLICABLE, why)


def _typed(evaluator: str, name: str, value: Any, setting: Setting | None) -> Any:
    default = setting.default if setting else 0.0
    if setting and setting.choices and value not in setting.choices:
        raise BadInput(f"{evaluator}: {name} must be one of {', '.join(setting.choices)}, got {value!r}")
    if default is None:
        return value
    try:
        if isinstance(default, bool):
            if value in (True, False):
                return bool(value)
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]
        if isinstance(default, (int, float)):
            return type(default)(value)
        if isinstance(default, (list, tuple)):
            return [str(item) for item in value] if isinstance(value, (list, tuple)) else str(value).split(",")
    except (TypeError, ValueError, KeyError) as error:
        raise BadInput(f"{evaluator}: {name} must be like {default!r}, got {value!r}") from error
    return str(value)
