/** What is told about the turns of a session. Pure. */

import type { Schemas } from "@/api/hooks";

export type Turn = Schemas["TurnAnswer"];
export type Score = Schemas["Score"];

/** From so long a silence on, a divider stands between two turns, ms. */
export const SILENCE_MS = 60_000;
export const THUMBS = "thumbs";
export const COMMENT = "comment";

/** Scores of one name: the mean of those with a number, and how many there are. */
export interface Judged {
  name: string;
  mean: number | null;
  isShare: boolean;
  n: number;
}

/** By name in order, what scores say on average. Comments judge nothing. */
export function judged(scores: Score[]): Judged[] {
  const names = [...new Set(scores.map((score) => score.name))].filter((name) => name !== COMMENT).sort();
  return names.map((name) => {
    const found = scores.filter((score) => score.name === name);
    const values = found.map((score) => score.value).filter((value): value is number => typeof value === "number");
    const mean = values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
    return { name, mean, isShare: found.every((score) => score.data_type === "boolean"), n: found.length };
  });
}

/** Whether a turn went wrong as far as its user could see: its root failed, or it failed and answered nothing. */
export function hasFailed(turn: Turn): boolean {
  return turn.root_status === "error" || (turn.error_count > 0 && turn.output === null);
}

/** The person's own thumb, if they gave one: true up, false down. */
export function thumbOf(scores: Score[]): Score | undefined {
  return scores
    .filter((score) => score.name === THUMBS && score.source === "human" && score.target_type !== "span")
    .at(-1);
}

/** The body that stores a judgement; a second one replaces the first. */
export function ratingOf(target: Target, value: boolean, explanation: string, before?: Score) {
  return {
    ...target,
    name: THUMBS,
    value,
    data_type: "boolean" as const,
    explanation,
    source: "human" as const,
    ...(before ? { id: before.id, revision: before.revision + 1 } : {}),
  };
}

export interface Target {
  target_type: "trace" | "session";
  target_id: string;
}
