/** The run as a graph of agents and what they use. */

import type { Outline } from "./outline";

export interface GraphNode {
  id: string;
  kind: string;
  label: string;
  /** Spans it stands for, how many failed, and the first of them. */
  count: number;
  errors: number;
  place: number;
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  /** calls: the target ran inside the source. then: agents of one parent, one after the other. */
  type: "calls" | "then";
  count: number;
  errors: number;
  /** Median duration of what was called, ms. */
  p50: number;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Agents left out because there are too many to draw. */
  hidden: number;
}

export const RULE = {
  aggregated: "Agents, models, tools and retrievers of one name are one box.",
  expanded: "Every run of an agent is its own box, with its own models and tools.",
  edges:
    "A solid arrow goes from an agent to what ran directly inside it, with the number of calls and their median duration. " +
    "A dashed arrow joins agents of one parent when the second began after the first had ended. Nothing else is inferred.",
};

const NODES = new Set(["agent", "llm", "tool", "retriever", "reranker", "embedding", "guardrail", "prediction"]);
export const MOST_AGENTS = 60;

interface Making {
  nodes: Map<string, GraphNode>;
  edges: Map<string, GraphEdge & { durations: number[] }>;
}

/** The graph of a trace. expanded: a box for each run of an agent instead of each name. */
export function graphOf(outline: Outline, expanded: boolean): Graph {
  const made: Making = { nodes: new Map(), edges: new Map() };
  // The box each agent's span stands in; the root stands for whatever no agent is above.
  const boxes = new Map<number, string>();
  const last = new Map<number, { box: string; end: number }>();
  const name = outline.length ? outline.name(0) : "";
  const rootBox = `agent:${outline.length && outline.kind(0) === "agent" ? labelOf(outline, 0) : name}${expanded ? "#0" : ""}`;
  let agents = 0;
  let hidden = 0;
  for (let place = 0; place < outline.length; place++) {
    const kind = outline.kind(place);
    const isRoot = place === 0;
    if (!isRoot && (!NODES.has(kind) || outline.has("repeats", place))) continue;
    const owner = isRoot ? -1 : ownerOf(outline, boxes, place);
    if (owner === HIDDEN) continue;
    if (kind === "agent" && !isRoot && expanded && ++agents > MOST_AGENTS) {
      boxes.set(place, "");
      hidden += 1;
      continue;
    }
    const box = isRoot ? rootBox : boxOf(outline, place, kind, expanded, owner);
    addNode(made, outline, box, isRoot ? (kind === "agent" ? "agent" : "run") : kind, place);
    if (kind === "agent" || isRoot) boxes.set(place, box);
    if (isRoot) continue;
    addEdge(made, boxes.get(owner) ?? rootBox, box, "calls", outline, place);
    if (kind === "agent") follow(made, outline, last, place, box);
  }
  const edges = [...made.edges.values()].map(({ durations, ...edge }) => ({ ...edge, p50: median(durations) }));
  return { nodes: [...made.nodes.values()], edges, hidden };
}

const HIDDEN = -2;

function ownerOf(outline: Outline, boxes: Map<number, string>, place: number): number {
  for (const up of outline.above(place)) {
    const box = boxes.get(up);
    if (box !== undefined) return box ? up : HIDDEN;
  }
  return 0;
}

function boxOf(outline: Outline, place: number, kind: string, expanded: boolean, owner: number): string {
  const label = labelOf(outline, place);
  if (!expanded) return `${kind}:${label}`;
  return kind === "agent" ? `${kind}:${label}#${place}` : `${kind}:${label}@${owner}`;
}

export function labelOf(outline: Outline, place: number): string {
  const kind = outline.kind(place);
  if (kind === "agent") return outline.word("agent", place) || outline.name(place);
  if (kind === "tool") return outline.word("tool", place) || outline.name(place);
  if (kind === "llm" || kind === "embedding" || kind === "reranker")
    return outline.word("model", place) || outline.name(place);
  return outline.name(place);
}

function addNode(made: Making, outline: Outline, id: string, kind: string, place: number): void {
  const held = made.nodes.get(id) ?? { id, kind, label: labelOf(outline, place), count: 0, errors: 0, place };
  held.count += 1;
  if (outline.isError(place)) held.errors += 1;
  made.nodes.set(id, held);
}

function addEdge(
  made: Making,
  from: string,
  to: string,
  type: GraphEdge["type"],
  outline: Outline,
  place: number,
): void {
  const id = `${from}→${to}→${type}`;
  const held = made.edges.get(id) ?? { id, from, to, type, count: 0, errors: 0, p50: 0, durations: [] };
  held.count += 1;
  if (outline.isError(place)) held.errors += 1;
  held.durations.push(outline.durationMs(place));
  made.edges.set(id, held);
}

function follow(
  made: Making,
  outline: Outline,
  last: Map<number, { box: string; end: number }>,
  place: number,
  box: string,
): void {
  const parent = outline.parent[place]!;
  const before = last.get(parent);
  const start = outline.startMs(place);
  if (before && before.box !== box && before.end <= start) addEdge(made, before.box, box, "then", outline, place);
  last.set(parent, { box, end: Math.max(before?.end ?? 0, start + outline.durationMs(place)) });
}

function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
