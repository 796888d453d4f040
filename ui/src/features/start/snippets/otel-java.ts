import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "otel-java",
  client: "opentelemetry",
  name: "OpenTelemetry, Java",
  group: "OpenTelemetry",
  order: 3,
  about: "The Java agent, without changing the program.",
  steps: (to) => [
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    { title: "Run with the agent", language: "sh", code: "java -javaagent:opentelemetry-javaagent.jar -jar app.jar" },
  ],
  content: "Set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true.",
};
