/** Scores of what is listed: asked for after the rows are there, a page at a time. */

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { literal } from "@/lib/query";
import { millis } from "@/lib/time";
import { projectName } from "./client";
import { ask, useGet, type QueryAnswer } from "./hooks";

/** Mean value by name of score, by trace or session. */
export type Scores = Map<string, Map<string, number>>;

/** What is listed: its id, and when it was. */
export interface Listed {
  key: string;
  start: string;
  end: string;
}

// A filter has at most 20,000 characters, and applications choose the ids of sessions.
const AT_ONCE = { trace_id: 100, session: 50 };
const MOST_NAMES = 4;
const PLAIN = /^[\w.-]+$/;

/** Names of scores given lately, the most frequent first. */
export function useScoreNames(isWanted = true): string[] {
  const recent = useGet("/api/v1/scores", { query: { limit: 200 } }, { staleTime: 300_000, enabled: isWanted });
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { name } of recent.data?.items ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  }, [recent.data]);
}

/** Means of the scores of what each trace, or the traces of each session, did. rows: memoised. */
export function useScores(field: "trace_id" | "session", rows: Listed[], isWanted: boolean): Scores {
  const names = useScoreNames(isWanted);
  const size = AT_ONCE[field];
  const chunks = useMemo(() => {
    // Whole chunks stay the same while more rows come; in between, only the last is asked for anew.
    const once = [...new Map(rows.map((row) => [row.key, row])).values()];
    return Array.from({ length: Math.ceil(once.length / size) }, (_, at) => once.slice(at * size, (at + 1) * size));
  }, [rows, size]);
  const asked = names.filter((name) => PLAIN.test(name)).slice(0, MOST_NAMES);
  return useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ["scores-of", field, chunk[0]?.key, chunk.length, chunk.at(-1)?.key, asked, projectName()],
      enabled: isWanted && asked.length > 0,
      staleTime: 60_000,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask(
          {
            measure: asked.map((name) => `score:${name}.mean`),
            by: [field],
            where: `${field} in (${chunk.map((row) => literal(row.key)).join(", ")})`,
            from: new Date(Math.min(...chunk.map((row) => millis(row.start))) - 60_000).toISOString(),
            to: new Date(Math.max(...chunk.map((row) => millis(row.end))) + 60_000).toISOString(),
            limit: size,
          },
          signal,
        ),
    })),
    combine: field === "session" ? bySession : byTrace,
  });
}

const byTrace = (answers: { data?: QueryAnswer }[]) => gathered(answers, "trace_id");
const bySession = (answers: { data?: QueryAnswer }[]) => gathered(answers, "session");

function gathered(answers: { data?: QueryAnswer }[], field: "trace_id" | "session"): Scores {
  const made: Scores = new Map();
  for (const series of answers.flatMap((answer) => answer.data?.series ?? [])) {
    const key = series.by[field];
    const value = series.points[0]?.value;
    if (!key || value === null || value === undefined) continue;
    const name = series.measure.replace(/^score:/, "").replace(/\.mean$/, "");
    made.set(key, (made.get(key) ?? new Map<string, number>()).set(name, value));
  }
  return made;
}
