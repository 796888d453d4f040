import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "vector",
  client: "elasticsearch",
  name: "Vector",
  group: "Shippers",
  order: 3,
  about: "Its Elasticsearch sink, unchanged; its http sink works too (/v1/logs/json).",
  steps: (to) => [
    {
      title: "In vector.yaml",
      language: "yaml",
      code: `sinks:
  nervure:
    type: elasticsearch
    inputs: [app]
    endpoints: ["${to.http}"]
    mode: bulk
    request:
      headers: ${JSON.stringify(Object.fromEntries(headers(to)))}`,
    },
  ],
  content: "",
};
