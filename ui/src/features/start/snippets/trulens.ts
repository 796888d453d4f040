import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "trulens",
  client: "trulens",
  name: "TruLens",
  group: "Python",
  order: 14,
  about: "Records of applications and their feedback, over OpenTelemetry.",
  steps: (to) => [
    {
      title: "In your program",
      language: "python",
      code: `from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from trulens.core.session import TruSession

exporter = OTLPSpanExporter(endpoint="${to.http}/v1/traces", headers=${JSON.stringify(Object.fromEntries(headers(to)))})
TruSession(experimental_otel_exporter=exporter)`,
    },
  ],
  content: "TruLens sends inputs and outputs of instrumented methods by itself.",
};
