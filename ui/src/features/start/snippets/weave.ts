import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "weave",
  client: "weave",
  name: "W&B Weave",
  group: "Python",
  order: 13,
  about: "Calls of functions traced by Weave.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({ WANDB_BASE_URL: to.http, WF_TRACE_SERVER_URL: to.http, WANDB_API_KEY: to.key || "any" }),
    },
    {
      title: "In your program",
      language: "python",
      code: `import weave

weave.init("${to.project || "my-app"}")`,
    },
  ],
  content: "Weave sends inputs and outputs of traced functions by itself.",
};
