/**
 * The transcript: what was asked, thought, called and answered in each step, told once.
 *
 * Each LLM call repeats the conversation so far. Of its input only those messages are new that the most similar of the
 * calls before it (in the same agent, or the last one before) had neither been given nor answered. A tool's span stands
 * in the call that asked for it, found by the call's id, else by name and arguments.
 */

import type { Content, Document, Message, Part } from "./content";
import type { Step } from "./steps";

/** Calls of one scope a new call is compared with, the latest first. */
const LOOK_BACK = 4;
/** Calls that may still wait for their tool; those before have none. */
const MOST_OPEN = 200;

export interface ToolCall {
  id: string;
  name: string;
  arguments: unknown;
  /** undefined: not known yet, or never answered. */
  result: unknown;
  /** Its span, when there is one. */
  place: number | null;
}

export interface Turn {
  step: Step;
  content: Content;
  /** Stands inside the LLM call that asked for it, or inside the tool around it. */
  isJoined: boolean;
  /** System prompt, when it is the first or another one. */
  system: string;
  /** New messages of the input; results of tools shown with their calls are left out. */
  asked: Message[];
  /** Messages that were shown before, and those the call before had and this one has no more. */
  repeated: number;
  dropped: number;
  /** Messages of the output, without their tool calls. */
  said: Message[];
  calls: ToolCall[];
  documents: Document[];
}

interface Memory {
  given: Map<string, number>;
  size: number;
  system: string;
  scope: number;
}

/** Turns by place, of the steps whose content is there. */
export function assemble(steps: Step[], contents: ReadonlyMap<number, Content>): Map<number, Turn> {
  const turns = new Map<number, Turn>();
  const memories: Memory[] = [];
  const calls: Calls = { open: [], byId: new Map(), tools: new Map() };
  for (const step of steps) {
    const content = contents.get(step.place);
    if (!content) continue;
    const turn: Turn = {
      step,
      content,
      isJoined: false,
      system: "",
      asked: [],
      repeated: 0,
      dropped: 0,
      said: [],
      calls: [],
      documents: content.documents.length ? content.documents : [],
    };
    turns.set(step.place, turn);
    if (step.kind === "llm") {
      listen(turn, memories, calls);
      for (const call of turn.calls) {
        calls.open.push({ call, scope: step.scope });
        if (call.id) calls.byId.set(call.id, call);
      }
      if (calls.open.length > MOST_OPEN) calls.open.splice(0, calls.open.length - MOST_OPEN);
    } else if (step.kind === "tool") {
      join(turn, calls);
      calls.tools.set(content.span_id, turn);
    }
  }
  return turns;
}

/** Calls that no tool's span was found for yet, all calls by id, and tools by span id. */
interface Calls {
  open: { call: ToolCall; scope: number }[];
  byId: Map<string, ToolCall>;
  tools: Map<string, Turn>;
}

/** What an LLM call adds to the conversation. */
function listen(turn: Turn, memories: Memory[], calls: Calls): void {
  const { content, step } = turn;
  const output = content.output;
  turn.said = output.map((message) => without(message, "tool_call")).filter((message) => message.parts.length);
  turn.calls = output.flatMap((message) => message.parts.filter((part) => part.type === "tool_call")).map(callOf);
  const keys = content.input.map(keyOf);
  const before = mostAlike(memories, step.scope, keys);
  const left = new Map(before?.given);
  content.input.forEach((message, at) => {
    const key = keys[at]!;
    const held = left.get(key) ?? 0;
    if (held > 0) {
      left.set(key, held - 1);
      turn.repeated += 1;
      return;
    }
    const heard = answer(message, calls);
    if (heard.parts.length) turn.asked.push(heard);
  });
  turn.dropped = before ? before.size - turn.repeated : 0;
  if (content.system_prompt && content.system_prompt !== before?.system) turn.system = content.system_prompt;
  const given = new Map<string, number>();
  for (const key of [...keys, ...output.map(keyOf)]) given.set(key, (given.get(key) ?? 0) + 1);
  memories.push({
    given,
    size: content.input.length + output.length,
    system: content.system_prompt,
    scope: step.scope,
  });
}

/** Hands results of tools to their calls; what is left of the message. */
function answer(message: Message, calls: Calls): Message {
  const parts = message.parts.filter((part) => {
    if (isBlank(part)) return false;
    const call = part.type === "tool_call_response" && part.id ? calls.byId.get(part.id) : undefined;
    if (!call) return true;
    if (call.result === undefined) call.result = part.response ?? null;
    return false;
  });
  return parts.length === message.parts.length ? message : { ...message, parts };
}

function mostAlike(memories: Memory[], scope: number, keys: string[]): Memory | null {
  const candidates: Memory[] = [];
  for (let at = memories.length - 1; at >= 0 && candidates.length < LOOK_BACK; at--) {
    const memory = memories[at]!;
    if (memory.scope === scope || at === memories.length - 1) candidates.push(memory);
  }
  let best: Memory | null = null;
  let most = 0;
  for (const memory of candidates) {
    const left = new Map(memory.given);
    let shared = 0;
    for (const key of keys) {
      const held = left.get(key) ?? 0;
      if (held > 0) {
        left.set(key, held - 1);
        shared += 1;
      }
    }
    if (shared > most) [best, most] = [memory, shared];
  }
  // Nothing in common with any of them: another conversation, in which nothing was dropped.
  return best;
}

/** Finds the call a tool's span ran. */
function join(turn: Turn, calls: Calls): void {
  const { content, step } = turn;
  const name = content.tool_name || content.name;
  const said = stable(content.tool_arguments);
  const byId = content.tool_call_id ? calls.open.find((one) => one.call.id === content.tool_call_id) : undefined;
  const here = content.tool_call_id
    ? []
    : calls.open.filter((one) => one.scope === step.scope && one.call.name === name);
  const found =
    byId ?? here.find((one) => stable(one.call.arguments) === said) ?? (said === "null" ? here[0] : undefined);
  if (found) {
    calls.open = calls.open.filter((one) => one !== found);
    found.call.place = step.place;
    const result = content.tool_result ?? (content.output_text || undefined);
    if (result !== undefined && result !== null) found.call.result = result;
    turn.isJoined = true;
    return;
  }
  // A tool inside a tool with the same arguments is one call seen twice: by the agent and by the protocol below it.
  const outer = calls.tools.get(content.parent_id);
  turn.isJoined = outer !== undefined && (said === "null" || stable(outer.content.tool_arguments) === said);
}

function callOf(part: Part): ToolCall {
  return { id: part.id ?? "", name: part.name ?? "", arguments: part.arguments, result: undefined, place: null };
}

function without(message: Message, type: string): Message {
  const parts = message.parts.filter((part) => part.type !== type && !isBlank(part));
  return { ...message, parts };
}

function isBlank(part: Part): boolean {
  return part.type === "text" && !String(part.content ?? "").trim();
}

const known = new WeakMap<Message, string>();

/**
 * What makes two messages the same. Names, finish reasons and times are left out, as are the roles of results: senders
 * put them in when they repeat a message, or leave them away. So is space around texts.
 */
export function keyOf(message: Message): string {
  let key = known.get(message);
  if (key === undefined) {
    const parts = message.parts.filter((part) => part.type !== "reasoning" && !isBlank(part));
    const isResult = parts.length > 0 && parts.every((part) => part.type === "tool_call_response");
    key = `${isResult ? "tool" : message.role}|${parts.map(partKey).join("|")}`;
    known.set(message, key);
  }
  return key;
}

function partKey(part: Part): string {
  switch (part.type) {
    case "text":
      return `t:${String(part.content ?? "").trim()}`;
    case "tool_call":
      return `c:${part.id ?? ""}:${part.name ?? ""}:${stable(part.arguments)}`;
    case "tool_call_response":
      return `r:${part.id ?? ""}:${stable(part.response)}`;
    default:
      return stable(part);
  }
}

/** JSON with sorted keys; texts that are JSON count as what they say. */
function stable(value: unknown): string {
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    try {
      return stable(JSON.parse(value));
    } catch {
      // A text that only looks like JSON is compared as text.
      return JSON.stringify(value);
    }
  }
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${entries.map(([name, held]) => `${JSON.stringify(name)}:${stable(held)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
