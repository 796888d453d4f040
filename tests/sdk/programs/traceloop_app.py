"""OpenLLMetry by its own SDK."""

import calls
from openai import OpenAI
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, tool, workflow

Traceloop.init(app_name="sdk-app", disable_batch=False)
client = OpenAI(max_retries=0)


@tool(name="get_weather")
def get_weather(city):
    return calls.get_weather(city)


@agent(name="weather-agent")
def weather(question):
    return calls.weather(client, get_weather)


@workflow(name="support-chat")
def handle():
    Traceloop.set_association_properties({"user_id": "user-7", "session_id": "sess-42"})
    calls.ask(client)
    calls.stream(client)
    weather("What is the weather in Paris?")
    calls.embed(client)
    calls.fail(client)


handle()
