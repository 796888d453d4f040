// Langfuse's JavaScript SDK against its server: tracing with media, prompts, a dataset, an experiment, reading back.
import { LangfuseClient } from "@langfuse/client";
import { LangfuseMedia } from "@langfuse/core";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startActiveObservation, startObservation, propagateAttributes } from "@langfuse/tracing";
import { NodeSDK } from "@opentelemetry/sdk-node";

const processor = new LangfuseSpanProcessor();
const sdk = new NodeSDK({ spanProcessors: [processor], instrumentations: [] });
sdk.start();
const langfuse = new LangfuseClient();
const told = {};

await langfuse.prompt.create({ name: "js/greet", prompt: "Hello {{name}}", labels: ["production"], config: { t: 0.5 } });
await langfuse.prompt.create({ name: "js/greet", prompt: "Hi {{name}}", tags: ["t"] });
const greet = await langfuse.prompt.get("js/greet");
await langfuse.prompt.update({ name: "js/greet", version: 2, newLabels: ["production"] });
const moved = await langfuse.prompt.get("js/greet", { cacheTtlSeconds: 0 });
const spare = await langfuse.prompt.get("none", { fallback: "as ever", maxRetries: 0 });
told.prompts = [greet.version, greet.compile({ name: "Ada" }), greet.config, moved.version, moved.prompt, spare.prompt];

const png = Buffer.concat([Buffer.from("\x89PNG\r\n", "latin1"), Buffer.alloc(200)]);
await propagateAttributes({ userId: "user-7", sessionId: "sess-42", tags: ["beta"] }, () =>
  startActiveObservation("handle", async (span) => {
    told.trace_id = span.traceId;
    span.update({ input: "what is this" });
    const image = new LangfuseMedia({ source: "bytes", contentBytes: png, contentType: "image/png" });
    const call = startObservation(
      "draw",
      {
        model: "gpt-4o-mini",
        prompt: greet,
        usageDetails: { input: 10, output: 5 },
        input: [{ role: "user", content: [{ type: "image_url", image_url: { url: image } }] }],
      },
      { asType: "generation" },
    );
    call.update({ output: "a dot" }).end();
    span.update({ output: "a dot" });
    langfuse.score.activeTrace({ name: "helpful", value: 1, dataType: "BOOLEAN" });
    langfuse.score.activeObservation({ name: "tone", value: "calm", dataType: "CATEGORICAL" });
  }),
);
await langfuse.flush();
await processor.forceFlush();

await langfuse.api.datasets.create({ name: "capitals", metadata: { owner: "ada" } });
for (const [country, capital] of [["France", "Paris"], ["Italy", "Rome"]])
  await langfuse.api.datasetItems.create({ datasetName: "capitals", input: { country }, expectedOutput: capital });
const dataset = await langfuse.dataset.get("capitals");
told.items = dataset.items.map((one) => [one.input.country, one.expectedOutput]).sort();
const result = await dataset.runExperiment({
  name: "baseline",
  runName: "baseline js",
  task: async ({ input }) => (input.country === "France" ? "Paris" : "?"),
  evaluators: [async ({ output, expectedOutput }) => ({ name: "exact", value: output === expectedOutput ? 1 : 0 })],
  runEvaluators: [async ({ itemResults }) => ({ name: "share", value: itemResults.length })],
});
await langfuse.flush();
await processor.forceFlush();
told.results = result.itemResults.map((one) => [one.output, one.evaluations[0].value]).sort();

const observations = (await langfuse.api.observations.getMany({ traceId: told.trace_id, fields: "core,basic,io,usage,prompt" })).data;
told.observations = observations.map((one) => [one.name, one.type, one.output, one.promptName ?? null]).sort();
const image = observations.find((one) => one.name === "draw").input;
const resolved = await langfuse.media.resolveReferences({ obj: image, resolveWith: "base64DataUri" });
told.resolved = JSON.stringify(resolved).includes(`data:image/png;base64,${png.toString("base64")}`);
told.listed = (await langfuse.api.prompts.list({ name: "js/greet" })).data.map((one) => [one.name, one.versions]);
await langfuse.shutdown();
await sdk.shutdown();
console.log(JSON.stringify(told));
