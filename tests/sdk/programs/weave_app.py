"""Weave's SDK, pointed at Nervure by WANDB_BASE_URL; reads back what it wrote and prints it as JSON."""

import json
import os

import calls
import weave
from openai import OpenAI

client = weave.init(os.environ["WEAVE_PROJECT"])
openai = OpenAI(max_retries=0)


@weave.op(kind="tool")
def get_weather(city: str) -> dict:
    return calls.get_weather(city)


@weave.op
def retrieve(q: str) -> list:
    return [{"id": "doc-1", "content": "Refunds are accepted within 30 days.", "score": 0.92}]


@weave.op(name="weather-agent")
def agent(question: str) -> str:
    return calls.weather(openai, get_weather)


@weave.op(name="support-chat")
def handle(question: str) -> str:
    retrieve("refund policy")
    answer = calls.ask(openai)
    calls.stream(openai)
    agent("What is the weather in Paris?")
    calls.fail(openai)
    return answer


with weave.attributes({"session_id": "sess-42", "user_id": "user-7", "plan": "gold"}):
    out, call = handle.call("What is the capital of France?")
call.feedback.add_reaction("\N{THUMBS UP SIGN}")
call.feedback.add("helpfulness", {"value": 0.9})
dataset = weave.Dataset(name="capitals", rows=[{"country": "France"}, {"country": "Spain"}])
reference = weave.publish(dataset)
client.flush()

again = client.get_call(call.id)
every = list(client.get_calls())
tools = list(client.get_calls(filter={"trace_roots_only": True}))
loaded = weave.ref(reference.uri()).get()
print(
    json.dumps(
        {
            "id": call.id,
            "op": again.op_name,
            "output": again.output,
            "inputs": dict(again.inputs),
            "every": sorted(one.op_name.rpartition("/")[2].partition(":")[0] for one in every),
            "roots": [one.id for one in tools],
            "children": len(list(again.children())),
            "rows": [dict(row) for row in loaded.rows],
            "feedback": sorted(str(one.payload) for one in again.feedback),
            "failed": [one.exception for one in every if one.exception],
        },
        default=str,
    )
)
client.finish()
