/** Which metrics are looked at, how they are added up and split: as the address holds it, and as queries. Pure. */

import type { Schemas } from "@/api/hooks";
import type { Query } from "@/lib/query";
import { fieldName } from "@/lib/query";
import type { Range } from "@/lib/time";

export type Metric = Schemas["MetricAnswer"];

/** A metric that is looked at. how, by: "" for what suits its type, and unsplit. */
export interface Pick {
  name: string;
  how: string;
  by: string;
}

const BETWEEN = "~";

/** "name~how~by,name" as picks; names of OpenTelemetry metrics hold neither comma nor tilde. */
export function picksOf(text: string): Pick[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((one) => {
      const [name = "", how = "", by = ""] = one.split(BETWEEN);
      return { name, how, by };
    });
}

export function textOf(picks: Pick[]): string {
  return picks.map(({ name, how, by }) => [name, how, by].join(BETWEEN).replace(/~+$/, "")).join(",");
}

export interface How {
  /** Suffixes of the measure; more than one for quantiles. */
  measures: string[];
  label: string;
  /** Unit of the answer given the metric's own. */
  unit: (own: string) => string;
}

const same = (own: string) => own;
const HOWS: Record<string, How> = {
  quantiles: { measures: ["p50", "p95", "p99"], label: "p50, p95, p99", unit: same },
  avg: { measures: ["avg"], label: "mean", unit: same },
  p50: { measures: ["p50"], label: "p50", unit: same },
  p95: { measures: ["p95"], label: "p95", unit: same },
  p99: { measures: ["p99"], label: "p99", unit: same },
  max: { measures: ["max"], label: "maximum", unit: same },
  min: { measures: ["min"], label: "minimum", unit: same },
  sum: { measures: ["sum"], label: "sum", unit: same },
  rate: { measures: ["rate"], label: "per second", unit: (own) => `${plain(own)}/s` },
  count: { measures: ["count"], label: "count", unit: () => "count" },
};

function plain(unit: string): string {
  return unit === "1" ? "" : unit.replace(/[{}]/g, "");
}

/** What can be asked of a metric of this type, what suits it best first. */
export function howsOf(metric: Only<Metric, "type" | "is_monotonic">): string[] {
  if (metric.type.includes("histogram")) return ["quantiles", "p95", "p50", "p99", "avg", "count", "rate", "sum"];
  if (metric.type === "sum" && metric.is_monotonic) return ["sum", "rate"];
  if (metric.type === "summary") return ["count", "sum"];
  return ["avg", "max", "min", "p95", "sum"];
}

type Only<T, K extends keyof T> = { [P in K]: T[P] };

/** How a pick is added up: as chosen if its type allows, else what suits it. Split, quantiles would be too many lines. */
export function howOf(pick: Pick, metric: Metric): { key: string; how: How } {
  const allowed = howsOf(metric);
  const wanted = allowed.includes(pick.how) ? pick.how : allowed[0]!;
  const key = wanted === "quantiles" && pick.by ? "p95" : wanted;
  return { key, how: HOWS[key]! };
}

export function howLabel(key: string): string {
  return HOWS[key]!.label;
}

/** The unit numbers of a metric are shown in: shares as percent where the conventions say that it is one. */
export function unitOf(metric: Metric, how: How, key: string): string {
  if (key === "rate" && metric.type.includes("histogram")) return "1/s";
  const own = metric.unit === "1" && /\.utilization$|_ratio$/.test(metric.name) ? "ratio" : metric.unit;
  return how.unit(own);
}

/** The Query of a pick. by: a label, or one of the fields every metric has. */
export function queryOf(pick: Pick, metric: Metric, range: Range, every: string, where: string, limit = 10): Query {
  const { how } = howOf(pick, metric);
  const measures = how.measures.map((suffix) => `metric:${pick.name}.${suffix}`);
  return {
    measure: measures.length === 1 ? measures[0]! : measures,
    where,
    by: pick.by ? [splitField(pick.by)] : [],
    every,
    ...range,
    limit,
  };
}

const OWN = ["service", "environment"];

/** Labels are attributes of points; service and environment are fields of their own. */
function splitField(by: string): string {
  return OWN.includes(by) ? by : fieldName(`attr["${by.replace(/["\\]/g, "\\$&")}"]`);
}

/** What a metric can be split by. */
export function splitsOf(metric: Metric): string[] {
  return [...metric.labels, ...(metric.services.length > 1 ? OWN : [])];
}

/** "metric:a.b.p95" is called p95; of a split, the group says it all. */
export function lineName(name: string): string {
  return name.replace(/^metric:.*\.(p50|p95|p99|avg|sum|rate|min|max|count)(?= · |$)/, "$1");
}
