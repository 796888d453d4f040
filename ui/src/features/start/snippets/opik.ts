import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "opik",
  client: "opik",
  name: "Opik",
  group: "Python",
  order: 12,
  about: "Its SDK and its integrations: traces, spans, feedback.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({
        OPIK_URL_OVERRIDE: `${to.http}/api`,
        OPIK_API_KEY: to.key || "any",
        OPIK_PROJECT_NAME: to.project,
      }),
    },
    { title: "Your program stays as it is, e.g.", language: "python", code: "from opik import track" },
  ],
  content: "Opik sends inputs and outputs of traced functions by itself.",
};
