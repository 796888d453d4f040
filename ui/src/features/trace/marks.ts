/** Passages that an evaluator marked, as places in a text. Pure. */

import type { Schemas } from "@/api/hooks";

export interface Mark {
  field: string;
  /** Characters as people count them (code points), end exclusive. */
  start: number;
  end: number;
  label: string;
  score?: number | null;
  /** Index of the document that was compared. */
  document?: number | null;
  evidence?: string | null;
}

/** A piece of a text, and the mark on it with its number, from 1. */
export interface Piece {
  text: string;
  mark?: Mark;
  number?: number;
}

type Score = Schemas["Score"];

/** The marks of a score; [] when it has none. */
export function marksOf(score: Pick<Score, "metadata">): Mark[] {
  let held: unknown = (score.metadata as Record<string, unknown> | null | undefined)?.marks;
  if (typeof held === "string") {
    try {
      held = JSON.parse(held);
    } catch {
      // A sender's own metadata of that name: not ours to read.
      return [];
    }
  }
  if (!Array.isArray(held)) return [];
  return (held as Partial<Mark>[]).filter(
    (one): one is Mark =>
      typeof one.start === "number" && typeof one.end === "number" && one.end > one.start && one.start >= 0,
  );
}

/** Scores whose marks lie in the output of this span: its own, and the trace's that say they judged it. */
export function markedScores(scores: Score[], spanId: string): Score[] {
  return scores.filter((score) => {
    const about = (score.metadata ?? {}) as Record<string, unknown>;
    const place = about.output_span ?? (score.target_type === "span" ? score.target_id : "");
    return place === spanId && marksOf(score).some((mark) => (mark.field || "output") === "output");
  });
}

/** The text in pieces, marked and not. Of marks that overlap the first counts. */
export function pieces(text: string, marks: Mark[]): Piece[] {
  // Offsets count code points; a string's own indexes count the halves of those beyond 16 bits.
  const letters = Array.from(text);
  const cut = (from: number, to: number) => letters.slice(from, to).join("");
  const found: Piece[] = [];
  let at = 0;
  let number = 0;
  for (const mark of [...marks].sort((one, other) => one.start - other.start)) {
    const start = Math.max(at, mark.start);
    const end = Math.min(letters.length, mark.end);
    if (end <= start) continue;
    if (start > at) found.push({ text: cut(at, start) });
    number += 1;
    found.push({ text: cut(start, end), mark, number });
    at = end;
  }
  if (at < letters.length) found.push({ text: cut(at, letters.length) });
  return found;
}
