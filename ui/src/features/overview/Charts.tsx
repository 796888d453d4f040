import { useCallback, useMemo } from "react";
import { useNavigate } from "react-router";
import { useAsk } from "@/api/hooks";
import { Async } from "@/design/Async";
import { chartSeries, type ChartPoint, type ChartSeries } from "@/design/chartData";
import type { ChartKind } from "@/design/chartOptions";
import { Panel } from "@/design/PageFrame";
import { TimeChart, type Marker } from "@/design/TimeChart";
import { links } from "@/lib/links";
import { both, equals, type Query } from "@/lib/query";
import { everyFor, spanMs, utcOffset } from "@/lib/time";
import { CALLS, inRange, MODEL_CALLS, type Frame } from "./questions";
import css from "./overview.module.css";

interface Told {
  title: string;
  about: string;
  query: Omit<Query, "from" | "to">;
  kind: ChartKind;
  unit: string;
  intervals?: boolean;
  /** Points over the range; fewer where each needs many observations to say anything. */
  points?: number;
  /** Filter of what a click on a point leads to, and whether to its spans. */
  where: string;
  level: "traces" | "spans";
  colour?: string;
}

const TOLD: Told[] = [
  {
    title: "Requests",
    about: "by service",
    query: { measure: "traces", by: ["service"], limit: 7 },
    kind: "bars",
    unit: "",
    where: "",
    level: "traces",
  },
  {
    title: "Failed requests",
    about: "share, with its 95 % interval",
    query: { measure: "traces.error_rate" },
    kind: "line",
    unit: "ratio",
    intervals: true,
    points: 20,
    where: 'status = "error"',
    level: "spans",
    colour: "var(--bad)",
  },
  {
    title: "Call latency",
    about: "LLM calls, p50 and p95",
    query: { measure: ["latency.p50", "latency.p95"], where: CALLS },
    kind: "line",
    unit: "ms",
    where: CALLS,
    level: "spans",
  },
  {
    title: "Cost",
    about: "by model",
    query: { measure: "cost.sum", by: ["model"], where: MODEL_CALLS, limit: 7 },
    kind: "bars",
    unit: "USD",
    where: MODEL_CALLS,
    level: "spans",
  },
];

const NAMES: Record<string, string> = { "latency.p50": "p50", "latency.p95": "p95" };

/** Traffic, failures, latency and money over the range, with what was changed on their time axes. */
export function Charts({ frame, markers }: { frame: Frame; markers: Marker[] }) {
  return (
    <div className={css.grid}>
      {TOLD.map((told) => (
        <OneChart key={told.title} told={told} frame={frame} markers={markers} />
      ))}
    </div>
  );
}

function OneChart({ told, frame, markers }: { told: Told; frame: Frame; markers: Marker[] }) {
  const { range } = frame;
  const every = useMemo(() => everyFor(range, told.points ?? 48), [range, told.points]);
  const navigate = useNavigate();
  const query = useMemo(() => inRange(range, { ...told.query, every, offset: utcOffset() }), [range, every, told]);
  const asked = useAsk(query, { refetchInterval: frame.refetchInterval });
  const onPick = useCallback(
    (series: ChartSeries, point: ChartPoint) => {
      const group = Object.entries(series.by ?? {})
        .filter(([, value]) => value !== null)
        .map(([field, value]) => equals(field, value));
      const [from, to] = [point.at, point.at + spanMs(every)].map((at) => new Date(at).toISOString());
      void navigate(links.traces({ where: both(told.where, ...group), level: told.level, from, to }));
    },
    [navigate, told, every],
  );
  const series = useMemo(() => {
    const made = asked.data ? chartSeries(asked.data) : [];
    return made.map((one) => ({
      ...one,
      name: told.query.by ? one.name : (NAMES[one.name] ?? told.title),
      colour: told.colour ?? one.colour,
    }));
  }, [asked.data, told]);
  return (
    <Panel title={told.title} about={told.about}>
      <Async of={asked} height={190}>
        {() => (
          <TimeChart
            label={`${told.title} ${told.about}`}
            series={series}
            kind={told.kind}
            unit={told.unit}
            intervals={told.intervals}
            markers={markers}
            height={150}
            sync="overview"
            onPick={onPick}
          />
        )}
      </Async>
    </Panel>
  );
}
