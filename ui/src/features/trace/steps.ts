/** Steps of a run: which spans of the outline are turns of its transcript, and how deep they are indented. */

import type { Outline, Sums } from "./outline";

const TURNS = new Set(["llm", "tool", "retriever", "reranker", "guardrail", "evaluator", "prediction"]);

export interface Step {
  place: number;
  /** agent: the heading of a sub-agent; error: a failed span of another kind. Else the span's kind. */
  kind: string;
  /** Headings above it. */
  level: number;
  /** Place of the heading it stands below, -1 for the run itself: what was said is compared within one. */
  scope: number;
  /** Of a heading: what is below it, and the index of the step behind it. */
  sums?: Sums;
  end?: number;
}

/**
 * Turns in the order of the tree. The root is the run itself and no heading. Left out: spans that repeat their child,
 * a wrapper whose only turn is of its own kind, and embeddings unless they failed.
 */
export function stepsOf(outline: Outline): Step[] {
  const steps: Step[] = [];
  const open: Step[] = [];
  for (let place = 0; place < outline.length; place++) {
    while (open.length && outline.end[open[open.length - 1]!.place]! <= place) close(steps, open.pop()!);
    const kind = kindOf(outline, place);
    if (!kind) continue;
    const step: Step = { place, kind, level: open.length, scope: open[open.length - 1]?.place ?? -1 };
    steps.push(step);
    if (kind === "agent") {
      step.sums = outline.sums(place + 1, outline.end[place]!);
      open.push(step);
    }
  }
  while (open.length) close(steps, open.pop()!);
  return steps;
}

function close(steps: Step[], heading: Step): void {
  heading.end = steps.length;
}

function kindOf(outline: Outline, place: number): string {
  const kind = outline.kind(place);
  if (kind === "agent") return outline.parent[place]! < 0 && place === 0 ? rootOf(outline) : "agent";
  if (TURNS.has(kind)) return repeats(outline, place, kind) ? "" : kind;
  if (!outline.isError(place)) return "";
  return hasErrorBelow(outline, place) ? "" : "error";
}

/** The root is no turn, unless it failed and nothing below it says why. */
function rootOf(outline: Outline): string {
  return outline.isError(0) && !hasErrorBelow(outline, 0) ? "error" : "";
}

/** A wrapper: an llm span around llm spans, a retriever around a retriever. A tool may well call another tool. */
function repeats(outline: Outline, place: number, kind: string): boolean {
  if (outline.has("repeats", place)) return true;
  if (kind === "tool" || kind === "evaluator" || kind === "guardrail") return false;
  if (kind === "retriever") {
    // Both levels of such a wrapper may hold the documents; the outer one is the one people named.
    for (const up of outline.above(place)) if (outline.kind(up) === "retriever") return true;
    return false;
  }
  for (let below = place + 1; below < outline.end[place]!; below++) if (outline.kind(below) === kind) return true;
  return false;
}

function hasErrorBelow(outline: Outline, place: number): boolean {
  for (let below = place + 1; below < outline.end[place]!; below++) if (outline.isError(below)) return true;
  return false;
}

/** Steps that are shown when these headings are folded. */
export function shownSteps(steps: Step[], folded: ReadonlySet<number>): Step[] {
  if (!folded.size) return steps;
  const shown: Step[] = [];
  for (let at = 0; at < steps.length;) {
    const step = steps[at]!;
    shown.push(step);
    at = step.end !== undefined && folded.has(step.place) ? step.end : at + 1;
  }
  return shown;
}

/** Headings that begin folded: below the first level when the run is large. */
export function foldedAtFirst(steps: Step[], most = 60): Set<number> {
  const folded = new Set<number>();
  if (steps.length <= most) return folded;
  for (const step of steps) if (step.kind === "agent") folded.add(step.place);
  return folded;
}

/** For each tool the LLM call of its scope before it: most likely the one that asked for it. */
export function askersOf(steps: Step[]): ReadonlyMap<number, number> {
  const askers = new Map<number, number>();
  const last = new Map<number, number>();
  for (const step of steps) {
    const asker = last.get(step.scope);
    if (step.kind === "llm") last.set(step.scope, step.place);
    else if (step.kind === "tool" && asker !== undefined) askers.set(step.place, asker);
  }
  return askers;
}
