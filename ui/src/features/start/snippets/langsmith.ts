import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "langsmith",
  client: "langsmith",
  name: "LangSmith, OpenTelemetry mode",
  group: "Python",
  order: 8,
  about: "LangChain and LangGraph through LangSmith's own tracer.",
  steps: (to) => [
    { title: "Install", language: "sh", code: 'pip install "langsmith[otel]"' },
    {
      title: "Set",
      language: "sh",
      code: exports({
        LANGSMITH_TRACING: "true",
        LANGSMITH_OTEL_ENABLED: "true",
        LANGSMITH_OTEL_ONLY: "true",
        ...otlp(to),
      }),
    },
    {
      title: "Your program stays as it is, e.g.",
      language: "python",
      code: `from langsmith import traceable`,
    },
  ],
  content: "Unset LANGSMITH_HIDE_INPUTS and LANGSMITH_HIDE_OUTPUTS.",
};
