import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "prometheus",
  client: "prometheus",
  name: "Prometheus",
  group: "Shippers",
  order: 6,
  about: "Remote write 1.0 and 2.0.",
  steps: (to) => [
    {
      title: "In prometheus.yml",
      language: "yaml",
      code: `remote_write:
  - url: ${to.http}/api/v1/write
${
  headers(to).length
    ? `    headers:\n${headers(to)
        .map(([name, value]) => `      ${name}: ${value}`)
        .join("\n")}`
    : ""
}`,
    },
  ],
  content: "",
};
