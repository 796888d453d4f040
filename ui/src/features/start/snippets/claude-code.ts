import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "claude-code",
  client: "opentelemetry",
  name: "Claude Code",
  group: "Tools",
  order: 1,
  about: "Its metrics, events and (beta) traces.",
  steps: (to) => [
    {
      title: "Set, then start claude in the same terminal",
      language: "sh",
      code: exports({
        CLAUDE_CODE_ENABLE_TELEMETRY: "1",
        CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: "1",
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "otlp",
        ...otlp(to, ""),
      }),
    },
  ],
  content: "Set OTEL_LOG_USER_PROMPTS=1 to see what was asked.",
};
