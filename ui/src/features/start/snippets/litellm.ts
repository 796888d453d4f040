import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "litellm",
  client: "litellm",
  name: "LiteLLM",
  group: "Python",
  order: 11,
  about: "The library and its proxy.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "pip install litellm opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
    },
    {
      title: "Set",
      language: "sh",
      code: exports({
        ...otlp(to),
        OTEL_EXPORTER: "otlp_http",
        OTEL_ENDPOINT: `${to.http}/v1/traces`,
        OTEL_HEADERS: to.key ? `authorization=Bearer%20${to.key}` : "",
      }),
    },
    {
      title: "In your program (the proxy: litellm_settings, callbacks: [otel])",
      language: "python",
      code: `import litellm

litellm.callbacks = ["otel"]`,
    },
  ],
  content: "Do not set turn_off_message_logging.",
};
