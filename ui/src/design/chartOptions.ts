/** What uPlot is told to draw. */

import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import uPlot from "uplot";
import { SERIES } from "@/app/theme";
import { inUnit, money } from "@/lib/format";
import { stacked, type aligned, type ChartSeries } from "./chartData";

export type ChartKind = "line" | "area" | "bars";

export interface Inks {
  series: string[];
  text: string;
  line: string;
}

/** Colours of the scheme in force. A canvas cannot read CSS variables, so they are resolved here. */
export function useInks(count: number): Inks {
  const scheme = useComputedColorScheme("light");
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const palette = SERIES[scheme];
    return {
      series: Array.from({ length: Math.max(count, palette.length) }, (_, index) => palette[index % palette.length]!),
      text: style.getPropertyValue("--mantine-color-dimmed").trim() || (scheme === "dark" ? "#a0a9ab" : "#5b6368"),
      line: scheme === "dark" ? "#293032" : "#e6e8e7",
    };
  }, [scheme, count]);
}

/** A colour that a canvas understands: variables are looked up. */
function ink(colour: string): string {
  const variable = /^var\((--[^)]+)\)$/.exec(colour);
  return variable ? getComputedStyle(document.documentElement).getPropertyValue(variable[1]!).trim() : colour;
}

function faded(colour: string, alpha: number): string {
  const hex = ink(colour);
  const found = /^#([0-9a-f]{6})$/i.exec(hex);
  return found
    ? `${hex}${Math.round(alpha * 255)
        .toString(16)
        .padStart(2, "0")}`
    : hex;
}

interface What {
  visible: ChartSeries[];
  table: ReturnType<typeof aligned>;
  kind: ChartKind;
  intervals: boolean;
}

interface Look extends What {
  unit: string;
  inks: Inks;
  limits: [number, number];
}

export function drawn({
  visible,
  table,
  unit,
  kind,
  intervals,
  inks,
  limits,
}: Look): Omit<uPlot.Options, "width" | "height"> {
  const isStacked = kind !== "line";
  const isLone = table.times.length === 1;
  const bars = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 });
  const spline = uPlot.paths.linear?.();
  const order = isStacked ? [...visible].reverse() : visible;
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const one of order) {
    const colour = ink(one.colour ?? inks.series[0]!);
    series.push({
      label: one.name,
      stroke: colour,
      width: kind === "bars" ? 0 : 1.6,
      ...(one.dashed ? { dash: [5, 4] } : {}),
      ...(isStacked ? { fill: kind === "bars" ? colour : faded(colour, 0.35) } : {}),
      paths: kind === "bars" ? bars : spline,
      points: { show: isLone ? true : kind === "bars" ? false : undefined, size: 5 },
      spanGaps: false,
    });
  }
  // Each layer is filled down to the one below it: over one another their colours would mix.
  if (kind === "area") for (let layer = 1; layer < order.length; layer++) bands.push({ series: [layer, layer + 1] });
  if (intervals && !isStacked) {
    for (const one of visible) {
      const colour = faded(one.colour ?? inks.series[0]!, 0.14);
      const high = series.push({ stroke: "transparent", width: 0, points: { show: false } }) - 1;
      const low = series.push({ stroke: "transparent", width: 0, points: { show: false } }) - 1;
      bands.push({ series: [high, low], fill: colour });
    }
  }
  // Few observations make wide intervals: those are cut off before they press the values themselves to the ground.
  const values = visible.flatMap((one) => one.points.map((point) => point.value ?? 0));
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const tallest = intervals && !isStacked && most > 0 ? most * 1.8 : Infinity;
  const lowest = intervals && !isStacked ? least * 1.8 : -Infinity;
  const axis = {
    stroke: inks.text,
    grid: { stroke: inks.line, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    legend: { show: false },
    padding: [6, 8, 0, 0],
    series,
    bands,
    scales: {
      x: { time: true, range: () => [limits[0] / 1000, limits[1] / 1000] },
      y: {
        range: (_, low, high) => [
          Math.max(Math.min(0, low ?? 0), lowest),
          (high ?? 0) <= 0 ? 1 : Math.min(high, tallest) * 1.08,
        ],
      },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 70, values: clockLabels },
      {
        ...axis,
        size: (_, values) => Math.max(34, 10 + 6.4 * Math.max(0, ...(values ?? []).map((value) => value.length))),
        // Steps of half a cent: two ticks must not read the same.
        values: (_, splits) => splits.map((value) => (unit === "USD" ? money(value, true) : inUnit(value, unit))),
        space: 34,
      },
    ],
  };
}

/** "14:00"; at midnight or over several days the day. */
function clockLabels(_: uPlot, splits: number[], __: number, ___: number, increment: number): string[] {
  const zone = localStorage.getItem("nervure.zone") === "UTC" ? "UTC" : undefined;
  const time = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(increment < 60 ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    timeZone: zone,
  });
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: zone });
  return splits.map((split) => {
    const at = split * 1000;
    const shown = time.format(at);
    return increment >= 86_400 || /^00:00(:00)?$/.test(shown) ? day.format(at) : shown;
  });
}

/** The columns uPlot draws, in the order of `drawn`'s series. */
drawn.data = function data({ visible, table, kind, intervals }: What): uPlot.AlignedData {
  const times = table.times.map((at) => at / 1000);
  const values =
    kind === "line" ? table.rows.map((row) => row.map((point) => point?.value ?? null)) : stacked(table.rows).reverse();
  const edges =
    intervals && kind === "line"
      ? visible.flatMap((_, index) => [
          table.rows[index]!.map((point) => point?.high ?? null),
          table.rows[index]!.map((point) => point?.low ?? null),
        ])
      : [];
  return [times, ...values, ...edges] as uPlot.AlignedData;
};
