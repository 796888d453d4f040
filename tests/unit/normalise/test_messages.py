"""Messages of any shape become one schema, and nothing raises."""

import json
from typing import Any

import pytest

from nervure.model.span import Document
from nervure.normalise.messages import decode_json, documents_of, messages_of, system_of, text_of
from tests.unit.normalise.raws import text

CALL = {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}, "id": "c1"}
ANSWER = {"type": "tool_call_response", "response": {"sky": "sunny"}, "id": "c1"}


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        pytest.param(None, [], id="nothing"),
        pytest.param("", [], id="empty text"),
        pytest.param("__REDACTED__", [], id="a redaction mark is no content"),
        pytest.param("Hello", [text("user", "Hello")], id="text"),
        pytest.param("{not json", [text("user", "{not json")], id="text that only begins like JSON"),
        pytest.param('"Hello"', [text("user", "Hello")], id="JSON text of text"),
        pytest.param(["a", "b"], [text("user", "a"), text("user", "b")], id="texts, as of embeddings"),
        pytest.param({"question": "why?"}, [text("user", '{"question":"why?"}')], id="the caller's own dict"),
        pytest.param(
            {"args": ["x"], "kwargs": {}}, [text("user", '{"args":["x"],"kwargs":{}}')], id="arguments of a function"
        ),
        pytest.param(
            [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}], [text("user", "Hi")], id="OTel messages"
        ),
        pytest.param(
            [{"type": "text", "content": "Be kind."}], [text("user", "Be kind.")], id="OTel parts without a message"
        ),
        pytest.param(
            [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
            [text("system", "Be kind."), text("user", "Hi")],
            id="OpenAI chat; developer is system",
        ),
        pytest.param(
            {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}, [text("user", "Hi")], id="OpenAI request"
        ),
        pytest.param(
            {"choices": [{"message": {"role": "assistant", "content": "Yes"}, "finish_reason": "stop"}]},
            [text("assistant", "Yes", finish_reason="stop")],
            id="OpenAI answer",
        ),
        pytest.param(
            [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "sunny"}'},
            ],
            [{"role": "assistant", "parts": [CALL]}, {"role": "tool", "parts": [ANSWER]}],
            id="OpenAI tool call and answer",
        ),
        pytest.param(
            [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city": "Paris"}'},
                {"type": "function_call_output", "call_id": "c1", "output": '{"sky": "sunny"}'},
            ],
            [
                text("user", "Hi"),
                {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]},
                {"role": "assistant", "parts": [CALL]},
                {"role": "tool", "parts": [ANSWER]},
            ],
            id="OpenAI Responses items",
        ),
        pytest.param(
            {"role": "assistant", "stop_reason": "tool_use", "content": [
                {"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Paris"}}]},
            [{"role": "assistant", "finish_reason": "tool_call", "parts": [
                {"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Let me see."}, CALL]}],
            id="Anthropic answer",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": '{"sky": "sunny"}'}]},
            [{"role": "user", "parts": [ANSWER]}],
            id="Anthropic tool result",
        ),
        pytest.param(
            {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [
                {"functionCall": {"id": "c1", "name": "get_weather", "args": {"city": "Paris"}}}]}],
             "systemInstruction": {"parts": [{"text": "Be kind."}]}},
            [text("system", "Be kind."), text("user", "Hi"), {"role": "assistant", "parts": [CALL]}],
            id="Gemini request",
        ),
        pytest.param(
            {"candidates": [{"content": {"role": "model", "parts": [{"text": "Yes"}]}, "finishReason": "MAX_TOKENS"}]},
            [text("assistant", "Yes", finish_reason="length")],
            id="Gemini answer",
        ),
        pytest.param(
            {"output": {"message": {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": {"city": "Paris"}}}]}},
             "stopReason": "tool_use"},
            [{"role": "assistant", "parts": [CALL], "finish_reason": "tool_call"}],
            id="Bedrock Converse answer",
        ),
        pytest.param(
            {"messages": [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
                            "kwargs": {"content": "Hi", "type": "human"}}]]},
            [text("user", "Hi")],
            id="LangChain messages, serialised, in a batch",
        ),
        pytest.param(
            {"generations": [[{"text": "Yes", "message": {"kwargs": {"content": "Yes", "type": "ai"}, "lc": 1,
                                                          "id": ["langchain", "AIMessage"]}}]]},
            [text("assistant", "Yes")],
            id="LangChain generations",
        ),
        pytest.param([["system", "Be kind."], ["human", "Hi"]], [text("system", "Be kind."), text("user", "Hi")],
                     id="LangChain pairs"),
        pytest.param(
            [{"role": "assistant", "content": [
                {"type": "tool-call", "toolCallId": "c1", "toolName": "get_weather", "input": {"city": "Paris"}}]},
             {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "get_weather",
                                           "output": {"type": "json", "value": {"sky": "sunny"}}}]}],
            [{"role": "assistant", "parts": [CALL]}, {"role": "tool", "parts": [ANSWER]}],
            id="Vercel messages",
        ),
        pytest.param(
            {"system": "Be kind.", "messages": [{"role": "user", "content": "Hi"}]},
            [text("system", "Be kind."), text("user", "Hi")],
            id="Vercel prompt, Anthropic request",
        ),
    ],
)  # fmt: skip
def test_messages_of_every_provider_become_one_schema(value: Any, messages: list[Any]) -> None:
    assert messages_of(value) == messages
    if isinstance(value, (list, dict)):
        assert messages_of(json.dumps(value)) == messages


@pytest.mark.parametrize(
    ("block", "part"),
    [
        pytest.param(
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
            id="OpenAI inline image",
        ),
        pytest.param(
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
            {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
            id="OpenAI image by address",
        ),
        pytest.param(
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"},
            id="OpenAI sound",
        ),
        pytest.param(
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}},
            {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AAAA"},
            id="Anthropic document",
        ),
        pytest.param(
            {"inlineData": {"mimeType": "image/jpeg", "data": "AAAA"}},
            {"type": "blob", "modality": "image", "mime_type": "image/jpeg", "content": "AAAA"},
            id="Gemini inline data",
        ),
        pytest.param(
            {"type": "input_file", "file_id": "file-1"},
            {"type": "file", "modality": "document", "file_id": "file-1"},
            id="file by id",
        ),
        pytest.param(
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
            id="OTel blob stays",
        ),
        pytest.param(
            {"type": "web_search", "query": "x", "more": 1, "other": 2, "sources": []},
            {"type": "web_search", "query": "x", "more": 1, "other": 2, "sources": []},
            id="what nobody knows stays as it came",
        ),
    ],
)
def test_parts_beyond_text_keep_their_modality(block: dict[str, Any], part: dict[str, Any]) -> None:
    assert messages_of([{"role": "user", "content": [block]}]) == [{"role": "user", "parts": [part]}]


def test_messages_a_sender_structured_itself_are_not_shared_with_its_attributes() -> None:
    sent = [text("user", "Hi")]
    messages_of(sent)[0]["parts"][0]["content"] = "changed"
    assert sent == [text("user", "Hi")]


def test_text_of_messages_is_what_people_read() -> None:
    messages = messages_of(
        [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, CALL]},
            {"role": "tool", "parts": [ANSWER]},
            {"role": "assistant", "content": "Sunny."},
        ]
    )
    assert text_of(messages) == 'Weather?\n{"sky":"sunny"}\nSunny.'


def test_the_system_prompt_is_the_leading_system_messages() -> None:
    messages = messages_of([{"role": "system", "content": "A"}, {"role": "developer", "content": "B"},
                            {"role": "user", "content": "C"}, {"role": "system", "content": "D"}])  # fmt: skip
    assert system_of(messages) == "A\nB"


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ('{"a": 1}', {"a": 1}), (' ["a"]', ["a"]), ('"a"', "a"), ("12", "12"), ("true", "true"), ("{a", "{a"),
        ('{"a": NaN}', None), (5, 5), (b"{}", b"{}"),
    ],
)  # fmt: skip
def test_json_text_is_decoded_once_and_other_text_is_left(value: Any, decoded: Any) -> None:
    result = decode_json(value)
    assert result == decoded or (decoded is None and isinstance(result, dict))


@pytest.mark.parametrize(
    ("value", "documents"),
    [
        pytest.param(
            [{"id": "d1", "content": "Thirty days.", "score": 0.9}], [Document("d1", "Thirty days.", 0.9)], id="OTel"
        ),
        pytest.param(
            [{"page_content": "Thirty days.", "metadata": {"source": "faq"}, "id": None}],
            [Document("", "Thirty days.", None, {"source": "faq"})],
            id="LangChain",
        ),
        pytest.param(
            {"documents": [{"id": 7, "text": "Thirty days.", "relevance_score": "0.5"}]},
            [Document("7", "Thirty days.", 0.5)],
            id="a dict that holds the list, numbers as text",
        ),
        pytest.param(["a", "b"], [Document(content="a"), Document(content="b", rank=1)], id="texts"),
        pytest.param(
            [[{"page_content": "a", "metadata": {}}, 0.25]], [Document(content="a", score=0.25)], id="pairs with score"
        ),
        pytest.param({"answer": 42}, [], id="no documents"),
    ],
)
def test_documents_of_every_library_become_one_type(value: Any, documents: list[Document]) -> None:
    assert documents_of(value) == documents
    assert documents_of(json.dumps(value)) == documents


@pytest.mark.parametrize(
    "value",
    [
        [{"role": [], "parts": [{"type": "text", "content": "Hi"}]}],
        [{"role": "user", "parts": [{"type": {}, "content": "Hi"}]}],
        {"choices": [{"message": {"role": {}, "content": []}}]},
        {"messages": [{"role": "user", "content": {"type": []}}]},
        '{"message":' * 900 + "1" + "}" * 900,
        "[" * 100_000,
        {"role": "assistant", "tool_calls": {"function": 1}},
    ],
    ids=lambda value: str(value)[:30],
)
def test_odd_shapes_become_text_at_worst(value: Any) -> None:
    assert isinstance(text_of(messages_of(value)), str)
    assert isinstance(documents_of(value), list)


def test_what_is_nested_deeper_than_encoders_write_stays_text() -> None:
    deep = "[" * 300 + "]" * 300
    call = '[{"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": %s}]}]'
    (message,) = messages_of(call % deep)
    assert message["parts"][0]["arguments"] == deep
    (message,) = messages_of(call % "[[1]]")
    assert message["parts"][0]["arguments"] == [[1]]
