"""MLflow's tracing, exported over OTLP."""

import calls
import mlflow
from mlflow.entities import Document, SpanType
from openai import OpenAI

mlflow.openai.autolog()
client = OpenAI(max_retries=0)


@mlflow.trace(span_type=SpanType.RETRIEVER)
def retrieve(query):
    return [
        Document(page_content="Refunds are accepted within 30 days.", metadata={"doc_uri": "policy.md"}, id="doc-1")
    ]


@mlflow.trace(span_type=SpanType.TOOL)
def get_weather(city):
    return calls.get_weather(city)


@mlflow.trace(span_type=SpanType.AGENT, name="weather-agent")
def agent(question):
    return calls.weather(client, get_weather)


@mlflow.trace(name="support-chat")
def handle():
    mlflow.update_current_trace(metadata={"mlflow.trace.session": "sess-42", "mlflow.trace.user": "user-7"})
    retrieve("refund policy")
    calls.ask(client)
    calls.stream(client)
    agent("What is the weather in Paris?")
    calls.embed(client)


handle()
calls.fail(client)
mlflow.flush_trace_async_logging()
