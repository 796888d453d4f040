import { exports, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "traceloop",
  client: "traceloop",
  name: "OpenLLMetry (Traceloop)",
  group: "Python",
  order: 5,
  about: "The Node SDK takes the same variables.",
  steps: (to) => [
    { title: "Install", language: "sh", code: "pip install traceloop-sdk" },
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
      title: "In your program",
      language: "python",
      code: `from traceloop.sdk import Traceloop

Traceloop.init(app_name="my-app")`,
    },
  ],
  content: "Content is captured unless TRACELOOP_TRACE_CONTENT=false is set.",
};
