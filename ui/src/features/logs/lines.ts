/** What is told about lines of a log. Pure. */

import type { Schemas } from "@/api/hooks";
import { both, equals, literal } from "@/lib/query";

export type Line = Schemas["Log"];

/** From the worst on; the same names as the field `level` of the API. */
export const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "unset"] as const;
export type Level = (typeof LEVELS)[number];

export const COLOURS: Record<Level, string> = {
  fatal: "var(--kind-guardrail)",
  error: "var(--bad)",
  warn: "var(--warn)",
  info: "var(--accent)",
  debug: "var(--kind-other)",
  trace: "var(--kind-workflow)",
  unset: "var(--mantine-color-default-border)",
};

/** Words of a level are coloured only where they ask for attention. */
export const INKS: Partial<Record<Level, string>> = { fatal: COLOURS.fatal, error: COLOURS.error, warn: COLOURS.warn };

const FLOORS: [number, Level][] = [
  [21, "fatal"],
  [17, "error"],
  [13, "warn"],
  [9, "info"],
  [5, "debug"],
  [1, "trace"],
];
const WORDS: Record<string, Level> = {
  fatal: "fatal", critical: "fatal", emergency: "fatal", alert: "fatal", panic: "fatal",
  error: "error", err: "error", severe: "error",
  warn: "warn", warning: "warn",
  info: "info", information: "info", notice: "info",
  debug: "debug", fine: "debug",
  trace: "trace", verbose: "trace", finest: "trace",
}; // prettier-ignore

/** Severity by the ranges of its number; of senders without numbers, by its word. */
export function levelOf(line: Pick<Line, "severity" | "severity_text">): Level {
  const found = FLOORS.find(([floor]) => line.severity >= floor);
  return found?.[1] ?? WORDS[line.severity_text.toLowerCase()] ?? "unset";
}

/** What a line says in one line: its body, or for an event without one its name and attributes. */
export function textOf(line: Pick<Line, "body" | "event_name" | "attributes">): string {
  const { body } = line;
  if (typeof body === "string" && body) return body;
  if (body !== null && body !== undefined && body !== "") return JSON.stringify(body);
  const attributes = Object.entries(line.attributes ?? {}).map(([key, value]) => `${key}=${shown(value)}`);
  return [line.event_name, ...attributes].filter(Boolean).join("  ");
}

/** A value of an attribute as text. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The filter the API is asked with: what is typed, the words searched for, and the trace looked at. */
export function askedWhere(where: string, words: string, trace: string): string {
  return both(trace && equals("trace_id", trace), words && literal(words), where);
}

/** Newer lines before those there are, newest first, none twice; at most `most`. */
export function merged(fresh: Line[], held: Line[], most: number): Line[] {
  const known = new Set(held.map(keyOf));
  const added = fresh.filter((line) => !known.has(keyOf(line)));
  return added.length ? [...added, ...held].slice(0, most) : held;
}

/** The same record sent twice is one line. */
export function keyOf(line: Pick<Line, "time" | "id">): string {
  return `${line.time}/${line.id}`;
}

/** A range of so many seconds to either side of a moment. */
export function around(time: string, seconds: number): { from: string; to: string } {
  const at = Date.parse(time.replace(/(\.\d{3})\d+/, "$1"));
  return { from: new Date(at - seconds * 1000).toISOString(), to: new Date(at + seconds * 1000 + 1).toISOString() };
}
