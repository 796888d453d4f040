import { useMemo } from "react";
import type { QueryAnswer } from "@/api/hooks";
import { chartSeries, type ChartPoint, type ChartSeries } from "@/design/chartData";
import type { ChartKind } from "@/design/chartOptions";
import { TimeChart, type Marker } from "@/design/TimeChart";
import type { Range } from "@/lib/time";
import { measuresOf } from "./answer";

interface ChartProps {
  answers: { answer: QueryAnswer; label?: string }[];
  label: string;
  kind?: ChartKind;
  unit?: string;
  height: number;
  range?: Range;
  markers?: Marker[];
  intervals?: boolean;
  sync?: string;
  /** Levels drawn as dashed lines where the values come near them; only of lines. */
  levels?: { name: string; value: number; colour: string }[];
  onPick?: (series: DrawnSeries, point: ChartPoint) => void;
}

/** answer: which of the answers it is of. */
export interface DrawnSeries extends ChartSeries {
  answer: number;
  isOther: boolean;
}

interface Drawn {
  unit: string;
  series: DrawnSeries[];
}

// A level far above all values would press them to the ground.
const NEAR = 2.5;

/** Answers over time. Measures of different units do not share an axis: each unit has a chart, one below the other. */
export function AnswerChart({
  answers,
  label,
  kind = "line",
  unit = "",
  height,
  levels = [],
  onPick,
  ...rest
}: ChartProps) {
  const charts = useMemo(() => byUnit(answers, unit), [answers, unit]);
  const each = Math.max(80, height / Math.max(1, charts.length));
  return (
    <>
      {charts.map((chart) => {
        const hasLegend = chart.series.length > 1 || answers.length > 1;
        return (
          <TimeChart
            key={chart.unit}
            label={charts.length > 1 ? `${label} (${chart.unit || "count"})` : label}
            series={kind === "line" ? [...chart.series, ...near(chart.series, levels)] : chart.series}
            unit={chart.unit}
            kind={kind}
            height={Math.max(60, each - (hasLegend ? 30 : 4))}
            legend={hasLegend}
            onPick={
              onPick &&
              ((series, point) => {
                const found = chart.series.find((one) => one.name === series.name);
                if (found) onPick(found, point);
              })
            }
            {...rest}
            intervals={rest.intervals && chart.series.length <= 3}
          />
        );
      })}
    </>
  );
}

function byUnit(answers: ChartProps["answers"], unit: string): Drawn[] {
  const charts = new Map<string, Drawn>();
  const taken = new Set<string>();
  const several = answers.length > 1;
  answers.forEach(({ answer, label }, index) => {
    for (const measure of measuresOf(answer)) {
      const shown = unit || measure.unit;
      const chart = charts.get(shown) ?? { unit: shown, series: [] };
      charts.set(shown, chart);
      const isOneOfSeveral = measuresOf(answer).length > 1;
      const others = answer.series.filter((one) => one.measure === measure.name).map((one) => Boolean(one.other));
      for (const [place, one] of chartSeries(answer, measure.name).entries()) {
        const own = isOneOfSeveral && one.name !== measure.name ? `${measure.name} · ${one.name}` : one.name;
        const named = several && label ? (own === measure.name ? label : `${label} · ${own}`) : own;
        // Two queries may ask for the same: the chart tells its series apart by their names.
        let name = named;
        for (let copy = 2; taken.has(name); copy += 1) name = `${named} (${copy})`;
        taken.add(name);
        chart.series.push({ ...one, name, answer: index, isOther: others[place] ?? false });
      }
    }
  });
  return [...charts.values()];
}

function near(series: DrawnSeries[], levels: NonNullable<ChartProps["levels"]>): ChartSeries[] {
  const points = series.flatMap((one) => one.points);
  const most = Math.max(0, ...points.map((point) => point.high ?? point.value ?? 0));
  const times = [...new Set(points.map((point) => point.at))];
  return levels
    .filter((level) => level.value <= most * NEAR)
    .map(({ name, value, colour }) => ({ name, colour, dashed: true, points: times.map((at) => ({ at, value })) }));
}
