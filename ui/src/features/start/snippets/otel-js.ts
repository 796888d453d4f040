import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "otel-js",
  client: "opentelemetry",
  name: "OpenTelemetry, JavaScript",
  group: "OpenTelemetry",
  order: 2,
  about: "Node, without changing the program.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node",
    },
    {
      title: "Set",
      language: "sh",
      code: exports({ ...otlp(to), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true" }),
    },
    { title: "Run", language: "sh", code: "node --require @opentelemetry/auto-instrumentations-node/register app.js" },
  ],
  content: "Set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true.",
};
