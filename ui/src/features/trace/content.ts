/** What a span holds, with the shapes the API's description leaves open (see the canonical model's Message and Document). */

import type { Schemas } from "@/api/hooks";

export interface Part {
  type: string;
  content?: unknown;
  id?: string;
  name?: string;
  arguments?: unknown;
  response?: unknown;
  modality?: string;
  mime_type?: string;
  uri?: string;
  file_id?: string;
  sha256?: string;
  bytes?: number;
}

export interface Message {
  role: string;
  parts: Part[];
  name?: string;
  finish_reason?: string;
  time?: string;
}

export interface Document {
  id: string;
  content: string;
  score: number | null;
  metadata: Record<string, unknown>;
  rank: number;
}

export interface Tool {
  name?: string;
  type?: string;
  description?: string;
  parameters?: unknown;
  function?: { name?: string; description?: string; parameters?: unknown };
}

export interface Event {
  name: string;
  time: string;
  attributes: Record<string, unknown>;
}

export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes: Record<string, unknown>;
}

/** Without "and whatever else": with it, TypeScript forgets the members it knows when some are replaced. */
export type Known<Shape> = { [Name in keyof Shape as string extends Name ? never : Name]: Shape[Name] };
type Answered = Known<Schemas["Span"]>;
type Open = "input" | "output" | "documents" | "input_documents" | "tool_definitions" | "events" | "links";

/** A span with everything. */
export interface Content extends Omit<Answered, Open> {
  input: Message[];
  output: Message[];
  documents: Document[];
  input_documents: Document[];
  tool_definitions: Tool[];
  events: Event[];
  links: SpanLink[];
}

/** The answer of the API as Content: lists are lists even when they were left out. */
export function contentOf(span: Answered): Content {
  const list = <Item>(value: unknown): Item[] => (Array.isArray(value) ? (value as Item[]) : []);
  return {
    ...span,
    input: list<Message>(span.input).map(whole),
    output: list<Message>(span.output).map(whole),
    documents: list<Document>(span.documents),
    input_documents: list<Document>(span.input_documents),
    tool_definitions: list<Tool>(span.tool_definitions),
    events: list<Event>(span.events),
    links: list<SpanLink>(span.links),
  };
}

function whole(message: Message): Message {
  return Array.isArray(message.parts) ? message : { ...message, parts: [] };
}

/** A part that is text, of whatever type it came as; "" for others. */
export function textOf(part: Part): string {
  return typeof part.content === "string" && !part.sha256 ? part.content : "";
}

export function isMedia(part: Part): boolean {
  return ["media", "blob", "uri", "file"].includes(part.type);
}

export function toolName(tool: Tool): string {
  return tool.name ?? tool.function?.name ?? "unnamed";
}

/** Any value as text a person reads: texts as they are, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
}

/** A text that is JSON of an object or list as its value; anything else as it is. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // It only looks like JSON: a text that begins with a bracket.
    return value;
  }
}
