import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "azure",
  client: "azure",
  name: "Azure OpenAI and API Management",
  group: "Gateways and clouds",
  order: 4,
  about: "Azure Monitor's resource logs, by Event Grid or a function, or out of a storage account.",
  steps: (to) => [
    {
      title: "Post records, as Event Hubs deliver them",
      language: "sh",
      code: `curl ${to.http}/v1/azure -H 'Content-Type: application/json' \\
${headers(to)
  .map(([name, value]) => `  -H '${name}: ${value}' \\\n`)
  .join("")}  --data-binary @records.json`,
    },
    {
      title: "Or out of a storage account: nervure.toml, or Settings, Collectors",
      language: "toml",
      code: `[[collectors]]
name = "azure"
project = "${to.project || "default"}"
kind = "objects"
settings = { url = "az://insights-logs-requestresponse", format = "azure", options = { account_name = "ACCOUNT", account_key = "..." } }`,
    },
  ],
  content: "Only API Management's GatewayLogs hold texts and tokens: log its request and response bodies.",
};
