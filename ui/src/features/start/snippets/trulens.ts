import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "trulens",
  client: "trulens",
  name: "TruLens",
  group: "Python",
  order: 14,
  about: "Records of applications and their feedback, over OpenTelemetry.",
  steps: (to) => [
    { title: "Set", language: "sh", code: exports({ TRULENS_OTEL_TRACING: "1", ...otlp(to) }) },
    {
      title: "In your program",
      language: "python",
      code: `from trulens.core import TruSession

TruSession(otel_exporter="otlp")`,
    },
  ],
  content: "TruLens sends inputs and outputs of instrumented methods by itself.",
};
