"""The OTel GenAI dialect (form of 2026) of a simulated call: attributes and messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.demo.models import Call
from nervure.demo.otlp import Scope, put
from nervure.demo.scene import CLIENT, Scene, as_json

OPENAI: Scope = ("opentelemetry.instrumentation.genai.openai", "1.3b0")
ANTHROPIC: Scope = ("opentelemetry.instrumentation.genai.anthropic", "1.3b0")
Messages = Sequence[Mapping[str, Any]]


def text(role: str, content: str) -> dict[str, Any]:
    """One message of one text part."""
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def tool_call(call_id: str, name: str, arguments: Mapping[str, Any], thought: str = "") -> dict[str, Any]:
    """An assistant's message that asks for a tool."""
    parts: list[dict[str, Any]] = [{"type": "text", "content": thought}] if thought else []
    parts.append({"type": "tool_call", "id": call_id, "name": name, "arguments": dict(arguments)})
    return {"role": "assistant", "parts": parts}


def tool_result(call_id: str, response: Any) -> dict[str, Any]:
    """The message that brings a tool's result back."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": call_id, "response": response}]}


def length(messages: Messages) -> int:
    """Characters of all messages, to draw token counts from."""
    return len(as_json(messages))


def chat(
    scene: Scene, scope: Scope, drawn: Call, messages: Messages, answer: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None, system: str = "", is_streaming: bool = False,
) -> bool:  # fmt: skip
    """Writes the span of a drawn call and lets its time pass. Says whether the call succeeded."""
    model = drawn.model
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.request.stream": is_streaming or None,
        "server.address": model.address,
        "server.port": 443,
        "gen_ai.input.messages": as_json(messages),
        "gen_ai.system_instructions": as_json([{"type": "text", "content": system}]) if system else None,
        **(extra or {}),
    }
    with scene.span(f"chat {model.name}", scope, attributes, CLIENT) as span:
        scene.wait(drawn.duration_s)
        if scene.fail_call(span, drawn):
            return False
        finish = "tool_call" if answer["parts"][-1]["type"] == "tool_call" else "stop"
        put(span.attributes, usage(drawn))
        put(
            span.attributes,
            {
                "gen_ai.response.id": drawn.response_id,
                "gen_ai.response.model": model.response_name,
                "gen_ai.response.finish_reasons": [finish],
                "gen_ai.response.time_to_first_chunk": round(drawn.ttft_s, 6) if is_streaming else None,
                "gen_ai.output.messages": as_json([{**answer, "finish_reason": finish}]),
            },
        )
    return True


def usage(drawn: Call) -> dict[str, Any]:
    """Token attributes of a call; classes that are zero are left out, as SDKs do."""
    return {
        "gen_ai.usage.input_tokens": drawn.input_tokens,
        "gen_ai.usage.output_tokens": drawn.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": drawn.cached or None,
        "gen_ai.usage.cache_write.input_tokens": drawn.cache_write or None,
        "gen_ai.usage.reasoning.output_tokens": drawn.reasoning or None,
    }


def who(scene: Scene, feature: str) -> dict[str, Any]:
    """Who asks, in attributes any OpenTelemetry application may set."""
    return {
        "session.id": scene.visitor.session,
        "gen_ai.conversation.id": scene.visitor.session,
        "user.id": scene.visitor.user,
        "tenant.id": scene.visitor.tenant.name,
        "feature": feature,
        "plan": scene.visitor.tenant.plan,
    }
