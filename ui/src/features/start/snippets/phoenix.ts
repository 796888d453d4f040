import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "phoenix",
  client: "phoenix",
  name: "Phoenix (phoenix.otel)",
  group: "Python",
  order: 4,
  about: "A program that reports to Phoenix today.",
  steps: (to) => [
    { title: "Set", language: "sh", code: exports({ PHOENIX_COLLECTOR_ENDPOINT: to.http, PHOENIX_API_KEY: to.key }) },
    {
      title: "In your program",
      language: "python",
      code: `from phoenix.otel import register

register(${to.project ? `project_name="${to.project}", ` : ""}auto_instrument=True)`,
    },
  ],
  content: "Content is captured unless OPENINFERENCE_HIDE_INPUTS or OPENINFERENCE_HIDE_OUTPUTS is true.",
};
