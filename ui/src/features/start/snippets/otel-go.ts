import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "otel-go",
  client: "opentelemetry",
  name: "OpenTelemetry, Go",
  group: "OpenTelemetry",
  order: 4,
  about: "The exporter reads its address from the environment.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp",
    },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "go",
      code: `exporter, err := otlptracehttp.New(ctx)
if err != nil {
	return err
}
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)`,
    },
  ],
  content: "Set the attributes gen_ai.input.messages and gen_ai.output.messages on your spans.",
};
