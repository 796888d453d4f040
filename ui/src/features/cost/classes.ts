/** The disjoint classes of tokens money is paid for, in the order of a bill. */

import type { Answer } from "@/api/hooks";

export type Spent = Answer<"/api/v1/spending">["totals"];

export interface TokenClass {
  id: string;
  title: string;
  about: string;
}

export const CLASSES: TokenClass[] = [
  { id: "input", title: "Input", about: "Uncached tokens of prompts." },
  { id: "cached_input", title: "Cached input", about: "Prompt tokens the provider read from its cache." },
  { id: "cache_write", title: "Cache write", about: "Prompt tokens the provider wrote to its cache." },
  { id: "audio_input", title: "Audio input", about: "Audio tokens sent." },
  { id: "output", title: "Output", about: "Tokens of answers, without reasoning." },
  { id: "reasoning", title: "Reasoning", about: "Tokens the model thought with." },
  { id: "audio_output", title: "Audio output", about: "Audio tokens received." },
  { id: "fees", title: "Fees", about: "Charged by the call or by the second." },
  {
    id: "unsplit",
    title: "Not split",
    about: "Costs as the senders gave them: no tariff tells what their classes cost.",
  },
];

/** The classes that occur, with their tokens and money. */
export function classesOf(spent: Spent): (TokenClass & { tokens: number; usd: number })[] {
  return CLASSES.map((one) => ({ ...one, tokens: spent.tokens[one.id] ?? 0, usd: spent.cost[one.id] ?? 0 })).filter(
    (one) => one.tokens > 0 || one.usd > 0,
  );
}

/** Share of all prompt tokens that came from the cache; null when there were none. */
export function cachedShare(spent: Spent): number | null {
  const of = (id: string) => spent.tokens[id] ?? 0;
  const all = of("input") + of("cached_input") + of("cache_write");
  return all > 0 ? of("cached_input") / all : null;
}
