"""A user's own evaluators: expressions, and Python files in a bounded process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nervure.base.errors import BadInput
from nervure.evaluate.custom.expression import evaluate, needs_of, parse
from nervure.evaluate.custom.sandbox import Bounds, Sandbox, SandboxError, sandboxed
from nervure.evaluate.evaluator import Document, Evaluator, Example

EXAMPLE = Example(
    input="How long?",
    output="Refunds take five days.",
    documents=(Document("Refunds take five days."),),
    latency_ms=900,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len(words(output)) <= 4 and not contains(output, 'sorry')", True),
        ("overlap(output, documents)", 1.0),
        ("1 - latency_ms / 1800", 0.5),
        ("'five' in output if documents else 0", True),
        ("matches('(?i)REFUNDS', output) and 1 < len(sentences(output)) < 9", False),
        ("json('{\"a\": [1, 2]}', 'a', 1)", 2),
        ("output[0:7] == 'Refunds'", True),
        ("expected == None", True),
    ],
)
def test_an_expression_is_computed_over_the_fields(text: str, expected: object) -> None:
    assert evaluate(parse(text), EXAMPLE) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("output.__class__", "Attribute is not allowed at character 1"),
        ("open('/etc/passwd')", "there is no function 'open'"),
        ("[c for c in output]", "ListComp is not allowed"),
        ("(lambda: 1)()", "call functions by name"),
        ("answer == 1", "there is no field 'answer'"),
        ("len(output) <", "this is no expression"),
        ("9 ** 9 ** 9", "Pow is not allowed"),
        ("", "write an expression"),
    ],
)
def test_what_is_no_such_expression_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert problem in str(refused.value)


def test_an_expression_needs_the_fields_it_names() -> None:
    assert needs_of(parse("overlap(output, documents) > 0.5")) == ("output", "documents")


OWN = '''"""Is it thanked for?"""
THRESHOLD = 0.7
VERSION = "4"

def evaluate(output, documents=()):
    if output == "spin":
        while True:
            pass
    if output == "eat":
        return len(bytearray(4 << 30))
    if output == "die":
        import os
        os._exit(3)
    if output == "wrong":
        return 1 / 0
    print("this is no answer")
    return {"score": "thank" in output, "explanation": f"{len(documents)} documents", "marks": [{"start": 0, "end": 5, "label": "thanks"}]}
'''


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluator]:
    path = tmp_path_factory.mktemp("own") / "thanks.py"
    path.write_text(OWN)
    sandbox = Sandbox("file", str(path), bounds=Bounds(call_s=3.0, memory_bytes=1 << 30))
    yield sandboxed(sandbox.describe(), sandbox, "custom:thanks")
    sandbox.close()


def test_a_file_is_an_evaluator(own: Evaluator) -> None:
    assert (own.summary, own.needs, own.threshold, own.version) == ("Is it thanked for?", ("output",), 0.7, "4")
    result = own.evaluate(Example(output="thank you", documents=(Document("a"), Document("b"))))
    assert (result.score, result.passed, result.explanation) == (1.0, True, "2 documents")
    assert (result.spans[0].start, result.spans[0].label) == (0, "thanks")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("spin", "thanks.py took longer than 3 s and was stopped"),
        ("eat", "it needs more memory than it may have"),
        ("die", r"thanks.py ended by itself \(exit status 3\)"),
        ("wrong", r"ZeroDivisionError: division by zero \(thanks.py, line 15\)"),
    ],
)
def test_what_goes_wrong_in_it_is_told_and_the_next_example_is_scored(own: Evaluator, output: str, reason: str) -> None:
    with pytest.raises(SandboxError, match=reason):
        own.evaluate(Example(output=output))
    assert own.evaluate(Example(output="thank you")).score == 1.0


def test_a_file_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def evaluate(answer): return 1\n")
    with pytest.raises(SandboxError, match=r"evaluate\(\) takes answer, which is no field of an example"):
        Sandbox("file", str(path)).describe()
