/** GPU time as people read it. Pure. */

import type { Schemas } from "@/api/hooks";
import type { ChartSeries } from "@/design/chartData";
import { number } from "@/lib/format";
import { millis } from "@/lib/time";

export type Attribution = Schemas["GpuAttribution"];

export const PARTS = [
  {
    id: "attributed",
    title: "For calls",
    about: "Busy, and shared out to the calls that ran there",
    colour: "var(--accent)",
  },
  {
    id: "unattributed",
    title: "Busy otherwise",
    about: "Busy while no call is known to have run there: training, batch jobs, calls nobody reports",
    colour: "var(--warn)",
  },
  { id: "idle", title: "Idle", about: "Paid for, and not busy", colour: "var(--line)" },
] as const;

/** "1.25 h", "340 s": hours from a tenth of one on. */
export function gpuTime(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  return seconds >= 360 ? `${number(seconds / 3600)} h` : `${number(seconds)} s`;
}

/** Shares of the GPU time of each stretch; a stretch without any has none. */
export function shares(points: Attribution["points"]): ChartSeries[] {
  return PARTS.map((part) => ({
    name: part.title,
    points: points.map((point) => {
      const whole = point.attributed + point.unattributed + point.idle;
      return { at: millis(point.time), value: whole > 0 ? point[part.id] / whole : null };
    }),
  }));
}
