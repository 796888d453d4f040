import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "openai-agents",
  client: "openai-agents",
  name: "OpenAI Agents SDK",
  group: "Python",
  order: 3,
  about: "Through its OpenInference instrumentation.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "pip install openai-agents openinference-instrumentation-openai-agents opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
    },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "python",
      code: `from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)`,
    },
  ],
  content: "Content is captured unless OPENINFERENCE_HIDE_INPUTS or OPENINFERENCE_HIDE_OUTPUTS is true.",
};
