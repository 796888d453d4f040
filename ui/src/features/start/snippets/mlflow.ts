import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "mlflow",
  client: "mlflow",
  name: "MLflow Tracing",
  group: "Python",
  order: 9,
  about: "Autologging of any library MLflow knows.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "pip install mlflow opentelemetry-exporter-otlp-proto-http" },
    {
      title: "Set",
      language: "sh",
      code: exports({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${to.http}/v1/traces`,
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: to.key ? `authorization=Bearer%20${to.key}` : "",
        OTEL_SERVICE_NAME: "my-app",
        OTEL_RESOURCE_ATTRIBUTES: to.project ? `nervure.project=${encodeURIComponent(to.project)}` : "",
      }),
    },
    {
      title: "In your program",
      language: "python",
      code: `import mlflow

mlflow.openai.autolog()`,
    },
  ],
  content: "MLflow captures inputs and outputs by itself; check that no span processor takes them out.",
};
