import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "otel-python",
  client: "opentelemetry",
  name: "OpenTelemetry, Python",
  group: "OpenTelemetry",
  order: 1,
  about: "Without changing the program.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation-genai-openai",
    },
    {
      title: "Set",
      language: "sh",
      code: exports({
        ...otlp(to),
        OTEL_SEMCONV_STABILITY_OPT_IN: "gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "span_only",
      }),
    },
    { title: "Run", language: "sh", code: "opentelemetry-instrument python app.py" },
  ],
  content:
    "Set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only and OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental.",
};
