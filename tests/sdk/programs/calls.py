"""The same calls for every SDK: a question, a stream, a tool loop, embeddings, a failure."""

import json

import openai

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Current weather for a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


def ask(client):
    messages = [
        {"role": "system", "content": "You know geography."},
        {"role": "user", "content": "What is the capital of France?"},
    ]
    answer = client.chat.completions.create(model="gpt-4o-mini", temperature=0.2, messages=messages)
    return answer.choices[0].message.content


def stream(client):
    messages = [{"role": "user", "content": "Count from one to five."}]
    chunks = client.chat.completions.create(
        model="gpt-4o-mini", stream=True, stream_options={"include_usage": True}, messages=messages
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def get_weather(city):
    return {"temp_c": 18, "sky": "sunny"}


def weather(client, tool=get_weather):
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    while True:
        message = client.chat.completions.create(model="gpt-4o", tools=TOOLS, messages=messages).choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            result = tool(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)})


def embed(client):
    client.embeddings.create(model="text-embedding-3-small", input=["refund policy of the shop", "opening hours"])


def fail(client):
    try:
        client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "trigger-429 please"}]
        )
    except openai.RateLimitError as error:
        print(type(error).__name__)


def everything(client):
    ask(client)
    stream(client)
    weather(client)
    embed(client)
    fail(client)
