"""Braintrust's SDK: a logger, traced functions, the wrapped OpenAI client, scores."""

import os

import calls
from braintrust import current_span, init_logger, traced, wrap_openai
from openai import OpenAI

logger = init_logger(project=os.environ["PROJECT"])
client = wrap_openai(OpenAI(max_retries=0))


@traced(type="tool", name="get_weather")
def get_weather(city):
    return calls.get_weather(city)


@traced(name="support-chat", type="task")
def handle(question):
    current_span().log(
        metadata={"user_id": "user-7", "session_id": "sess-42"}, tags=["prod"], scores={"helpfulness": 0.9}
    )
    calls.stream(client)
    calls.weather(client, get_weather)
    return calls.ask(client)


handle("What is the capital of France?")
calls.fail(client)
logger.flush()
