import { useCallback, useMemo } from "react";
import { useChanges, useMarkers } from "@/api/changes";
import { useAsk } from "@/api/hooks";
import { Async } from "@/design/Async";
import { chartSeries, type ChartPoint, type ChartSeries } from "@/design/chartData";
import { Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { useRange, useSetParams } from "@/lib/address";
import { both, equals } from "@/lib/query";
import { everyFor, millisOf, spanMs, utcOffset } from "@/lib/time";
import { titleOf } from "./dimensions";

// What is only a few points wide is looked at whole.
const LEAST_MS = 60_000;

/** Cost over time, stacked by the dimension. Dragging zooms; a click on a bar looks into it. */
export function Trend({ where, by }: { where: string; by: string }) {
  const [range] = useRange();
  const setParams = useSetParams();
  const every = useMemo(() => everyFor(range, 60), [range]);
  const query = useMemo(
    () => ({ measure: "cost.sum", where, by: [by], every, limit: 8, offset: utcOffset(), ...range }),
    [where, by, every, range],
  );
  const asked = useAsk(query);
  const changes = useChanges(range);
  const lengthMs = useMemo(() => millisOf(range.to) - millisOf(range.from), [range]);
  const markers = useMarkers(changes.data?.items, lengthMs);
  const series = useMemo(
    // What cost nothing needs no place in the legend.
    () => (asked.data ? chartSeries(asked.data).filter((one) => one.points.some((point) => point.value)) : []),
    [asked.data],
  );
  const onPick = useCallback(
    (one: ChartSeries, point: ChartPoint) => {
      const width = spanMs(every);
      if (width < LEAST_MS) return;
      const value = one.by?.[by];
      const narrowed = value === null || value === undefined ? where : both(where, equals(by, value));
      setParams({
        from: new Date(point.at).toISOString(),
        to: new Date(point.at + width).toISOString(),
        where: narrowed,
        // Having chosen what, one asks who; having chosen who, with what.
        by: by === "user" ? "model" : "user",
      });
    },
    [every, by, where, setParams],
  );
  return (
    <Panel title={`Cost by ${titleOf(by).toLowerCase()}`} about="click a peak to see who made it; drag to zoom">
      <Async of={asked} height={250}>
        {() => (
          <TimeChart
            label={`Cost by ${titleOf(by)} over time`}
            series={series}
            kind="bars"
            unit="USD"
            height={210}
            markers={markers}
            onPick={onPick}
          />
        )}
      </Async>
    </Panel>
  );
}
