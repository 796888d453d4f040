import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "traceloop-js",
  client: "traceloop",
  name: "OpenLLMetry, Node",
  group: "JavaScript",
  order: 2,
  about: "Traceloop's SDK for Node.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "npm install @traceloop/node-server-sdk" },
    {
      title: "Set",
      language: "sh",
      code: exports({
        TRACELOOP_BASE_URL: to.http,
        TRACELOOP_API_KEY: to.key || "any",
        OTEL_RESOURCE_ATTRIBUTES: to.project ? `nervure.project=${encodeURIComponent(to.project)}` : "",
      }),
    },
    {
      title: "In your program, first of all",
      language: "js",
      code: `import * as traceloop from "@traceloop/node-server-sdk";

traceloop.initialize({ appName: "my-app", disableBatch: true });`,
    },
  ],
  content: "Content is captured unless TRACELOOP_TRACE_CONTENT=false is set.",
};
