import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "json-lines",
  client: "json-lines",
  name: "JSON over HTTP",
  group: "Shippers",
  order: 7,
  about: "Log records as JSON, one a line or in a list.",
  steps: (to) => [
    {
      title: "Send a line",
      language: "sh",
      code: `curl ${to.http}/v1/logs/json -H 'Content-Type: application/x-ndjson' \\
${headers(to)
  .map(([name, value]) => `  -H '${name}: ${value}' \\\n`)
  .join("")}  -d '{"message": "hello", "level": "info", "service": "shop"}'`,
    },
  ],
  content: "",
};
