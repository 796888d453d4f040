import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "google",
  client: "google",
  name: "Google Cloud: Vertex AI",
  group: "Gateways and clouds",
  order: 5,
  about: "Request-response logs and Cloud Logging's entries, by Pub/Sub or out of Cloud Storage.",
  steps: (to) => [
    {
      title: "Post entries, as Pub/Sub pushes them",
      language: "sh",
      code: `curl ${to.http}/v1/gcp -H 'Content-Type: application/json' \\
${headers(to)
  .map(([name, value]) => `  -H '${name}: ${value}' \\\n`)
  .join("")}  --data-binary @entries.json`,
    },
    {
      title: "Or out of Cloud Storage: nervure.toml, or Settings, Collectors",
      language: "toml",
      code: `[[collectors]]
name = "vertex"
project = "${to.project || "default"}"
kind = "objects"
settings = { url = "gs://my-logs/vertex", format = "gcp", options = { service_account_key = "..." } }`,
    },
  ],
  content: "Turn on request-response logging of the model.",
};
