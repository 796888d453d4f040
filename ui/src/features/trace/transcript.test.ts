import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contentOf, textOf, type Content, type Message } from "./content";
import { Outline, type OutlinePage } from "./outline";
import { shownSteps, stepsOf, type Step } from "./steps";
import { assemble, keyOf, type Turn } from "./transcript";

type Recorded = { outline: OutlinePage; spans: Parameters<typeof contentOf>[0][] };

/** A recorded trace: what the API answers about it, without attributes. */
function recorded(name: string): { outline: Outline; contents: Map<number, Content>; steps: Step[] } {
  const held = JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as Recorded;
  const outline = new Outline([held.outline]);
  const contents = new Map(
    held.spans.map((span, place) => [
      place,
      contentOf(Object.assign({ output_text: "", tool_call_id: "", system_prompt: "", tool_name: "" }, span)),
    ]),
  );
  return { outline, contents, steps: stepsOf(outline) };
}

const said = (messages: Message[]) =>
  messages.map((message) => `${message.role}: ${message.parts.map((part) => textOf(part) || part.type).join(" ")}`);

/** A transcript as lines, as a reader would tell it. */
function told(name: string): string[] {
  const { outline, contents, steps } = recorded(name);
  const turns = assemble(steps, contents);
  const lines: string[] = [];
  for (const step of steps) {
    const turn = turns.get(step.place)!;
    const pad = "  ".repeat(step.level);
    if (step.kind === "agent") lines.push(`${pad}[${outline.name(step.place)}]`);
    else if (step.kind === "error") lines.push(`${pad}! ${outline.name(step.place)}`);
    else if (!turn.isJoined) lines.push(...lineOf(turn).map((line) => pad + line));
  }
  return lines;
}

function lineOf(turn: Turn): string[] {
  if (turn.step.kind !== "llm")
    return [`${turn.step.kind} ${turn.content.tool_name || turn.content.name} (${turn.documents.length} documents)`];
  const calls = turn.calls.map(
    (call) =>
      `-> ${call.name}(${JSON.stringify(call.arguments)}) = ${JSON.stringify(call.result)}${call.place === null ? " without a span" : ""}`,
  );
  return [
    ...(turn.system ? ["system"] : []),
    ...said(turn.asked),
    ...said(turn.said).map((line) => `> ${line}`),
    ...calls,
  ];
}

describe("transcripts of recorded runs", () => {
  it("tells an agent's conversation once, with each tool's result at its call and the hand-over to another agent", () => {
    expect(told("openai-agents")).toEqual([
      "[triage_agent]",
      "  system",
      "  user: What is the weather in Paris?",
      '  -> transfer_to_weather_agent({"city":"Paris"}) = {"assistant":"weather_agent"} without a span',
      "  tool handoff to weather_agent (0 documents)",
      "[weather_agent]",
      "  system",
      '  -> get_weather({"city":"Paris"}) = "18 degrees, sunny"',
      "  > assistant: It is 18 degrees and sunny in Paris.",
    ]);
  });

  it("keeps separate questions apart and shows retrievals and failures where they happened", () => {
    expect(told("langfuse")).toEqual([
      "retriever retrieve (1 documents)",
      "system",
      "user: What is the capital of France?",
      "> assistant: The capital of France is Paris.",
      "user: As a movie critic, tell me about Dune. What is the capital of France?",
      "> assistant: The capital of France is Paris.",
      "user: Count from one to five.",
      "> assistant: one, two, three, four, five",
      "[weather-agent]",
      "  user: What is the weather in Paris?",
      '  -> get_weather({"city":"Paris"}) = {"temp_c":18,"sky":"sunny"}',
      "  > assistant: It is 18 degrees and sunny in Paris.",
      "user: trigger-429",
    ]);
  });

  it("takes results that come in a message of the user for what they are", () => {
    expect(told("pydantic-ai").slice(0, 5)).toEqual([
      "[invoke_agent weather_agent]",
      "  system",
      "  user: What is the weather in Paris?",
      '  -> get_weather({"city":"Paris"}) = "18 degrees, sunny"',
      "  > assistant: It is 18 degrees and sunny in Paris.",
    ]);
  });

  it("shows one retrieval and one call of spans that wrap each other", () => {
    const lines = told("llamaindex");
    expect(lines.filter((line) => line.startsWith("retriever"))).toEqual([
      "retriever VectorIndexRetriever.retrieve (1 documents)",
    ]);
    expect(lines.filter((line) => line.startsWith(">"))).toEqual([
      "> assistant: Refunds are accepted within 30 days of purchase.",
    ]);
  });

  it("tells of a long agent only what each call adds, and says what was cut from its history", () => {
    const { contents, steps } = recorded("coding-agent");
    const turns = [...assemble(steps, contents).values()];
    const calls = turns.filter((turn) => turn.step.kind === "llm");
    expect(calls.map((turn) => turn.asked.length)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(calls.map((turn) => turn.content.input.length)).toEqual([1, 3, 5, 6, 6, 6]);
    expect(calls.map((turn) => turn.dropped)).toEqual([0, 0, 0, 1, 2, 2]);
    expect(calls.slice(0, 5).map((turn) => turn.calls[0]?.place === null)).toEqual([false, false, false, false, false]);
    expect(turns.filter((turn) => turn.step.kind === "tool").every((turn) => turn.isJoined)).toBe(true);
  });

  it("goes by what has been loaded: a call whose history is not there tells all of its input", () => {
    const { contents, steps } = recorded("coding-agent");
    const places = steps.filter((step) => step.kind === "llm").map((step) => step.place);
    const third = places[2]!;
    const alone = assemble(steps, new Map([[third, contents.get(third)!]])).get(third)!;
    expect([alone.asked.length, alone.repeated]).toEqual([5, 0]);
  });
});

describe("messages", () => {
  const user = (content: string): Message => ({ role: "user", parts: [{ type: "text", content }] });

  it("are the same whatever their names, finish reasons and spaces", () => {
    expect(keyOf({ ...user(" yes "), name: "ann", finish_reason: "stop" })).toBe(keyOf(user("yes")));
    const call = (args: unknown): Message => ({
      role: "assistant",
      parts: [{ type: "tool_call", id: "1", name: "f", arguments: args }],
    });
    expect(keyOf(call({ b: 1, a: [2] }))).toBe(keyOf(call('{"a": [2], "b": 1}')));
    expect(keyOf(call({ a: 1 }))).not.toBe(keyOf(call({ a: 2 })));
  });

  it("that are said twice are two", () => {
    const { steps, contents } = recorded("langfuse");
    const calls = steps.filter((step) => step.kind === "llm" && step.scope === -1).slice(0, 2);
    const base = contents.get(calls[0]!.place)!;
    const second = { ...base, input: [...base.input, ...base.output, base.input[0]!] };
    const turns = assemble(
      calls,
      new Map([
        [calls[0]!.place, base],
        [calls[1]!.place, second],
      ]),
    );
    expect(turns.get(calls[1]!.place)!.asked).toEqual([base.input[0]]);
  });
});

describe("headings", () => {
  it("fold what is below them and sum it up", () => {
    const { steps } = recorded("openai-agents");
    const headings = steps.filter((step) => step.kind === "agent");
    expect(headings.map((step) => [step.sums?.calls, step.sums?.spans])).toEqual([
      [1, 3],
      [2, 5],
    ]);
    expect(shownSteps(steps, new Set(headings.map((step) => step.place)))).toEqual(headings);
  });
});
