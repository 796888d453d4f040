"""Phoenix: its OpenTelemetry registration and its client, writing and reading back."""

import os

import calls
from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry import trace
from phoenix.client import Client
from phoenix.client.types.spans import SpanQuery
from phoenix.otel import register

URL, PROJECT = os.environ["URL"], os.environ["PROJECT"]
provider = register(project_name=PROJECT, endpoint=f"{URL}/v1/traces", verbose=False, batch=True)
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("app")

with tracer.start_as_current_span("support", openinference_span_kind="chain") as root:
    root.set_input("What is the capital of France?")
    with tracer.start_as_current_span("retrieve", openinference_span_kind="retriever") as found:
        found.set_input("capital")
        found.set_attribute("retrieval.documents.0.document.id", "doc-1")
        found.set_attribute("retrieval.documents.0.document.content", "Paris is the capital.")
        found.set_attribute("retrieval.documents.0.document.score", 0.9)
        found.set_attribute("retrieval.documents.1.document.content", "Lyon is a city.")
    root.set_output(calls.ask(OpenAI()))
    root.set_status(trace.StatusCode.OK)
root_id, trace_id = f"{root.get_span_context().span_id:016x}", f"{root.get_span_context().trace_id:032x}"
found_id = f"{found.get_span_context().span_id:016x}"

client = Client(base_url=URL)

# Annotations, before the exporter has sent anything: they wait for their spans.
client.spans.add_span_annotation(
    span_id=root_id, annotation_name="helpful", annotator_kind="HUMAN", label="yes", score=1.0, explanation="it was"
)
provider.force_flush()
(made,) = client.spans.log_span_annotations(
    span_annotations=[
        {"span_id": root_id, "name": "correct", "annotator_kind": "LLM", "result": {"score": 0.3}, "metadata": {"m": 1}}
    ],
    sync=True,
)
assert made["id"]
# The same annotation again replaces the first.
client.spans.add_span_annotation(span_id=root_id, annotation_name="correct", annotator_kind="LLM", score=0.8, sync=True)
client.spans.log_document_annotations(
    document_annotations=[
        {"span_id": found_id, "document_position": place, "name": "relevance", "annotator_kind": "LLM",
         "result": {"score": score}}
        for place, score in ((0, 1.0), (1, 0.0))
    ],
    sync=True,
)  # fmt: skip
client.traces.add_trace_annotation(
    trace_id=trace_id, annotation_name="resolved", annotator_kind="CODE", label="done", sync=True
)
client.spans.add_span_note(span_id=root_id, note="look at this one")
read = client.spans.get_span_annotations(span_ids=[root_id], project_identifier=PROJECT)
assert {(one["name"], one["annotator_kind"], one["result"].get("score")) for one in read} == {
    ("helpful", "HUMAN", 1.0),
    ("correct", "LLM", 0.8),
}, read
frame = client.spans.get_span_annotations_dataframe(span_ids=[root_id, found_id], project_identifier=PROJECT)
assert len(frame) == 4, frame
assert set(frame.columns) >= {"annotation_name", "result.score", "result.label"}, frame.columns

# Spans as lists and tables.
spans = client.spans.get_spans(project_identifier=PROJECT, limit=10)
assert {one["name"] for one in spans} == {"support", "retrieve", "ChatCompletion"}, spans
(llm,) = client.spans.get_spans(project_identifier=PROJECT, span_kind="LLM")
assert llm["attributes"]["llm.model_name"].startswith("gpt-4o-mini"), llm["attributes"]
assert llm["context"]["trace_id"] == trace_id
(one,) = client.spans.get_spans(project_identifier=PROJECT, parent_id="null", trace_ids=[trace_id])
assert one["context"]["span_id"] == root_id
table = client.spans.get_spans_dataframe(project_identifier=PROJECT)
assert len(table) == 3, table
assert {"name", "span_kind", "attributes.input.value", "context.trace_id"} <= set(table.columns), list(table.columns)
assert str(table["start_time"].dtype).startswith("datetime64"), table["start_time"]
table = client.spans.get_spans_dataframe(
    query=SpanQuery().where("span_kind == 'LLM' and 'capital' in input.value").select("llm.model_name", "output.value"),
    project_identifier=PROJECT,
)
assert list(table.columns) == ["llm.model_name", "output.value"], table
assert len(table) == 1, table
query = SpanQuery().where("span_kind == 'RETRIEVER'").select("trace_id", "input.value")
table = client.spans.get_spans_dataframe(
    query=query.explode("retrieval.documents", reference="document.content", score="document.score"),
    project_identifier=PROJECT,
)
assert list(table["reference"]) == ["Paris is the capital.", "Lyon is a city."], table
assert table.index.names == ["context.span_id", "document_position"], table.index
table = client.spans.get_spans_dataframe(
    query=SpanQuery().where("span_kind == 'RETRIEVER'").select("trace_id").concat(
        "retrieval.documents", context="document.content"
    ),
    project_identifier=PROJECT,
)  # fmt: skip
assert list(table["context"]) == ["Paris is the capital.\n\nLyon is a city."], table
assert client.spans.get_spans_dataframe(
    query=SpanQuery().where("annotations['correct'].score < 0.5"), project_identifier=PROJECT
).empty
(held,) = client.traces.get_traces(project_identifier=PROJECT, include_spans=True)
assert (held["trace_id"], len(held["spans"])) == (trace_id, 3)

# Spans logged by hand.
logged = client.spans.log_spans(
    project_identifier=PROJECT,
    spans=[
        {
            "name": "by hand",
            "context": {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"},
            "span_kind": "TOOL",
            "start_time": "2026-11-20T10:00:00+00:00",
            "end_time": "2026-11-20T10:00:01+00:00",
            "status_code": "OK",
            "attributes": {"tool": {"name": "search"}, "input.value": "x"},
        }
    ],
)
assert logged["total_queued"] == 1, logged

# Projects.
assert client.projects.get(project_name=PROJECT)["name"] == PROJECT
made = client.projects.create(name=f"{PROJECT}-new", description="made by the client")
assert made in client.projects.list()
client.projects.update(project_id=made["id"], description="changed")
assert client.projects.get(project_id=made["id"])["description"] == "changed"
client.projects.delete(project_id=made["id"])
assert made["name"] not in {one["name"] for one in client.projects.list()}
