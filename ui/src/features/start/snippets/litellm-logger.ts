import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "litellm-logger",
  client: "litellm",
  name: "LiteLLM proxy",
  group: "Gateways and clouds",
  order: 1,
  about: "Its generic API logger: calls with LiteLLM's own cost, teams, users and key aliases.",
  steps: (to) => [
    {
      title: "In config.yaml",
      language: "yaml",
      code: `litellm_settings:
  callbacks: ["nervure"]
callback_settings:
  nervure:
    callback_type: generic_api
    endpoint: ${to.http}/v1/litellm
    headers:
${[["User-Agent", "litellm"], ...headers(to)].map(([name, value]) => `      ${name}: ${value}`).join("\n")}
    max_retries: 5`,
    },
  ],
  content: "Do not set turn_off_message_logging.",
};
