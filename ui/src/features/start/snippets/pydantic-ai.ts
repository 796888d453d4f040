import { exports, otlp, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "pydantic-ai",
  client: "logfire",
  name: "Pydantic AI, Logfire",
  group: "Python",
  order: 10,
  about: "Logfire's SDK, sending here instead.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "pip install logfire pydantic-ai" },
    { title: "Set", language: "sh", code: exports(otlp(to)) },
    {
      title: "In your program",
      language: "python",
      code: `import logfire

logfire.configure(send_to_logfire=False)
logfire.instrument_pydantic_ai()`,
    },
  ],
  content: "Use include_content=True (the default) in instrument_pydantic_ai.",
};
