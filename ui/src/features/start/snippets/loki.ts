import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "loki",
  client: "loki",
  name: "Grafana Alloy, Promtail",
  group: "Shippers",
  order: 5,
  about: "Loki's push API.",
  steps: (to) => [
    {
      title: "In config.alloy",
      language: "text",
      code: `loki.write "nervure" {
  endpoint {
    url     = "${to.http}/loki/api/v1/push"
    headers = { ${headers(to)
      .map(([name, value]) => `"${name}" = "${value}"`)
      .join(", ")} }
  }
}`,
    },
  ],
  content: "",
};
