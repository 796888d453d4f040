/** Rows of an answer: for tables, bars and files. Pure. */

import type { Point, QueryAnswer } from "@/api/hooks";
import { both, equals } from "@/lib/query";

export interface AnswerRow {
  key: string;
  /** The group; of `all others` null values. */
  by: Record<string, string | null>;
  isOther: boolean;
  /** ISO 8601; null when the query has no `every`. */
  time: string | null;
  points: Record<string, Point>;
}

/** One row a group and time, with the point of each measure. */
export function rowsOf(answer: QueryAnswer): AnswerRow[] {
  const rows = new Map<string, AnswerRow>();
  for (const series of answer.series) {
    const group = `${series.other ? "other" : ""}${JSON.stringify(Object.values(series.by))}`;
    for (const point of series.points) {
      const key = `${group}${point.time ?? ""}`;
      const row = rows.get(key) ?? { key, by: series.by, isOther: Boolean(series.other), time: point.time, points: {} };
      row.points[series.measure] = point;
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** Measures of an answer with their units, in the order asked for. */
export function measuresOf(answer: QueryAnswer): { name: string; unit: string }[] {
  const units = new Map(answer.series.map((series) => [series.measure, series.unit]));
  return [...units].map(([name, unit]) => ({ name, unit }));
}

/** What a group is called. */
export function groupName(row: { by: Record<string, string | null>; isOther: boolean }): string {
  if (row.isOther) return "all others";
  return Object.values(row.by)
    .map((value) => value || "(none)")
    .join(" · ");
}

/** The filter that leaves only a group. */
export function whereOf(where: string, row: { by: Record<string, string | null>; isOther: boolean }): string {
  if (row.isOther) return where;
  return both(where, ...Object.entries(row.by).map(([field, value]) => equals(field, value)));
}

/** The answer as CSV (RFC 4180). Text that a spreadsheet would run as a formula is marked as text. */
export function csvOf(answer: QueryAnswer): string {
  const rows = rowsOf(answer);
  const measures = measuresOf(answer);
  const fields = Object.keys(answer.series[0]?.by ?? {});
  const isTimed = rows.some((row) => row.time !== null);
  const head = [
    ...fields,
    ...(isTimed ? ["time"] : []),
    ...measures.flatMap(({ name, unit }) => [
      unit ? `${name} (${unit})` : name,
      `${name} low`,
      `${name} high`,
      `${name} n`,
    ]),
  ];
  const lines = rows.map((row) => [
    ...fields.map((field) => (row.isOther ? "all others" : asText(row.by[field] ?? ""))),
    ...(isTimed ? [row.time ?? ""] : []),
    ...measures.flatMap(({ name }) => {
      const point = row.points[name];
      return [point?.value, point?.low, point?.high, point?.n].map((value) =>
        value === null || value === undefined ? "" : String(value),
      );
    }),
  ]);
  return [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

const asText = (value: string): string => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
const cell = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value);

/** Hands a text to the browser as a file. */
export function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers read the blob only after the click has returned.
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
