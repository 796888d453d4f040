/** Scores of listed traces: asked for after the rows are there, a page at a time. */

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { projectName } from "@/api/client";
import { ask, useGet, type QueryAnswer } from "@/api/hooks";
import { literal } from "@/lib/query";
import { millis } from "@/lib/time";
import type { Row } from "./rows";

/** Mean value by name of score, by trace. */
export type Scores = Map<string, Map<string, number>>;

const AT_ONCE = 100;
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

export function useScores(rows: Row[], isWanted: boolean): Scores {
  const names = useScoreNames(isWanted);
  const chunks = useMemo(() => {
    // Whole chunks stay the same while more rows come; in between, only the last is asked for anew.
    const oldestFirst = [...new Map(rows.map((row) => [row.trace_id, row])).values()];
    return Array.from({ length: Math.ceil(oldestFirst.length / AT_ONCE) }, (_, at) =>
      oldestFirst.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
    );
  }, [rows]);
  const asked = names.filter((name) => PLAIN.test(name)).slice(0, MOST_NAMES);
  return useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ["scores-of", chunk[0]?.trace_id, chunk.length, chunk.at(-1)?.trace_id, asked, projectName()],
      enabled: isWanted && asked.length > 0,
      staleTime: 60_000,
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const starts = chunk.map((row) => millis(row.start));
        return ask(
          {
            measure: asked.map((name) => `score:${name}.mean`),
            by: ["trace_id"],
            where: `trace_id in (${chunk.map((row) => literal(row.trace_id)).join(", ")})`,
            from: new Date(Math.min(...starts) - 60_000).toISOString(),
            to: new Date(Math.max(...starts) + 86_400_000).toISOString(),
            limit: AT_ONCE,
          },
          signal,
        );
      },
    })),
    combine: byTrace,
  });
}

function byTrace(answers: { data?: QueryAnswer }[]): Scores {
  const made: Scores = new Map();
  for (const series of answers.flatMap((answer) => answer.data?.series ?? [])) {
    const trace = series.by.trace_id;
    const value = series.points[0]?.value;
    if (!trace || value === null || value === undefined) continue;
    const name = series.measure.replace(/^score:/, "").replace(/\.mean$/, "");
    made.set(trace, (made.get(trace) ?? new Map<string, number>()).set(name, value));
  }
  return made;
}
