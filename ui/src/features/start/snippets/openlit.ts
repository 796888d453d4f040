import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "openlit",
  client: "openlit",
  name: "OpenLIT",
  group: "Python",
  order: 6,
  about: "Providers, frameworks, vector stores and GPUs.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "pip install openlit" },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "python",
      code: `import openlit

openlit.init(application_name="my-app")`,
    },
  ],
  content: "Do not turn capture_message_content off in openlit.init.",
};
