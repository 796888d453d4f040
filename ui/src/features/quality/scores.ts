/** Which score is looked at, and how it is asked for. Pure. */

import type { Schemas } from "@/api/hooks";

export type Name = Schemas["QualityName"];

/** Scores that say something of quality by themselves; times, lengths and costs are shown when they are chosen. */
const MEASURES = new Set(["latency", "cost", "length"]);

/** The score a page opens with: the most frequent that has values and is no mere measure. */
export function firstOf(names: Name[]): string {
  const valued = names.filter((one) => one.mean);
  return (valued.find((one) => !MEASURES.has(one.name)) ?? valued[0] ?? names[0])?.name ?? "";
}

/** What the chart draws: yes or no as a share, others as their mean. */
export function measureOf(name: string, what: "mean" | "rate"): string {
  return `score:${name}.${what}`;
}

/** A score below which a bin counts as failed, when the values lie between 0 and 1. */
export function isFailing(high: number, least: number, most: number): boolean {
  return least >= 0 && most <= 1 && high <= 0.5 + 1e-9;
}

/** An interval in words: "0.81 [0.78, 0.84], n = 312". */
export function within(
  point: { value: number; low: number | null; high: number | null; n: number } | null | undefined,
  say: (value: number) => string,
  count: (value: number) => string,
): string {
  if (!point) return "too little to say";
  const interval = point.low === null || point.high === null ? "" : ` [${say(point.low)}, ${say(point.high)}]`;
  return `${say(point.value)}${interval}, n = ${count(point.n)}`;
}
