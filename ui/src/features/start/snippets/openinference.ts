import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "openinference",
  client: "phoenix",
  name: "OpenInference",
  group: "Python",
  order: 2,
  about: "OpenAI, LangChain, LlamaIndex, CrewAI, DSPy, smolagents, Agno and more.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "pip install openinference-instrumentation-openai opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
    },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "python",
      code: `from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)`,
    },
  ],
  content: "Content is captured unless OPENINFERENCE_HIDE_INPUTS or OPENINFERENCE_HIDE_OUTPUTS is true.",
};
