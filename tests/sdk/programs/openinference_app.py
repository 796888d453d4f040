"""OpenInference: session, user, tags and a prompt template by its context managers."""

import calls
from openai import OpenAI
from openinference.instrumentation import TracerProvider, using_attributes, using_prompt_template
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("app")
client = OpenAI(max_retries=0)


@tracer.tool(name="get_weather")
def get_weather(city: str) -> dict:
    """Current weather for a city."""
    return calls.get_weather(city)


@tracer.agent(name="weather-agent")
def agent(question: str) -> str:
    return calls.weather(client, get_weather)


with using_attributes(session_id="sess-42", user_id="user-7", metadata={"tier": "gold"}, tags=["blue"]):
    with using_prompt_template(
        template="What is the capital of {country}?", variables={"country": "France"}, version="v2"
    ):
        calls.ask(client)
    calls.stream(client)
    agent("What is the weather in Paris?")
    calls.embed(client)
    calls.fail(client)
provider.shutdown()
