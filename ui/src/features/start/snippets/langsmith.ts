import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "langsmith",
  client: "langsmith",
  name: "LangSmith, LangChain, LangGraph",
  group: "Python",
  order: 8,
  about: "LangSmith's own SDK, also in JavaScript: traces, feedback, datasets, prompts.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({
        LANGSMITH_ENDPOINT: to.http,
        LANGSMITH_TRACING: "true",
        LANGSMITH_API_KEY: to.key || "any",
        LANGSMITH_PROJECT: to.project,
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
