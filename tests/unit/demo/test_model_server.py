"""The fake model provider: deterministic answers in each provider's shape, streamed or whole."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from nervure.demo.model_server import ModelServer

TOOL = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = [{"role": "user", "content": "What is the weather in Paris?"}]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with ModelServer() as server, httpx.Client(base_url=server.url) as made:
        yield made


def post(client: httpx.Client, path: str, **body: Any) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(client: httpx.Client, path: str, **body: Any) -> list[dict[str, Any]]:
    text = client.post(path, json={**body, "stream": True}).text
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_chat_answers_with_text_usage_and_the_dated_model(client: httpx.Client) -> None:
    answer = post(client, "/v1/chat/completions", model="gpt-4o-mini", messages=QUESTION)
    assert answer["choices"][0]["message"]["content"] == "The capital of France is Paris."
    assert (answer["model"], answer["choices"][0]["finish_reason"]) == ("gpt-4o-mini-2024-07-18", "stop")
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
    assert answer == post(client, "/v1/chat/completions", model="gpt-4o-mini", messages=QUESTION)


def test_a_streamed_chat_says_the_same_and_ends_with_usage(client: httpx.Client) -> None:
    chunks = events(
        client, "/v1/chat/completions", model="gpt-4o", messages=QUESTION, stream_options={"include_usage": True}
    )
    assert (
        "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
        == "The capital of France is Paris."
    )
    assert chunks[-1]["usage"]["completion_tokens"] > 0


def test_offered_a_tool_the_model_calls_it_and_answers_after_its_result(client: httpx.Client) -> None:
    tools = [{"type": "function", "function": TOOL}]
    answer = post(client, "/v1/chat/completions", model="gpt-4o", messages=WEATHER, tools=tools)
    (call,) = answer["choices"][0]["message"]["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("get_weather", {"city": "Paris"})
    result = {"role": "tool", "tool_call_id": call["id"], "content": '{"temp_c": 18}'}
    answer = post(client, "/v1/chat/completions", model="gpt-4o", messages=[*WEATHER, result], tools=tools)
    assert answer["choices"][0]["message"]["content"] == "It is 18 degrees and sunny in Paris."


def test_responses_and_messages_answer_the_same_question(client: httpx.Client) -> None:
    answer = post(client, "/v1/responses", model="gpt-4.1-mini", input="What is the capital of France?")
    assert answer["output"][0]["content"][0]["text"] == "The capital of France is Paris."
    answer = post(client, "/v1/messages", model="claude-sonnet-4-5", max_tokens=99, messages=QUESTION)
    assert (answer["content"][0]["text"], answer["stop_reason"]) == ("The capital of France is Paris.", "end_turn")


def test_streams_of_responses_and_messages_end_with_their_usage(client: httpx.Client) -> None:
    last = events(client, "/v1/responses", model="gpt-4o", input="Count from one to five.")[-1]
    assert (last["type"], last["response"]["output"][0]["content"][0]["text"]) == (
        "response.completed",
        "one, two, three, four, five",
    )
    kinds = [event["type"] for event in events(client, "/v1/messages", model="claude-haiku-4-5", messages=QUESTION)]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])


def test_cached_tokens_lie_within_the_input_of_one_provider_and_beside_that_of_the_other(client: httpx.Client) -> None:
    cached = [{"role": "user", "content": "Use the cached prompt"}]
    usage = post(client, "/v1/chat/completions", model="gpt-4.1", messages=cached)["usage"]
    assert (usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]) == (1200, 1024)
    usage = post(client, "/v1/messages", model="claude-sonnet-4-5", messages=cached)["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (176, 1024)


def test_embeddings_are_unit_vectors_that_depend_on_the_text(client: httpx.Client) -> None:
    answer = post(client, "/v1/embeddings", model="text-embedding-3-small", input=["a", "b", "a"], dimensions=8)
    first, second, third = (item["embedding"] for item in answer["data"])
    assert first == third != second
    assert sum(value * value for value in first) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("word", "status"), [("trigger-429", 429), ("trigger-500", 500), ("trigger-400", 400)])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
def test_a_word_in_the_question_makes_it_fail(client: httpx.Client, path: str, word: str, status: int) -> None:
    given = {"input": word} if path == "/v1/responses" else {"messages": [{"role": "user", "content": word}]}
    answer = client.post(path, json={"model": "gpt-4o", **given})
    assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True)


def test_an_unknown_path_and_a_broken_body_are_refused(client: httpx.Client) -> None:
    assert client.post("/v1/nothing", json={}).status_code == 404
    assert client.post("/v1/messages", content=b"{").status_code == 400
