"""Langfuse's OpenTelemetry exporter, pointed at Nervure by LANGFUSE_BASE_URL."""

import calls
from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI

langfuse = get_client()
client = OpenAI(max_retries=0)


@observe(as_type="tool")
def get_weather(city):
    return calls.get_weather(city)


@observe(as_type="agent", name="weather-agent")
def agent(question):
    return calls.weather(client, get_weather)


@observe(as_type="retriever")
def retrieve(query):
    return [{"id": "doc-1", "content": "Refunds are accepted within 30 days.", "score": 0.92}]


@observe()
def handle():
    with propagate_attributes(
        user_id="user-7", session_id="sess-42", tags=["beta"], metadata={"plan": "gold"}, trace_name="support-chat"
    ):
        retrieve("refund policy")
        calls.ask(client)
        calls.stream(client)
        agent("What is the weather in Paris?")
        calls.embed(client)
        calls.fail(client)


handle()
langfuse.flush()
