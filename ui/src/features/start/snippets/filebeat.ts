import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "filebeat",
  client: "elasticsearch",
  name: "Filebeat",
  group: "Shippers",
  order: 1,
  about: "Its Elasticsearch output, unchanged.",
  steps: (to) => [
    {
      title: "In filebeat.yml",
      language: "yaml",
      code: `output.elasticsearch:
  hosts: ["${to.http}"]
  headers: ${JSON.stringify(Object.fromEntries(headers(to)))}
setup.ilm.enabled: false
setup.template.enabled: false`,
    },
  ],
  content: "",
};
