/** How many, how slow and how dear over time, for the same filter as the list. Dragging chooses a range. */

import { ActionIcon, SegmentedControl, useComputedColorScheme } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useCallback, useMemo } from "react";
import { useAsk, type QueryAnswer } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { chartSeries, type ChartPoint, type ChartSeries } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { TimeChart } from "@/design/TimeChart";
import { both, type Query } from "@/lib/query";
import { everyFor, spanMs, utcOffset, useZone } from "@/lib/time";
import { toggled, marksOf } from "./conditions";
import type { ChartMode, Level, TracesState } from "./state";
import css from "./traces.module.css";

const HEIGHT = 104;
const MEASURES: Record<ChartMode, Pick<Query, "measure" | "by">> = {
  count: { measure: "count", by: ["status"] },
  latency: { measure: ["latency.p50", "latency.p95"] },
  cost: { measure: "cost.sum" },
};

interface HistogramProps {
  state: TracesState;
  /** The list's rows come first. */
  isReady: boolean;
}

export function Histogram({ state, isReady }: HistogramProps) {
  const { range, asked, chart, level, set, isLive } = state;
  const [isOpen, setOpen] = useLocalStorage({
    key: "nervure.traces.chart",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const zone = useZone();
  const every = everyFor(range, 60);
  const queryOf = useCallback(
    (mode: ChartMode): Query => ({
      ...MEASURES[mode],
      where: scope(asked, mode, level),
      ...range,
      every,
      offset: zone === "UTC" ? "" : utcOffset(),
    }),
    [asked, level, range, every, zone],
  );
  const query = useMemo(() => queryOf(chart), [queryOf, chart]);
  const counted = useMemo(() => queryOf("count"), [queryOf]);
  const isAsked = isOpen && isReady;
  const refetchInterval = isLive ? 10_000 : (false as const);
  const answer = useAsk(isAsked ? query : null, { refetchInterval });
  // Failures stand beside whatever is looked at: few among many, they would not be seen in the same chart.
  const counts = useAsk(isAsked ? counted : null, { refetchInterval });
  const dark = useComputedColorScheme("light") === "dark";
  const calm = dark ? "#5f6b70" : "#8f9a9f";
  const series = useMemo(() => (answer.data ? drawnSeries(answer.data, chart, calm) : []), [answer.data, chart, calm]);
  const failed = useMemo(() => (counts.data ? failures(counts.data) : []), [counts.data]);
  const unit = answer.data?.series[0]?.unit ?? "";
  const pickFailed = (_: ChartSeries, point: ChartPoint) =>
    set({
      from: new Date(point.at).toISOString(),
      to: new Date(point.at + spanMs(every)).toISOString(),
      where: (now) =>
        marksOf(now, "status").get("error") === "include" ? now : toggled(now, "status", "error", "include"),
    });
  return (
    <section className={css.histogram} aria-label="Over time">
      <div className={css.histogramHead}>
        <ActionIcon
          size="sm"
          aria-expanded={isOpen}
          aria-label={isOpen ? "Hide the charts" : "Show the charts"}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <IconChevronUp size={14} /> : <IconChevronDown size={14} />}
        </ActionIcon>
        {isOpen && (
          <>
            <SegmentedControl
              aria-label="What the chart shows"
              value={chart}
              onChange={(next) => set({ chart: next === "count" ? null : next }, { replace: true })}
              data={[
                { value: "count", label: "Spans" },
                { value: "latency", label: "Latency" },
                { value: "cost", label: "Cost" },
              ]}
            />
            <Summary state={state} answer={answer.data} query={query} />
            <span className={css.failedHead}>
              {counts.data && (
                <>
                  <Figure
                    value={total(failed)}
                    unit="spans"
                    query={{ ...counted, where: both(counted.where, 'status = "error"'), by: [], every: undefined }}
                  />{" "}
                  <span className="dim">failed</span>
                </>
              )}
            </span>
          </>
        )}
      </div>
      {isOpen && (
        <div className={css.charts} style={{ minHeight: HEIGHT }}>
          {answer.error && !answer.data && <Failed error={answer.error} again={answer.refetch} />}
          <div className={css.chart} style={{ opacity: answer.isPlaceholderData ? 0.6 : 1 }}>
            {answer.data && (
              <TimeChart
                label={LABELS[chart]}
                series={series}
                unit={unit}
                kind={chart === "latency" ? "line" : "bars"}
                height={HEIGHT}
                legend={false}
                sync="traces"
              />
            )}
          </div>
          <div className={css.failedChart} style={{ opacity: counts.isPlaceholderData ? 0.6 : 1 }}>
            {counts.data && (
              <TimeChart
                label="Failed spans over time"
                series={failed}
                unit="spans"
                kind="bars"
                height={HEIGHT}
                legend={false}
                sync="traces"
                onPick={pickFailed}
              />
            )}
          </div>
        </div>
      )}
    </section>
  );
}

function Summary({ state, answer, query }: { state: TracesState; answer: QueryAnswer | undefined; query: Query }) {
  const { asked, chart, level } = state;
  if (chart === "latency")
    return (
      <span className="dim">{asked || level !== "traces" ? "of matching spans" : "of whole traces"}: p50 and p95</span>
    );
  if (!answer) return null;
  return (
    <span className={`dim num ${css.summary}`}>
      <Figure
        value={total(chartSeries(answer))}
        unit={answer.series[0]?.unit}
        query={{ ...query, by: [], every: undefined }}
      />{" "}
      {chart === "count" ? (asked ? "matching spans" : "spans") : "for calls that have a price"}
    </span>
  );
}

const LABELS: Record<ChartMode, string> = {
  count: "Spans over time",
  latency: "Median and 95th percentile of the duration over time",
  cost: "Cost over time",
};

/** Of whole traces the root's duration tells the latency; through a filter, that of the spans that match. */
function scope(asked: string, chart: ChartMode, level: Level): string {
  return chart === "latency" && level === "traces" && !asked ? "is_root = true" : asked;
}

function total(series: ChartSeries[]): number {
  return series.flatMap((one) => one.points).reduce((sum, point) => sum + (point.value ?? 0), 0);
}

function drawnSeries(answer: QueryAnswer, chart: ChartMode, calm: string): ChartSeries[] {
  const all = chartSeries(answer);
  if (chart === "latency")
    return all.map((one) => ({
      ...one,
      name: one.name.endsWith("p95") ? "p95" : "p50",
      colour: one.name.endsWith("p95") ? "var(--warn)" : "var(--accent)",
    }));
  if (chart === "cost") return all.map((one) => ({ ...one, name: "cost", colour: "var(--accent)" }));
  const sums = new Map<number, number>();
  for (const point of all.flatMap((one) => one.points))
    sums.set(point.at, (sums.get(point.at) ?? 0) + (point.value ?? 0));
  return [{ name: "spans", colour: calm, points: [...sums].map(([at, value]) => ({ at, value })) }];
}

/** Failed spans; a time without any is a zero and not a gap. */
function failures(answer: QueryAnswer): ChartSeries[] {
  const all = chartSeries(answer);
  const times = new Set(all.flatMap((one) => one.points.map((point) => point.at)));
  const held = new Map(
    (all.find((one) => one.by?.status === "error")?.points ?? []).map((point) => [point.at, point.value]),
  );
  return [
    {
      name: "failed",
      colour: "var(--bad)",
      points: [...times].sort((a, b) => a - b).map((at) => ({ at, value: held.get(at) ?? 0 })),
    },
  ];
}
