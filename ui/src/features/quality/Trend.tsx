import { useCallback, useMemo } from "react";
import { useNavigate } from "react-router";
import { useChanges, useMarkers } from "@/api/changes";
import { useAsk } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { chartSeries, type ChartPoint, type ChartSeries } from "@/design/chartData";
import { Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { both, equals } from "@/lib/query";
import { everyFor, millisOf, spanMs, utcOffset } from "@/lib/time";
import { measureOf } from "./scores";

const MOST_LINES = 6;

/** The score over time with its interval; what was changed is flagged, a click leads to the traces behind a point. */
export function Trend({ score, what, by, where }: { score: string; what: "mean" | "rate"; by: string; where: string }) {
  const [range] = useRange();
  const go = useNavigate();
  const every = useMemo(() => everyFor(range, 40), [range]);
  const query = useMemo(
    () => ({
      measure: measureOf(score, what),
      where,
      by: by ? [by] : [],
      every,
      limit: MOST_LINES,
      offset: utcOffset(),
      ...range,
    }),
    [score, what, where, by, every, range],
  );
  const asked = useAsk(query);
  const changes = useChanges(range);
  const lengthMs = useMemo(() => millisOf(range.to) - millisOf(range.from), [range]);
  const markers = useMarkers(changes.data?.items, lengthMs);
  const series = useMemo(
    () => (asked.data ? chartSeries(asked.data).filter((one) => one.points.some((point) => point.value !== null)) : []),
    [asked.data],
  );
  const onPick = useCallback(
    (one: ChartSeries, point: ChartPoint) => {
      const value = by ? one.by?.[by] : undefined;
      const narrowed = value === null || value === undefined ? where : both(where, equals(by, value));
      void go(
        links.traces({
          from: new Date(point.at).toISOString(),
          to: new Date(point.at + spanMs(every)).toISOString(),
          where: both(narrowed, `score["${score}"] exists`),
          level: "spans",
        }),
      );
    },
    [by, where, every, score, go],
  );
  return (
    <Panel
      title={`${score} over time`}
      about={`${what === "rate" ? "share of at least 0.5" : "mean"} with 95 % intervals; flags are changes; click a point for its traces`}
    >
      <Async
        of={{ ...asked, data: asked.data ? series : undefined }}
        height={270}
        isEmpty={(drawn) => drawn.length === 0}
        empty={<Empty title="Nothing was judged">No score of this name matches in this time.</Empty>}
      >
        {(drawn) => (
          <TimeChart
            label={`${score} over time`}
            series={drawn}
            kind="line"
            unit={what === "rate" ? "ratio" : ""}
            height={230}
            markers={markers}
            intervals
            onPick={onPick}
          />
        )}
      </Async>
    </Panel>
  );
}
