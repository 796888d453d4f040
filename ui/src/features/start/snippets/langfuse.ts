import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "langfuse",
  client: "langfuse",
  name: "Langfuse 3 or later",
  group: "Python",
  order: 7,
  about: "Traces of a program that reports to Langfuse today; its JavaScript SDK takes the same variables.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({
        LANGFUSE_BASE_URL: to.http,
        LANGFUSE_PUBLIC_KEY: "any",
        LANGFUSE_SECRET_KEY: to.key || "any",
        OTEL_RESOURCE_ATTRIBUTES: to.project ? `nervure.project=${encodeURIComponent(to.project)}` : "",
      }),
    },
    {
      title: "Your program stays as it is, e.g.",
      language: "python",
      code: `from langfuse import observe
from langfuse.openai import OpenAI`,
    },
  ],
  content: "Set LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED=true.",
};
