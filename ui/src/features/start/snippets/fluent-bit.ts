import { headers, parts, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "fluent-bit",
  client: "json-lines",
  name: "Fluent Bit",
  group: "Shippers",
  order: 4,
  about: "Its http output; its es and loki outputs work too.",
  steps: (to) => [
    {
      title: `In fluent-bit.yaml (sends to ${to.http})`,
      language: "yaml",
      code: `# ${to.http}/v1/logs/json
pipeline:
  outputs:
    - name: http
      match: "*"
      host: ${parts(to).host}
      port: ${parts(to).port}
      tls: ${parts(to).isTls ? "on" : "off"}
      uri: /v1/logs/json
      format: json_lines
${
  headers(to).length
    ? `      header:\n${headers(to)
        .map(([name, value]) => `        - ${name} ${value}`)
        .join("\n")}`
    : ""
}`,
    },
  ],
  content: "",
};
