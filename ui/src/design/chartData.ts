/** From answers of the API to what a chart draws. Pure. */

import type { QueryAnswer, Series } from "@/api/hooks";
import { millis } from "@/lib/time";

export interface ChartPoint {
  /** ms since the epoch. */
  at: number;
  value: number | null;
  low?: number | null;
  high?: number | null;
  n?: number;
}

export interface ChartSeries {
  name: string;
  points: ChartPoint[];
  /** A CSS colour or variable; by default the next of the palette. */
  colour?: string;
  dashed?: boolean;
  /** The group it stands for, for links. */
  by?: Record<string, string | null>;
}

/** "gpt-4o · eu", or the measure when nothing was grouped by. */
export function seriesName(series: Series, withMeasure = false): string {
  const values = Object.values(series.by);
  const group = series.other
    ? "all others"
    : values.map((value) => (value === null || value === "" ? "(none)" : value)).join(" · ");
  if (!group) return series.measure;
  return withMeasure ? `${series.measure} · ${group}` : group;
}

/** The series of an answer. measure: only of this one. */
export function chartSeries(answer: QueryAnswer, measure?: string): ChartSeries[] {
  const chosen = answer.series.filter((series) => !measure || series.measure === measure);
  const isSeveral = new Set(chosen.map((series) => series.measure)).size > 1;
  return chosen.map((series) => ({
    name: seriesName(series, isSeveral),
    by: series.by,
    // What is summed up is quieter than what is named.
    ...(series.other ? { colour: "var(--kind-other)" } : {}),
    points: series.points.map((point) => ({
      at: millis(point.time),
      value: point.value,
      low: point.low,
      high: point.high,
      n: point.n,
    })),
  }));
}

/** The one number of an answer without `every`; null when there is not enough data. */
export function single(
  answer: QueryAnswer | undefined,
  measure?: string,
): { value: number | null; low: number | null; high: number | null; n: number } {
  const series = answer?.series.find((one) => !measure || one.measure === measure);
  const point = series?.points[0];
  return { value: point?.value ?? null, low: point?.low ?? null, high: point?.high ?? null, n: point?.n ?? 0 };
}

/** Times of all series, in order, and each series' values at them. */
export function aligned(series: ChartSeries[]): { times: number[]; rows: (ChartPoint | undefined)[][] } {
  const times = [...new Set(series.flatMap((one) => one.points.map((point) => point.at)))].sort((a, b) => a - b);
  const rows = series.map((one) => {
    const at = new Map(one.points.map((point) => [point.at, point]));
    return times.map((time) => at.get(time));
  });
  return { times, rows };
}

/** Running sums over the series at each time: what a stacked chart draws. */
export function stacked(rows: (ChartPoint | undefined)[][]): (number | null)[][] {
  const sums: number[] = [];
  return rows.map((row) =>
    row.map((point, index) => {
      sums[index] = (sums[index] ?? 0) + (point?.value ?? 0);
      return sums[index];
    }),
  );
}
