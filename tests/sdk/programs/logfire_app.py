"""Pydantic AI with Logfire, exporting to an OpenTelemetry endpoint instead of the vendor."""

import logfire
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel

logfire.configure(service_name="sdk-app", environment="staging", send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()
agent = Agent(OpenAIChatModel("gpt-4o"), name="weather_agent", instructions="You are a weather assistant.")


@agent.tool_plain
def get_weather(city: str) -> str:
    """Current weather for a city."""
    return "18 degrees, sunny"


class City(BaseModel):
    city: str
    country: str


extract = Agent(OpenAIChatModel("gpt-4o-mini"), name="extract_agent", output_type=City)
with logfire.span("handle request", **{"session.id": "sess-42", "user.id": "user-7"}):
    agent.run_sync("What is the weather in Paris?")
    extract.run_sync("Where is the Eiffel tower?")
    logfire.info("answered {n} questions", n=2)
try:
    Agent(OpenAIChatModel("gpt-4o-mini"), name="broken_agent").run_sync("trigger-400")
except ModelHTTPError as error:
    print(type(error).__name__)
logfire.shutdown()
