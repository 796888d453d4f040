import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "braintrust",
  client: "braintrust",
  name: "Braintrust",
  group: "Python",
  order: 15,
  about: "Its SDK for Python and JavaScript.",
  steps: (to) => [
    {
      title: "Set",
      language: "sh",
      code: exports({
        BRAINTRUST_API_URL: to.http,
        BRAINTRUST_APP_URL: to.http,
        BRAINTRUST_API_KEY: to.key || "any",
      }),
    },
    {
      title: "In your program",
      language: "python",
      code: `import braintrust

braintrust.init_logger(project="${to.project || "my-app"}")`,
    },
  ],
  content: "Braintrust sends inputs and outputs of traced functions by itself.",
};
