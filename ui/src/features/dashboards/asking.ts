/** What a widget asks, in a range and with the values chosen. Pure. */

import type { ChartKind } from "@/design/chartOptions";
import type { Query } from "@/lib/query";
import { previous, type Range } from "@/lib/time";
import { draftOf, queryOf } from "../explore/draft";
import type { Spec, Widget } from "./spec";
import { fill, fillFields, type Values } from "./template";

export type Asking = Pick<Widget, "kind" | "queries"> & { width: number };

/** The queries of a widget. Throws TemplateError for a filter that cannot be filled. */
export function askedBy(asking: Asking, variables: Spec["variables"], values: Values, range: Range): Query[] {
  const { kind, queries, width } = asking;
  const isTimed = kind === "timeseries" || kind === "heatmap";
  return queries.map(({ query }) => {
    const draft = draftOf(query);
    const own = { from: text(query.from) || range.from, to: text(query.to) || range.to };
    const every = isTimed ? draft.every || "auto" : "";
    const where = fill(draft.where, variables, values).text;
    const points = kind === "heatmap" ? 48 : width <= 4 ? 45 : 90;
    return queryOf({ ...draft, where, by: fillFields(draft.by, values), every }, own, points);
  });
}

/** All that a stat shows: the number, its course, and the number of the period before. */
export function askedByStat(query: Query, isCompared: boolean): Query[] {
  const range = { from: query.from, to: query.to };
  const course = queryOf({ ...draftOf(query as unknown as Record<string, unknown>), every: "auto" }, range, 40);
  return [query, course, ...(isCompared ? [{ ...query, ...before(range) }] : [])];
}

/** The period before. Of a range that moves with the clock it moves too, however long the page stays open. */
export function before(range: Range): Range {
  const moving = /^-(\d+)(s|m|h|d|w)$/.exec(range.from);
  if (!moving || range.to !== "now") return previous(range);
  return { from: `-${2 * Number(moving[1])}${moving[2]}`, to: range.from };
}

export function chartKind(draw: Widget["draw"]): ChartKind {
  return draw === "bar" ? "bars" : draw;
}

/** Which threshold a value has passed, the worst first. */
export function passed(widget: Widget, value: number | null): "warning" | "critical" | null {
  if (value === null) return null;
  const reached = widget.thresholds.filter((one) => (one.when === "below" ? value <= one.value : value >= one.value));
  return reached.some((one) => one.level === "critical") ? "critical" : reached.length > 0 ? "warning" : null;
}

/** Whether more of a measure is good or bad. */
export function meaningOf(measure: string): "good" | "bad" | "neutral" {
  if (/^(error_rate|latency|ttft|cost)/.test(measure) || /error/.test(measure)) return "bad";
  if (/^(score:|tokens_per_second|documents\.score)/.test(measure)) return "good";
  return "neutral";
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
