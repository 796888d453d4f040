/** Prices of your own, as forms and tables handle them. */

import type { Schemas } from "@/api/hooks";
import { money, number } from "@/lib/format";

export type Price = Schemas["PriceAnswer"];
export type PriceDraft = Partial<Price>;

export const CLASSES = [
  { id: "input", label: "Input" },
  { id: "cached_input", label: "Cached input" },
  { id: "cache_write", label: "Cache write" },
  { id: "audio_input", label: "Audio input" },
  { id: "output", label: "Output" },
  { id: "reasoning", label: "Reasoning" },
  { id: "audio_output", label: "Audio output" },
] as const;

export type ClassId = (typeof CLASSES)[number]["id"];

type Prices = Partial<Record<ClassId | "per_second" | "per_request" | "book_factor", number | null>> & {
  book_model?: string;
};

/** "$3 input, $15 output per million tokens; $0.001 per second" */
export function pricesInWords(price: Prices): string {
  if (price.book_factor !== null && price.book_factor !== undefined)
    return `${number(price.book_factor)} × the price of ${price.book_model || "the model"} in the book`;
  const tokens = CLASSES.flatMap(({ id, label }) => {
    const usd = price[id];
    return usd === null || usd === undefined ? [] : [`${money(usd, true)} ${label.toLowerCase()}`];
  });
  const parts = tokens.length ? [`${tokens.join(", ")} per million tokens`] : [];
  if (price.per_request) parts.push(`${money(price.per_request)} per call`);
  if (price.per_second) parts.push(`${money(price.per_second)} per second`);
  return parts.join("; ") || "no price";
}
