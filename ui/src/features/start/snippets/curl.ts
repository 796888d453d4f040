import type { Snippet } from "../snippet";

/** One call of a model as OTLP/JSON. Its ids are made anew by the shell, so that a second try is a second trace. */
const CALL = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "my-app" } }] },
      scopeSpans: [
        {
          scope: { name: "by-hand" },
          spans: [
            {
              traceId: "TRACE",
              spanId: "SPAN",
              name: "chat gpt-4o-mini",
              kind: 3,
              startTimeUnixNano: "NOW000000000",
              endTimeUnixNano: "NOW900000000",
              attributes: [
                { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
                { key: "gen_ai.provider.name", value: { stringValue: "openai" } },
                { key: "gen_ai.request.model", value: { stringValue: "gpt-4o-mini" } },
                { key: "gen_ai.usage.input_tokens", value: { intValue: "12" } },
                { key: "gen_ai.usage.output_tokens", value: { intValue: "5" } },
                {
                  key: "gen_ai.input.messages",
                  value: { stringValue: '[{"role":"user","parts":[{"type":"text","content":"Hello?"}]}]' },
                },
                {
                  key: "gen_ai.output.messages",
                  value: { stringValue: '[{"role":"assistant","parts":[{"type":"text","content":"Hello!"}]}]' },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

export const SNIPPET: Snippet = {
  id: "curl",
  client: "opentelemetry",
  name: "curl: one span by hand",
  group: "Tools",
  order: 2,
  about: "To see that the way is open, without any SDK.",
  steps: (to) => [
    {
      title: "Send one call of a model",
      language: "sh",
      code: [
        `sed "s/TRACE/$(openssl rand -hex 16)/; s/SPAN/$(openssl rand -hex 8)/; s/NOW/$(date +%s)/g" <<'EOF' |`,
        JSON.stringify(CALL),
        "EOF",
        `curl -s ${to.http}/v1/traces -H "content-type: application/json"${to.key ? ` -H "authorization: Bearer ${to.key}"` : ""}${to.project ? ` -H "x-nervure-project: ${to.project}"` : ""} --data-binary @-`,
      ].join("\n"),
    },
  ],
  content: "This one sends its texts.",
};
