/** What the page shows, as its address holds it. */

import { useCallback, useMemo } from "react";
import { useParam, useRange, useSetParams, useWhere } from "@/lib/address";
import { both, literal } from "@/lib/query";
import type { Sorting } from "@/design/column";

/** What a row is: a whole trace, a call of a model, or any span. */
export type Level = "traces" | "calls" | "spans";
export type ChartMode = "count" | "latency" | "cost";

const LEVELS: readonly string[] = ["traces", "calls", "spans"];
const CHARTS: readonly string[] = ["count", "latency", "cost"];
/** Column and the API's order for it, largest first; the API orders by nothing else. */
const ORDERS: Record<string, string> = {
  duration: "duration",
  cost: "cost",
  tokens: "tokens",
  errors: "errors",
  spans: "spans",
};
const OF_TRACES_ONLY = new Set(["errors", "spans"]);

/** The filter the API is asked with: what is typed, the words searched for, and what the level means. */
export function askedWhere(where: string, words: string, level: Level): string {
  return both(level === "calls" && 'kind = "llm"', words && literal(words), where);
}

export function useTracesState() {
  const [range, setRange] = useRange();
  const [where, setWhere] = useWhere();
  const [words] = useParam("q");
  const [levelText] = useParam("level", "traces");
  const [orderText] = useParam("order", "newest");
  const [chartText] = useParam("chart", "count");
  const [live] = useParam("live");
  const [peek] = useParam("peek");
  const [span] = useParam("span");
  const set = useSetParams();
  const level = (LEVELS.includes(levelText) ? levelText : "traces") as Level;
  const isKnown =
    orderText === "oldest" || (orderText in ORDERS && (level === "traces" || !OF_TRACES_ONLY.has(orderText)));
  const order = isKnown ? orderText : "newest";
  const asked = useMemo(() => askedWhere(where, words, level), [where, words, level]);
  // Live rows come at the end of time only, and stand on top only in the order of time.
  const mayLive = range.to === "now" && order === "newest";

  return {
    range,
    setRange,
    where,
    setWhere,
    words,
    level,
    order,
    asked,
    chart: (CHARTS.includes(chartText) ? chartText : "count") as ChartMode,
    isLive: live === "1" && mayLive,
    peek,
    span,
    set,
    setLevel: useCallback(
      (next: Level) => set({ level: next === "traces" ? null : next, peek: null, span: null, order: null }),
      [set],
    ),
    setLive: useCallback(
      (isOn: boolean) =>
        // What goes live shows the present.
        set(
          isOn ? { live: "1", order: null, ...(range.to === "now" ? {} : { from: "-1h", to: "now" }) } : { live: null },
        ),
      [set, range.to],
    ),
    /** Opens a row beside the table; moving from row to row leaves no trail in the history. */
    setPeek: useCallback(
      (trace: string | null, spanId: string | null, isMove: boolean) =>
        set({ peek: trace, span: spanId }, { replace: isMove }),
      [set],
    ),
  };
}

export type TracesState = ReturnType<typeof useTracesState>;

/** The column a list of that order is sorted by. */
export function sortingOf(order: string): Sorting {
  if (order === "newest" || order === "oldest") return { column: "start", desc: order === "newest" };
  return { column: order, desc: true };
}

/** The order a click on a column means, "" for the usual one. */
export function orderOf(sorting: Sorting | null): string {
  if (!sorting) return "";
  if (sorting.column === "start") return sorting.desc ? "" : "oldest";
  return sorting.desc ? (ORDERS[sorting.column] ?? "") : "";
}
