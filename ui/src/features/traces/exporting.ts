/** Spans out of the store as a file. */

import { apiKey, headers, problemOf, projectName } from "@/api/client";
import { literal } from "@/lib/query";
import type { Range } from "@/lib/time";
import { isSpan, type Row } from "./rows";

export type Format = "otlp" | "parquet";

const FILES: Record<Format, string> = { otlp: "spans.otlp.jsonl", parquet: "spans.parquet" };
/** A filter has at most 20,000 characters: so many ids fit. */
export const MOST_SELECTED = 400;

/** The filter that means exactly these rows: whole traces, or single spans. */
export function whereOf(rows: Row[]): string {
  const listed = (ids: string[]) => [...new Set(ids)].map(literal).join(", ");
  const traces = `trace_id in (${listed(rows.map((row) => row.trace_id))})`;
  const spans = rows.filter(isSpan);
  return spans.length > 0 ? `span_id in (${listed(spans.map((row) => row.span_id))}) and ${traces}` : traces;
}

/** When what these rows are happened, with what came after: narrows where the store looks. */
export function rangeOf(rows: Row[]): Range {
  const starts = rows.map((row) => row.start).sort();
  const ends = rows.map((row) => row.end).sort();
  const last = new Date(Date.parse((ends.at(-1) ?? "").replace(/(\.\d{3})\d+/, "$1")) + 1000);
  return { from: starts[0] ?? "", to: last.toISOString() };
}

/** Downloads what a filter finds. Throws Problem. */
export async function download(where: string, range: Range, format: Format): Promise<void> {
  const query = new URLSearchParams({ where, from: range.from, to: range.to, format });
  if (!apiKey()) {
    // The browser writes it to disk as it comes, however large it is.
    if (projectName()) query.set("project", projectName());
    save(`/api/v1/export?${query}`, FILES[format]);
    return;
  }
  // A link cannot carry a key.
  const response = await fetch(`/api/v1/export?${query}`, { headers: headers() });
  if (!response.ok) throw await problemOf(response);
  const held = URL.createObjectURL(await response.blob());
  save(held, FILES[format]);
  setTimeout(() => URL.revokeObjectURL(held), 60_000);
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
