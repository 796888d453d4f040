import { headers, type Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "openrouter",
  client: "openrouter",
  name: "OpenRouter",
  group: "Gateways and clouds",
  order: 2,
  about: "Broadcast: a span for each request, sent by OpenRouter itself. This server must be reachable by HTTPS.",
  steps: (to) => [
    {
      title: "In OpenRouter: Settings, Observability, OpenTelemetry Collector",
      language: "text",
      code: `Endpoint: ${to.http}/v1/traces
Headers:  ${JSON.stringify(Object.fromEntries(headers(to)))}`,
    },
  ],
  content: "Turn the destination's privacy mode off.",
};
