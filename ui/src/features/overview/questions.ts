/** What the overview asks. */

import { useMemo } from "react";
import { useAsk, type Point, type QueryAnswer } from "@/api/hooks";
import { useRange } from "@/lib/address";
import type { Query } from "@/lib/query";
import { everyFor, millisOf, previous, utcOffset, type Range } from "@/lib/time";

export const CALLS = 'kind = "llm"';
export const MODEL_CALLS = 'kind in ("llm", "embedding", "reranker") and model exists';
// An overview is left open on a wall: it follows the clock while its range ends now.
export const REFRESH_MS = 60_000;

const ALL = ["traces", "traces.error_rate", "tokens.total", "cost.sum", "cost.avg"];
const OF_CALLS = ["latency.p95", "ttft.p95"];

/** The page's range, the one before it, and the width of points in charts. */
export interface Frame {
  range: Range;
  before: Range;
  every: string;
  lengthMs: number;
  refetchInterval: number | false;
}

export function useFrame(): Frame {
  const [range] = useRange();
  return useMemo(() => {
    const now = new Date();
    return {
      range,
      before: previous(range, now),
      every: everyFor(range, 48, now),
      lengthMs: millisOf(range.to, now) - millisOf(range.from, now),
      refetchInterval: range.to === "now" ? REFRESH_MS : false,
    };
  }, [range]);
}

export function inRange(range: Range, rest: Omit<Query, "from" | "to">): Query {
  return { ...rest, from: range.from, to: range.to };
}

/** One headline number: now, before and over time. */
export interface Headline {
  query: Query;
  now: Point | undefined;
  before: Point | undefined;
  over: (number | null)[];
  unit: string;
}

/** The headline numbers by measure, in one request. */
export function useHeadlines(frame: Frame) {
  const { range, before, every } = frame;
  const queries = useMemo(() => {
    const both = (rest: Omit<Query, "from" | "to">): Query[] => [
      inRange(range, rest),
      inRange(before, rest),
      inRange(range, { ...rest, every, offset: utcOffset() }),
    ];
    return [...both({ measure: ALL }), ...both({ measure: OF_CALLS, where: CALLS })];
  }, [range, before, every]);
  const asked = useAsk(queries, { refetchInterval: frame.refetchInterval });
  const found = useMemo(() => (asked.data ? headlines(queries, asked.data) : undefined), [queries, asked.data]);
  return { ...asked, data: found };
}

function headlines(queries: Query[], answers: QueryAnswer[]): Record<string, Headline> {
  const made: Record<string, Headline> = {};
  for (let at = 0; at + 2 < answers.length; at += 3) {
    const [now, before, over] = [answers[at]!, answers[at + 1]!, answers[at + 2]!];
    for (const series of now.series) {
      const like = (answer: QueryAnswer) => answer.series.find((one) => one.measure === series.measure);
      made[series.measure] = {
        query: { ...queries[at]!, measure: series.measure },
        now: series.points[0],
        before: like(before)?.points[0],
        over: like(over)?.points.map((point) => point.value) ?? [],
        unit: series.unit,
      };
    }
  }
  return made;
}

/** Answers of several measures grouped by fields, a row for each group. */
export interface Row {
  by: Record<string, string | null>;
  isOther: boolean;
  points: Record<string, Point | undefined>;
}

export function rowsOf(answer: QueryAnswer | undefined): Row[] {
  const rows = new Map<string, Row>();
  for (const series of answer?.series ?? []) {
    const isOther = series.other ?? false;
    const key = isOther ? "\0other" : Object.values(series.by).join("\0");
    const row = rows.get(key) ?? { by: series.by, isOther, points: {} };
    row.points[series.measure] = series.points[0];
    rows.set(key, row);
  }
  return [...rows.values()];
}

export function valueOf(row: Row, measure: string): number | null {
  return row.points[measure]?.value ?? null;
}
