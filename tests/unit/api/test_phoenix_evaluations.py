"""Evaluations of Phoenix's older client: data frames as Arrow streams, laid out as `phoenix.trace.SpanEvaluations` does."""

import gzip
import json
import random
from typing import Any

import pyarrow
import pytest
from pyarrow import ipc
from starlette.testclient import TestClient

from nervure.api.vendors.phoenix_evaluations import annotations_of
from nervure.base.errors import BadInput

SPAN, TRACE = f"{1:015x}0", f"{1:032x}"
ARROW = {"content-type": "application/x-pandas-arrow"}


def stream(kind: str, columns: dict[str, Any], name: str = "toxicity", compression: str | None = None) -> bytes:
    said = {"eval_id": "6f1d", "eval_name": name, "eval_type": kind}
    table = pyarrow.table(columns).replace_schema_metadata({b"arize": json.dumps(said).encode()})
    sink = pyarrow.BufferOutputStream()
    with ipc.new_stream(sink, table.schema, options=ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


@pytest.mark.supports("phoenix", "log_evaluations of the older px.Client")
def test_evaluations_become_annotations(client: TestClient) -> None:
    spans = {"context.span_id": [SPAN], "score": [0.25], "label": ["fine"], "explanation": ["polite"]}
    documents = {"context.span_id": [SPAN, SPAN], "document_position": [0, 1], "score": [1, 0]}
    # A row that says nothing is a judge that did not know.
    traces = {"trace_id": [TRACE, "f" * 32], "label": ["good", None], "score": [None, float("nan")]}
    for _ in range(2):
        for kind, columns, name in (
            ("SpanEvaluations", spans, "toxicity"),
            ("DocumentEvaluations", documents, "relevance"),
            ("TraceEvaluations", traces, "grounded"),
        ):
            body = gzip.compress(stream(kind, columns, name))
            answer = client.post("/v1/evaluations", content=body, headers={**ARROW, "content-encoding": "gzip"})
            assert (answer.status_code, answer.content) == (204, b""), answer.text
    held = [
        one for name in ("toxicity", "relevance", "grounded")
        for one in client.get("/api/v1/scores", params={"name": name, "order": "oldest"}).json()["items"]
    ]  # fmt: skip
    assert sorted((one["name"], one["target_type"], one["value"], one["label"], one["source"]) for one in held) == [
        ("grounded", "trace", None, "good", "judge"),
        ("relevance", "span", 0.0, "", "judge"),
        ("relevance", "span", 1.0, "", "judge"),
        ("toxicity", "span", 0.25, "fine", "judge"),
    ]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "not evaluations"),
        (b"{}", "not evaluations"),
        (stream("SpanEvaluations", {"context.span_id": [SPAN] * 9, "score": [1.0] * 9}, compression="zstd"), "compressed"),
        (stream("SpanEvaluations", {"label": pyarrow.array(["a"]).dictionary_encode()}), "categories"),
        (stream("SpanEvaluations", {"score": [[1.0]]}), "texts and numbers"),
        (stream("OddEvaluations", {"score": [1.0]}), "eval_type"),
        (stream("SpanEvaluations", {"score": [1.0]}), "span_id"),
        (stream("SpanEvaluations", {"context.span_id": [SPAN], "score": [float("inf")]}), "finite"),
        (stream("DocumentEvaluations", {"context.span_id": [SPAN], "score": [1.0]}), "document_position"),
        (stream("SpanEvaluations", {"context.span_id": [SPAN], "score": [1.0]})[:-40], "not evaluations"),
    ],
)  # fmt: skip
def test_what_is_no_evaluation_is_refused_in_plain_words(client: TestClient, body: bytes, word: str) -> None:
    answer = client.post("/v1/evaluations", content=body, headers=ARROW)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert word in answer.text, answer.text


def test_another_type_of_body_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/evaluations", content=b"x", headers={"content-type": "application/x-protobuf"})
    assert (answer.status_code, "log_evaluations" in answer.text) == (422, True)


def test_spoiled_bytes_are_read_or_refused_and_never_harm() -> None:
    good, chance = (
        stream("SpanEvaluations", {"context.span_id": [SPAN] * 3, "score": [1.0, None, 2.0]}),
        random.Random(7),
    )
    refused = 0
    for _ in range(1000):
        body = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        try:
            annotations_of(bytes(body[: chance.randrange(len(body))] if chance.random() < 0.1 else body))
        except BadInput:
            refused += 1
    assert refused > 500
