import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "vercel-ai",
  client: "vercel",
  name: "Vercel AI SDK",
  group: "JavaScript",
  order: 1,
  about: "generateText, streamText, generateObject, embeddings and tools.",
  steps: (to) => [
    {
      title: "Install",
      language: "sh",
      code: "npm install @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-http",
    },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "js",
      code: `import { NodeSDK } from "@opentelemetry/sdk-node";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";

new NodeSDK({ traceExporter: new OTLPTraceExporter() }).start();

await generateText({
  model,
  prompt,
  experimental_telemetry: { isEnabled: true, functionId: "answer" },
});`,
    },
  ],
  content: "Do not set recordInputs or recordOutputs to false in experimental_telemetry.",
};
