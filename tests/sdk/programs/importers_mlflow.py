"""Fills an MLflow server by its own SDK. argv: address, number of chats. Prints what was made as JSON."""

import json
import sys

import mlflow
from mlflow.entities import AssessmentSource, SpanType

url, chats = sys.argv[1], int(sys.argv[2])
mlflow.set_tracking_uri(url)
mlflow.set_experiment("support")


@mlflow.trace(span_type=SpanType.RETRIEVER)
def search(query: str) -> list[dict[str, object]]:
    return [{"page_content": "30 days", "metadata": {"page": 4}, "id": "d1"}]


@mlflow.trace(span_type=SpanType.CHAT_MODEL)
def answer(messages: list[dict[str, str]], model: str, temperature: float) -> dict[str, object]:
    span = mlflow.get_current_active_span()
    span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 120, "output_tokens": 20, "total_tokens": 140})
    span.set_attribute("mlflow.llm.model", model)
    return {"model": model, "choices": [{"message": {"role": "assistant", "content": "Within 30 days."}}]}


@mlflow.trace(span_type=SpanType.TOOL)
def order_status(order: int) -> None:
    raise ValueError("no such order")


@mlflow.trace(name="chat", span_type=SpanType.AGENT)
def chat(number: int) -> str:
    mlflow.update_current_trace(
        metadata={"mlflow.trace.session": f"session-{number % 4}", "mlflow.trace.user": f"user-{number % 3}"},
        tags={"tier": "gold"},
    )
    search("return policy")
    answer([{"role": "user", "content": f"question {number}"}], model="gpt-4o-mini", temperature=0.2)
    if number % 3 == 0:
        try:
            order_status(number)
        except ValueError:
            return "I do not know."
    return "Within 30 days."


traces = []
for number in range(chats):
    chat(number)
    traces.append(mlflow.get_last_active_trace_id())
mlflow.flush_trace_async_logging()
for number, trace in enumerate(traces[:5]):
    mlflow.log_feedback(
        trace_id=trace, name="helpful", value=number / 4, rationale="read it", metadata={"by": "ann"},
        source=AssessmentSource(source_type="HUMAN", source_id="ann@example.com"),
    )  # fmt: skip
    mlflow.log_feedback(
        trace_id=trace, name="grounded", value=True,
        source=AssessmentSource(source_type="LLM_JUDGE", source_id="gpt-4o"),
    )  # fmt: skip
mlflow.log_expectation(
    trace_id=traces[0], name="expected_answer", value="Within 30 days.",
    source=AssessmentSource(source_type="HUMAN", source_id="ann@example.com"),
)  # fmt: skip
mlflow.genai.register_prompt("answer", "Answer {{question}}.", commit_message="first", tags={"team": "support"})
mlflow.genai.register_prompt(
    "answer-chat",
    [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Answer {{question}}."}],
    commit_message="as a chat",
)
mlflow.genai.set_prompt_alias("answer", alias="production", version=1)
experiment = mlflow.get_experiment_by_name("support").experiment_id
dataset = mlflow.genai.datasets.create_dataset(name="returns", experiment_id=[experiment])
dataset.merge_records(
    [{"inputs": {"question": f"q{n}"}, "expectations": {"answer": f"a{n}"}, "tags": {"hard": "no"}} for n in range(4)]
)
# What people save of it: a dataset as the SDK writes it, versions of prompts as mlflow-export-import does.
saved = mlflow.genai.datasets.get_dataset(dataset_id=dataset.dataset_id)
prompts = [mlflow.genai.load_prompt(name, version=1) for name in ("answer", "answer-chat")]
members = ("name", "version", "template", "tags", "creation_timestamp", "commit_message")
files = {
    "dataset.json": saved.to_dict(),
    "returns.json": json.loads(saved.to_df().to_json(orient="records")),
    **{
        f"prompt-{one.name}.json": {"system": {}, "mlflow": {"prompt": {name: getattr(one, name) for name in members}}}
        for one in prompts
    },
}
print(json.dumps({"traces": traces, "experiment": experiment, "files": files}, default=str))
