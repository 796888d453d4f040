"""Whatever a sender writes into the keys of a dialect, its span is read, and reading never raises."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervure.base.plugins import discover
from nervure.model.raw import Origin, RawEvent, RawSpan
from nervure.model.span import KINDS
from nervure.normalise import conventions as folder
from nervure.normalise.convention import Convention
from nervure.normalise.engine import Normaliser

CONVENTIONS: list[Convention] = list(discover(folder, "CONVENTION").values())
NORMALISER = Normaliser()


def _keys() -> list[str]:
    """Every key the rules name, and every quoted key in the dialects' files."""
    named = {key.replace("*", "x") for convention in CONVENTIONS for rule in convention.rules for key in rule.keys}
    for path in Path(folder.__path__[0]).glob("*.py"):
        named |= {word for word in path.read_text().split('"')[1::2] if "." in word and " " not in word}
    indexed = {f"{root}.0.{leaf}" for root in ("llm.input_messages", "llm.output_messages", "retrieval.documents")
               for leaf in ("message.role", "message.content", "message.contents.0.message_content.type",
                            "message.tool_calls.0.tool_call.function.name", "document.score", "document.metadata")}  # fmt: skip
    return sorted(key for key in named | indexed if not key.startswith(("resource:", "scope:")))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.binary(max_size=10)
    | st.sampled_from(
        ["LLM", "TOOL", "RETRIEVER", "EMBEDDING", "generation", "ai.rerank.doRerank", "[]", "{}", "[1", '"']
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["role", "content", "parts", "type", "input", "messages", "usage", "args", "kwargs", "index"])
        | st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
AS_TEXT = VALUES.map(lambda value: repr(value).replace("'", '"').replace("None", "null"))
ATTRIBUTES = st.dictionaries(st.sampled_from(_keys()), VALUES | AS_TEXT, max_size=12)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(attributes=ATTRIBUTES, kind=st.sampled_from(KINDS), event=ATTRIBUTES)
def test_reading_any_values_never_raises(attributes: dict[str, Any], kind: str, event: dict[str, Any]) -> None:
    raw = RawSpan(
        Origin(scope_name="langfuse-sdk", scope_version="5"), "t", "s", "", "span", 1, 10, 20, 0, "", attributes,
        [RawEvent("mlflow.chunk.item.0", 15, event)],
    )  # fmt: skip
    for convention in CONVENTIONS:
        convention.speaks(raw)
        if convention.read is not None:
            convention.read(raw, {"kind": kind})
    span = NORMALISER.span(raw, "p", 30)
    assert span is None or span.attributes is attributes or span.attributes.items() >= attributes.items()
