// LangSmith's SDK in JavaScript: traces, feedback, a dataset, an experiment, a prompt; then everything is read back.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import OpenAI from "openai";
import { Client, RunTree } from "langsmith";
import { traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import { evaluate } from "langsmith/evaluation";

const client = new Client();
const project = process.env.LANGSMITH_PROJECT;
const openai = wrapOpenAI(new OpenAI({ maxRetries: 0 }), { client });
const all = async (items) => {
  const found = [];
  for await (const one of items) found.push(one);
  return found;
};
const wait = async (read, isThere) => {
  for (let n = 0; n < 100; n++) {
    const found = await read();
    if (isThere(found)) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("it never came");
};

const weather = traceable(async (city) => ({ temp_c: 18, sky: "sunny" }), { name: "get_weather", run_type: "tool", client });
const root = randomUUID();
const handle = traceable(
  async (question) => {
    await weather("Paris");
    const answer = await openai.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "You know geography." },
        { role: "user", content: question },
      ],
    });
    return { answer: answer.choices[0].message.content };
  },
  { name: "support-chat", id: root, tags: ["prod"], metadata: { session_id: "sess-42", user_id: "user-7" }, client },
);
assert.match((await handle("What is the capital of France?")).answer, /Paris/);
const own = new RunTree({ name: "by hand", run_type: "chain", inputs: { n: 1 }, client, project_name: project });
await own.postRun();
await own.end({ n: 2 });
await own.patchRun();
await client.awaitPendingTraceBatches();

const runs = await wait(() => all(client.listRuns({ projectName: project })), (found) => found.length === 4);
assert.deepEqual(runs.map((run) => run.name).sort(), ["ChatOpenAI", "by hand", "get_weather", "support-chat"]);
assert.equal((await client.readRun(own.id)).outputs.n, 2);
assert.equal((await client.readRun(root)).tags[0], "prod");
const feedback = await client.createFeedback(root, "helpful", { score: 0.5, comment: "so so" });
await client.updateFeedback(feedback.id, { score: 1 });
assert.equal((await client.readFeedback(feedback.id)).score, 1);
assert.equal((await all(client.listFeedback({ runIds: [root] }))).length, 1);

const dataset = await client.createDataset(`${project}-doubles`, { description: "doubles" });
await client.createExamples([1, 2].map((q) => ({ inputs: { q }, outputs: { a: q * 2 }, dataset_id: dataset.id })));
const done = await evaluate(({ q }) => ({ a: q * 2 }), {
  data: dataset.name,
  evaluators: [({ outputs, referenceOutputs }) => ({ key: "correct", score: outputs.a === referenceOutputs.a })],
  experimentPrefix: "js",
  client,
});
assert.equal(done.results.length, 2);
await client.awaitPendingTraceBatches();
const tried = await wait(
  () => client.readProject({ projectName: done.experimentName, includeStats: true }),
  (one) => one.feedback_stats?.correct?.n === 2,
);
assert.equal(tried.run_count, 2);

const manifest = { lc: 1, type: "constructor", id: ["langchain", "prompts", "prompt", "PromptTemplate"] };
manifest.kwargs = { template: "Hello {name}", input_variables: ["name"], template_format: "f-string" };
await client.pushPrompt(`${project}-greeting`, { object: manifest, description: "Greets." });
assert.deepEqual((await client.pullPromptCommit(`${project}-greeting`)).manifest.kwargs, manifest.kwargs);
