import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "logstash",
  client: "elasticsearch",
  name: "Logstash",
  group: "Shippers",
  order: 2,
  about: "Its Elasticsearch output, unchanged.",
  steps: (to) => [
    {
      title: "In the pipeline",
      language: "text",
      code: `output {
  elasticsearch {
    hosts => ["${to.http}"]
    custom_headers => { ${headers(to)
      .map(([name, value]) => `"${name}" => "${value}"`)
      .join(" ")} }
    manage_template => false
    ilm_enabled => false
  }
}`,
    },
  ],
  content: "",
};
