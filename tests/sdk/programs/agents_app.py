"""OpenAI's Agents SDK with its own exporter, pointed at the server."""

import os

from agents import (
    Agent,
    GuardrailFunctionOutput,
    Runner,
    custom_span,
    function_tool,
    input_guardrail,
    set_default_openai_api,
    trace,
)
from agents.tracing import set_trace_processors
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor

exporter = BackendSpanExporter(project=os.environ["PROJECT"], endpoint=os.environ["URL"] + "/v1/traces/ingest")
processor = BatchTraceProcessor(exporter)
set_trace_processors([processor])
# Of calls of the Responses API the exporter sends an id and tokens, no model and no text.
set_default_openai_api("chat_completions")


@function_tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return "18 degrees, sunny"


@input_guardrail
async def not_empty(context, agent, question):
    return GuardrailFunctionOutput(output_info={"ok": True}, tripwire_triggered=False)


weather = Agent(
    name="weather_agent",
    instructions="You answer weather questions.",
    tools=[get_weather],
    model="gpt-4o",
    input_guardrails=[not_empty],
)
with trace("support workflow", group_id="sess-42", metadata={"plan": "gold"}):
    with custom_span("prepare", {"step": 1}):
        pass
    print(Runner.run_sync(weather, "What is the weather in Paris?").final_output)
processor.force_flush()
processor.shutdown()
