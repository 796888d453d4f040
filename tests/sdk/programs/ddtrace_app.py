"""ddtrace's LLM Observability: decorators, the traced OpenAI client, evaluations."""

import os

import calls
from ddtrace.llmobs import LLMObs
from ddtrace.llmobs.decorators import agent, retrieval, tool, workflow
from openai import OpenAI

LLMObs.enable(ml_app="support-bot")
client = OpenAI(max_retries=0)


@tool
def get_weather(city):
    result = calls.get_weather(city)
    LLMObs.annotate(input_data={"city": city}, output_data=result)
    return result


@retrieval
def retrieve(query):
    found = [{"id": "doc-1", "text": "Refunds are accepted within 30 days.", "score": 0.92, "name": "policy.md"}]
    LLMObs.annotate(input_data=query, output_data=found)


@agent(name="weather-agent")
def weather():
    answer = calls.weather(client, get_weather)
    LLMObs.annotate(input_data="What is the weather in Paris?", output_data=answer)


@workflow(name="support-chat", session_id="sess-42")
def handle():
    LLMObs.annotate(tags={"plan": "gold", "user_id": "user-7"})
    retrieve("refund policy")
    answer = calls.ask(client)
    calls.stream(client)
    weather()
    calls.embed(client)
    LLMObs.annotate(input_data="What is the capital of France?", output_data=answer)
    span = LLMObs.export_span()
    tags = {"nervure.project": os.environ["PROJECT"]}
    LLMObs.submit_evaluation(span=span, label="helpfulness", metric_type="score", value=0.9, tags=tags)
    LLMObs.submit_evaluation(span=span, label="tone", metric_type="categorical", value="friendly", tags=tags)


handle()
calls.fail(client)
LLMObs.flush()
