import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "datadog",
  client: "datadog",
  name: "Datadog ddtrace",
  group: "Python",
  order: 16,
  about: "LLM Observability and APM, with Nervure in the agent's place.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({
        ...(to.key
          ? { DD_LLMOBS_AGENTLESS_ENABLED: "1", DD_LLMOBS_OVERRIDE_ORIGIN: to.http, DD_API_KEY: to.key }
          : { DD_TRACE_AGENT_URL: to.http }),
        DD_LLMOBS_ENABLED: "1",
        DD_LLMOBS_ML_APP: "my-app",
        DD_TAGS: to.project ? `nervure.project:${to.project}` : "",
      }),
    },
    { title: "Run", language: "sh", code: "ddtrace-run python app.py" },
  ],
  content: "LLM Observability sends prompts and answers by itself.",
};
