import { createServer } from 'node:http';
import { request } from 'node:http';
import { NodeTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { OpenTelemetry } from '@ai-sdk/otel';
import { embedMany, generateText, isStepCount, stepCountIs, streamText, registerTelemetry, tool } from 'ai';
import { MockEmbeddingModelV4, MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import { z } from 'zod';

const exporter = {
  export(spans, done) {
    const body = JsonTraceSerializer.serializeRequest(spans);
    const sending = request(process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } }, (answer) => { answer.resume(); answer.on('end', () => done({ code: 0 })); });
    sending.end(body);
  },
  async shutdown() {},
};
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
provider.register();
registerTelemetry(new OpenTelemetry({ runtimeContext: true, embedding: true, usage: true }));

const usage = (input, output, cached = 0, reasoning = 0) => ({
  inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: 0 },
  outputTokens: { total: output, text: output - reasoning, reasoning },
});
const model = (modelId, doGenerate, doStream) => new MockLanguageModelV4({ provider: 'openai.chat', modelId, doGenerate, doStream });
const said = (content, reason, used, id) => ({ content, finishReason: { unified: reason, raw: reason }, usage: used, warnings: [], response: { id, modelId: 'gpt-4o-mini-2024-07-18', timestamp: new Date() } });

await generateText({
  model: model('gpt-4o-mini', async () => said([{ type: 'text', text: 'The capital of France is Paris.' }], 'stop', usage(24, 8, 16), 'resp-1')),
  instructions: 'You know geography.', prompt: 'What is the capital of France?', temperature: 0.2,
  runtimeContext: { userId: 'user-7', sessionId: 'sess-42', plan: 'gold' },
  telemetry: { functionId: 'geo-question', includeRuntimeContext: { userId: true, sessionId: true, plan: true } },
});

const stream = streamText({
  model: model('gpt-4o-mini', undefined, async () => ({ stream: simulateReadableStream({ initialDelayInMs: 20, chunkDelayInMs: 5, chunks: [
    { type: 'stream-start', warnings: [] }, { type: 'response-metadata', id: 'resp-2', modelId: 'gpt-4o-mini-2024-07-18', timestamp: new Date() },
    { type: 'text-start', id: '1' }, ...['one, ', 'two, ', 'three'].map((delta) => ({ type: 'text-delta', id: '1', delta })), { type: 'text-end', id: '1' },
    { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: usage(19, 14) }] }) })),
  prompt: 'Count to three.', telemetry: { functionId: 'counter' },
});
for await (const _ of stream.textStream);

let turn = 0;
await generateText({
  model: model('gpt-4o', async () => turn++ === 0
    ? said([{ type: 'tool-call', toolCallId: 'call_1', toolName: 'get_weather', input: '{"city":"Paris"}' }], 'tool-calls', usage(82, 17), 'resp-3')
    : said([{ type: 'text', text: 'It is 18 degrees and sunny in Paris.' }], 'stop', usage(104, 12), 'resp-4')),
  tools: { get_weather: tool({ description: 'Current weather', inputSchema: z.object({ city: z.string() }), execute: async () => ({ temp_c: 18, sky: 'sunny' }) }) },
  stopWhen: (isStepCount ?? stepCountIs)(3), prompt: 'What is the weather in Paris?', telemetry: { functionId: 'weather-agent' },
});

await embedMany({
  model: new MockEmbeddingModelV4({ provider: 'openai.embedding', modelId: 'text-embedding-3-small', maxEmbeddingsPerCall: 10, doEmbed: async ({ values }) => ({ embeddings: values.map(() => [0.1, 0.2, 0.3]), usage: { tokens: 7 }, warnings: [] }) }),
  values: ['refund policy of the shop', 'opening hours'], telemetry: { functionId: 'embed' },
});

try {
  await generateText({ model: model('gpt-4o-mini', async () => { throw new Error('Rate limit reached for gpt-4o-mini.'); }), maxRetries: 0, prompt: 'trigger-429', telemetry: { functionId: 'broken' } });
} catch {}
await provider.forceFlush();
