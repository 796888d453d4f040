"""nervure.init() finds the instrumentation that is installed and does the rest."""

import calls
from openai import OpenAI

import nervure

setup = nervure.init("sdk-app", environment="staging")
assert setup.instrumented == ("openai",), setup
client = OpenAI(max_retries=0)


@nervure.observe(kind="tool")
def get_weather(city: str) -> dict:
    return calls.get_weather(city)


@nervure.observe(kind="retriever")
def retrieve(query: str) -> list:
    return [{"id": "doc-1", "content": "Refunds are accepted within 30 days.", "score": 0.92}]


@nervure.observe(kind="agent", name="weather-agent")
def agent(question: str) -> str:
    return calls.weather(client, get_weather)


@nervure.observe(kind="workflow")
def handle(question: str) -> str:
    retrieve("refund policy")
    answer = calls.ask(client)
    calls.stream(client)
    agent("What is the weather in Paris?")
    calls.embed(client)
    calls.fail(client)
    nervure.score("helpful", True, explanation="thumb up", source="user")
    return answer


with nervure.context(session="sess-42", user="user-7", tenant="acme", tags=["beta"], metadata={"plan": "gold"}):
    handle("What is the capital of France?")
assert nervure.flush()
