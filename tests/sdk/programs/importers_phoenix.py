"""Fills a Phoenix server by its own SDKs. argv: address, number of chats. Prints what was made as JSON."""

import json
import sys

from openinference.instrumentation import using_attributes
from opentelemetry.trace import StatusCode
from phoenix.client import Client
from phoenix.client.types import PromptVersion
from phoenix.otel import register

url, chats = sys.argv[1], int(sys.argv[2])
provider = register(
    endpoint=f"{url}/v1/traces", project_name="support", batch=True, set_global_tracer_provider=False, verbose=False
)
tracer = provider.get_tracer("support-app")


def chat(number: int) -> tuple[str, str, str]:
    """An agent that retrieves, calls a model and, every third time, a tool that fails."""
    about = {
        "session_id": f"session-{number % 4}", "user_id": f"user-{number % 3}",
        "metadata": {"tier": "gold", "plan": {"seats": 3}}, "tags": ["blue"],
    }  # fmt: skip
    with (
        using_attributes(**about),
        tracer.start_as_current_span(f"chat {number}", openinference_span_kind="agent") as agent,
    ):
        agent.set_input(f"question {number}")
        with tracer.start_as_current_span("search", openinference_span_kind="retriever") as search:
            search.set_input("return policy")
            search.set_attribute("retrieval.documents.0.document.id", "d1")
            search.set_attribute("retrieval.documents.0.document.content", "30 days")
            search.set_attribute("retrieval.documents.0.document.score", 0.75)
            search.set_attribute("retrieval.documents.0.document.metadata", json.dumps({"page": 4}))
            searched = search.get_span_context().span_id
        with tracer.start_as_current_span("answer", openinference_span_kind="llm") as call:
            call.set_attributes(
                {
                    "llm.model_name": "gpt-4o-mini",
                    "llm.invocation_parameters": json.dumps({"temperature": 0.2}),
                    "llm.token_count.prompt": 120 + number,
                    "llm.token_count.completion": 20,
                    "llm.input_messages.0.message.role": "user",
                    "llm.input_messages.0.message.content": f"question {number}",
                    "llm.output_messages.0.message.role": "assistant",
                    "llm.output_messages.0.message.content": "Within 30 days.",
                }
            )
        if number % 3 == 0:
            with tracer.start_as_current_span("order_status", openinference_span_kind="tool") as tool:
                tool.set_input({"order": number})
                tool.record_exception(ValueError("no such order"))
                tool.set_status(StatusCode.ERROR, "no such order")
        agent.set_output("Within 30 days.")
        context = agent.get_span_context()
    return format(context.trace_id, "032x"), format(context.span_id, "016x"), format(searched, "016x")


made = [chat(number) for number in range(chats)]
provider.force_flush()
client = Client(base_url=url)
for number, (trace, span, search) in enumerate(made[:5]):
    client.spans.add_span_annotation(
        span_id=span, annotation_name="helpful", annotator_kind="HUMAN", score=number / 4, label="yes",
        explanation="read it", metadata={"by": "ann"}, sync=True,
    )  # fmt: skip
    client.traces.add_trace_annotation(
        trace_id=trace, annotation_name="grounded", annotator_kind="LLM", score=1.0, identifier="judge-1", sync=True
    )
    client.spans.add_document_annotation(
        span_id=search, document_position=0, annotation_name="relevance", annotator_kind="LLM", score=0.5, sync=True
    )
client.sessions.add_session_annotation(session_id="session-1", annotation_name="solved", label="yes", sync=True)
for text in ("Answer {{question}}.", "Answer {{question}} briefly."):
    version = client.prompts.create(
        name="answer",
        prompt_description="How we answer.",
        version=PromptVersion(
            [{"role": "system", "content": "Be kind."}, {"role": "user", "content": text}],
            model_name="gpt-4o-mini",
        ),
    )
client.prompts.tags.create(prompt_version_id=version.id, name="production")
dataset = client.datasets.create_dataset(
    name="returns",
    examples=[
        {"input": {"question": f"q{n}"}, "output": {"answer": f"a{n}"}, "metadata": {"hard": n > 1}} for n in range(4)
    ],
    dataset_description="Questions about returns.",
)
client.experiments.run_experiment(
    dataset=dataset,
    task=lambda example: "a1",
    evaluators={"exact": lambda output, expected: output == expected["answer"]},
    experiment_name="baseline",
    print_summary=False,
)
provider.shutdown()
print(json.dumps({"traces": [one[0] for one in made], "roots": [one[1] for one in made]}))
