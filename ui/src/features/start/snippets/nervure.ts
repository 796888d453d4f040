import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "nervure",
  client: "nervure",
  name: "Python, with nervure",
  group: "Python",
  order: 1,
  about: "Nothing instrumented yet: one line turns on what is installed.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "pip install nervure opentelemetry-instrumentation-genai-openai" },
    {
      title: "Set",
      language: "sh",
      code: exports({ NERVURE_URL: to.http, NERVURE_API_KEY: to.key, NERVURE_PROJECT: to.project }),
    },
    {
      title: "In your program",
      language: "python",
      code: `import nervure

nervure.init("my-app")`,
    },
  ],
  content: "Content is captured unless NERVURE_CAPTURE_CONTENT=false or capture_content=False is set.",
};
