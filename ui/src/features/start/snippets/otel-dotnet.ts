import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "otel-dotnet",
  client: "opentelemetry",
  name: "OpenTelemetry, .NET",
  group: "OpenTelemetry",
  order: 5,
  about: "Microsoft.Extensions.AI, Semantic Kernel, Agent Framework.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "dotnet add package OpenTelemetry.Extensions.Hosting\ndotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol",
    },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "csharp",
      code: `builder.Services.AddOpenTelemetry()
    .WithTracing(tracing => tracing.AddSource("*"))
    .UseOtlpExporter();`,
    },
  ],
  content: "Turn on EnableSensitiveData where the library has it.",
};
