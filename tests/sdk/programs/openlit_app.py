"""OpenLIT: automatic instrumentation of the OpenAI client, traced functions, manual steps."""

import calls
import openlit
from openai import OpenAI
from opentelemetry import metrics, trace

openlit.init(application_name="geo-app", environment="staging", disable_batch=False)
client = OpenAI(max_retries=0)


@openlit.trace
def support_chat():
    calls.ask(client)
    calls.stream(client)
    calls.weather(client)
    calls.embed(client)
    with openlit.start_trace("manual-step") as step:
        step.set_result("done")
        step.set_metadata({"k": "v"})


support_chat()
calls.fail(client)
trace.get_tracer_provider().force_flush()
metrics.get_meter_provider().force_flush()
