/** How many, how slow and how dear over time, for the same filter as the list. Dragging chooses a range. */

import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useMemo } from "react";
import { useAsk, type QueryAnswer } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { chartSeries, type ChartSeries } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { TimeChart } from "@/design/TimeChart";
import { both, type Query } from "@/lib/query";
import { everyFor, utcOffset, useZone } from "@/lib/time";
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
  const query = useMemo(
    (): Query => ({
      ...MEASURES[chart],
      where: scope(asked, chart, level),
      ...range,
      every: everyFor(range, 72),
      offset: zone === "UTC" ? "" : utcOffset(),
    }),
    [asked, chart, level, range, zone],
  );
  const answer = useAsk(isOpen && isReady ? query : null, { refetchInterval: isLive ? 10_000 : false });
  const series = useMemo(() => (answer.data ? drawnSeries(answer.data, chart) : []), [answer.data, chart]);
  const unit = answer.data?.series[0]?.unit ?? "";
  const sum =
    chart === "latency"
      ? null
      : (answer.data?.series ?? [])
          .flatMap((one) => one.points)
          .reduce((total, point) => total + (point.value ?? 0), 0);
  return (
    <section className={css.histogram} aria-label="Over time">
      <div className={css.histogramHead}>
        <ActionIcon
          size="sm"
          aria-expanded={isOpen}
          aria-label={isOpen ? "Hide the chart" : "Show the chart"}
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
            {answer.data && sum !== null && (
              <span className="dim num">
                <Figure value={sum} unit={unit} query={{ ...query, by: [], every: undefined }} />{" "}
                {chart === "count" ? (asked ? "matching spans" : "spans") : "in calls that have a price"}
              </span>
            )}
            {chart === "latency" && (
              <span className="dim">
                {asked || level !== "traces" ? "of matching spans" : "of whole traces"}, p50 and p95
              </span>
            )}
            <Tooltip label="Drag over the chart to look at a part of it">
              <span className={`dim ${css.hint}`}>drag to zoom</span>
            </Tooltip>
          </>
        )}
      </div>
      {isOpen &&
        (answer.error && !answer.data ? (
          <Failed error={answer.error} again={answer.refetch} />
        ) : (
          <div style={{ minHeight: HEIGHT, opacity: answer.isPlaceholderData ? 0.6 : 1 }}>
            {answer.data && (
              <TimeChart
                label={LABELS[chart]}
                series={series}
                unit={unit}
                kind={chart === "latency" ? "line" : "bars"}
                height={HEIGHT}
                legend={false}
              />
            )}
          </div>
        ))}
    </section>
  );
}

const LABELS: Record<ChartMode, string> = {
  count: "Spans over time, failed ones apart",
  latency: "Median and 95th percentile of the duration over time",
  cost: "Cost over time",
};

/** Of whole traces the root's duration tells the latency; through a filter, that of the spans that match. */
function scope(asked: string, chart: ChartMode, level: Level): string {
  return chart === "latency" && level === "traces" && !asked ? both(asked, "is_root = true") : asked;
}

function drawnSeries(answer: QueryAnswer, chart: ChartMode): ChartSeries[] {
  if (chart !== "count") return chartSeries(answer).map((one) => (chart === "cost" ? { ...one, name: "cost" } : one));
  const all = chartSeries(answer);
  const sums = new Map<number, number>();
  for (const point of all.filter((one) => one.by?.status !== "error").flatMap((one) => one.points)) {
    sums.set(point.at, (sums.get(point.at) ?? 0) + (point.value ?? 0));
  }
  const failed = all.find((one) => one.by?.status === "error");
  // Failures stand at the bottom, where their height can be read.
  return [
    ...(failed ? [{ ...failed, name: "error", colour: "var(--bad)" }] : []),
    { name: "ok", colour: "var(--kind-workflow)", points: [...sums].map(([at, value]) => ({ at, value })) },
  ];
}
