/** Marks of spans in words, and what a trace cost in words. */

import { count, money, number } from "@/lib/format";
import type { Schemas } from "@/api/hooks";

const FLAGS: Record<string, string> = {
  demo: "simulated traffic of the demo",
  truncated: "some values were cut to the size limit",
  attributes_dropped: "some attributes were left out: there were too many",
  invalid_utf8: "text that was not UTF-8 was mended",
  invalid_id: "an id had the wrong length",
  clock: "its times lie outside what can be stored",
  clock_skew: "its clock disagrees with the others'",
  negative_duration: "it ended before it began: the duration is taken as 0",
  token_breakdown: "the token classes add up to more than the total",
  ttft: "the time to the first token is longer than the call",
  repeats_child: "the call below it is the same one: tokens and cost count there",
};

export function flagWords(flag: string): string {
  return FLAGS[flag] ?? flag.replace(/_/g, " ");
}

/** "$0.012", "unpriced", "$0.012 + 2 of 5 calls unpriced", or "" when there was nothing to pay. Never $0 for unknown. */
export function costWords(usd: number | null, calls: number, unpriced: number): string {
  if (!calls) return "";
  if (unpriced >= calls) return calls === 1 ? "unpriced" : `unpriced (${count(calls)} calls)`;
  return unpriced ? `${money(usd)} + ${count(unpriced)} of ${count(calls)} calls unpriced` : money(usd);
}

/** A duration as part of the whole: where its bar begins and how wide it is, in percent. */
export function bar(
  startMs: number,
  durationMs: number,
  fromMs: number,
  toMs: number,
): { left: number; width: number } {
  const whole = Math.max(toMs - fromMs, 1e-6);
  const left = Math.min(Math.max(((startMs - fromMs) / whole) * 100, 0), 100);
  const right = Math.min(Math.max(((startMs + durationMs - fromMs) / whole) * 100, left), 100);
  return { left, width: right - left };
}

/** A stretch of a trace, ms after its start. */
export interface Stretch {
  from: number;
  to: number;
}

/** The least stretch the waterfall shows: below it bars are as wide as the screen and say nothing. */
const LEAST_MS = 0.001;

/** What of a trace the waterfall shows, as it stands in the address ("120.5-300", ms); the whole for anything else. */
export function stretchOf(text: string, wholeMs: number): Stretch {
  const [, from = "", to = ""] = /^([0-9.]+)-([0-9.]+)$/.exec(text) ?? [];
  const found = { from: Math.max(Number(from), 0), to: Math.min(Number(to), wholeMs) };
  return found.to - found.from >= LEAST_MS ? found : { from: 0, to: wholeMs };
}

/** The same for the address; "" for the whole. */
export function stretchText({ from, to }: Stretch, wholeMs: number): string {
  const isWhole = from <= 0 && to >= wholeMs;
  return isWhole ? "" : `${Number(Math.max(from, 0).toFixed(3))}-${Number(Math.min(to, wholeMs).toFixed(3))}`;
}

/** A score's value: a number, yes or no, or its category. */
export function scoreWords(score: Schemas["Score"]): string {
  const { value, label } = score;
  if (value === null || value === undefined) return label || "comment";
  const told = score.data_type === "boolean" ? (value ? "yes" : "no") : number(value);
  return label && label !== String(value) ? `${told} (${label})` : told;
}
