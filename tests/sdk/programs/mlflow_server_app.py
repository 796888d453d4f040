"""MLflow with its tracking URI set to the server: traces, tags, assessments, and reading them back."""

import os

import calls
import mlflow
from mlflow.entities import AssessmentSource, Document, Feedback, SpanType
from mlflow.exceptions import MlflowException
from openai import OpenAI

mlflow.set_experiment(os.environ["PROJECT"])
mlflow.openai.autolog()
client = OpenAI(max_retries=0)


@mlflow.trace(span_type=SpanType.RETRIEVER)
def retrieve(query):
    return [
        Document(page_content="Refunds are accepted within 30 days.", metadata={"doc_uri": "policy.md"}, id="doc-1")
    ]


@mlflow.trace(name="support-chat")
def handle(question):
    session = {"mlflow.trace.session": "sess-42", "mlflow.trace.user": "user-7"}
    mlflow.update_current_trace(tags={"plan": "gold"}, metadata=session, client_request_id="req-1")
    retrieve("refund policy")
    return calls.ask(client)


handle("What is the capital of France?")
trace_id = mlflow.get_last_active_trace_id()
mlflow.flush_trace_async_logging()

# Read back whole.
trace = mlflow.get_trace(trace_id)
assert [span.name for span in trace.data.spans] == ["support-chat", "retrieve", "Completions"], trace.data.spans
assert trace.data.spans[0].inputs == {"question": "What is the capital of France?"}
assert "Paris" in trace.data.spans[0].outputs
assert trace.data.spans[1].span_type == SpanType.RETRIEVER
assert (trace.info.state, trace.info.client_request_id, trace.info.tags["plan"]) == ("OK", "req-1", "gold")
assert trace.info.trace_metadata["mlflow.trace.session"] == "sess-42"
assert trace.info.token_usage["total_tokens"] > 0

# Tags come and go.
mlflow.set_trace_tag(trace_id, "reviewed", "yes")
assert mlflow.get_trace(trace_id).info.tags["reviewed"] == "yes"
mlflow.delete_trace_tag(trace_id, "reviewed")
assert "reviewed" not in mlflow.get_trace(trace_id).info.tags
mlflow.set_trace_tag(trace_id, "plan", "platinum")

# Judgements: made, read, changed, overridden, taken away.
ann = AssessmentSource(source_type="HUMAN", source_id="ann@example.com")
made = mlflow.log_feedback(trace_id=trace_id, name="helpful", value=0.9, rationale="good", source=ann)
assert mlflow.get_assessment(trace_id, made.assessment_id).value == 0.9
assert mlflow.update_assessment(trace_id, made.assessment_id, Feedback(name="helpful", value=0.5)).value == 0.5
wanted = mlflow.log_expectation(trace_id=trace_id, name="expected", value={"answer": "Paris"})
assert mlflow.get_assessment(trace_id, wanted.assessment_id).value == {"answer": "Paris"}
tone = mlflow.log_feedback(trace_id=trace_id, name="tone", value="rude")
mlflow.override_feedback(trace_id=trace_id, assessment_id=tone.assessment_id, value="friendly")
gone = mlflow.log_feedback(trace_id=trace_id, name="gone", value=True)
mlflow.delete_assessment(trace_id, gone.assessment_id)
held = {(one.name, str(one.value), one.valid) for one in mlflow.get_trace(trace_id).info.assessments}
assert held == {
    ("helpful", "0.5", True),
    ("expected", "{'answer': 'Paris'}", None),
    ("tone", "rude", False),
    ("tone", "friendly", True),
}, held

# Found by what was said of it.
FOUND = (
    None,
    "tags.plan = 'platinum' AND trace.status = 'OK'",
    "name LIKE 'support%' AND execution_time_ms >= 0",
    "metadata.`mlflow.trace.session` = 'sess-42'",
    "client_request_id = 'req-1' AND timestamp_ms > 1700000000000",
    "span.type = 'RETRIEVER'",
    "span.name IN ('retrieve', 'other')",
    "feedback.tone = 'friendly'",
    "feedback.helpful < 0.6",
)
for text in FOUND:
    (info,) = (one.info for one in mlflow.search_traces(filter_string=text, return_type="list"))
    assert info.trace_id == trace_id, text
for text in ("tags.plan = 'gold'", "trace.status = 'ERROR'", "span.name = 'other'", "feedback.helpful > 0.6"):
    assert mlflow.search_traces(filter_string=text, return_type="list") == [], text
frame = mlflow.search_traces()
assert list(frame["trace_id"]) == [trace_id]
assert frame["request"][0] == {"question": "What is the capital of France?"}

# Errors have MLflow's own codes.
for refused, code in (
    (lambda: mlflow.search_traces(filter_string="colour = 'red'"), "INVALID_PARAMETER_VALUE"),
    (lambda: mlflow.MlflowClient().get_trace("tr-" + "0" * 31 + "1"), "RESOURCE_DOES_NOT_EXIST"),
    (lambda: mlflow.MlflowClient().get_experiment("nowhere"), "RESOURCE_DOES_NOT_EXIST"),
    (lambda: mlflow.get_assessment(trace_id, "a-none"), "RESOURCE_DOES_NOT_EXIST"),
    (lambda: mlflow.MlflowClient().create_experiment(os.environ["PROJECT"]), "RESOURCE_ALREADY_EXISTS"),
):
    heard = ""
    try:
        refused()
    except MlflowException as error:
        heard = error.error_code
    assert heard == code, heard
