import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, projectName } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Time } from "@/design/Badges";
import type { ChartSeries } from "@/design/chartData";
import { Link } from "@/design/Link";
import { TimeChart, type Marker } from "@/design/TimeChart";
import { count } from "@/lib/format";
import { millis, type Range } from "@/lib/time";
import { groupName, type Group, type NewMonitor } from "./words";
import css from "./monitors.module.css";

const GROUPS_SHOWN = 6;
const ALERTS_SHOWN = 8;

/** When a monitor would have fired: each window judged knowing only those before it. */
export function History({
  monitor,
  range,
  onRange,
}: {
  monitor: NewMonitor;
  range: Range;
  onRange: (range: Range) => void;
}) {
  const asked = useQuery<Schemas["Preview"], Error>({
    queryKey: ["monitor preview", monitor, range, projectName()],
    queryFn: async ({ signal }) =>
      (await api.POST("/api/v1/monitors/preview", { body: monitor, params: { query: range }, signal })).data!,
    retry: false,
    staleTime: 60_000,
  });
  return (
    <Async of={asked} height={220}>
      {({ items, alerts }) => (
        <>
          <p role="status">
            {items.length === 0
              ? "Nothing matched in this time, so nothing was judged: look at the filter."
              : alerts === 0
                ? "It would not have fired."
                : `It would have fired ${alerts === 1 ? "once" : `${count(alerts)} times`}.`}
          </p>
          {[...items]
            .sort((one, other) => other.alerts.length - one.alerts.length)
            .slice(0, GROUPS_SHOWN)
            .map((group) => (
              <GroupChart key={groupName(group.by)} group={group} range={range} onRange={onRange} />
            ))}
          {items.length > GROUPS_SHOWN && (
            <p className="dim">{count(items.length - GROUPS_SHOWN)} more groups, with fewer alerts or none</p>
          )}
        </>
      )}
    </Async>
  );
}

function GroupChart({ group, range, onRange }: { group: Group; range: Range; onRange: (range: Range) => void }) {
  const name = groupName(group.by);
  const series = useMemo(() => linesOf(group), [group]);
  const markers: Marker[] = group.alerts.map((one) => ({ at: millis(one.start), label: one.text }));
  return (
    <section className={css.group} aria-label={name}>
      <h3>{name}</h3>
      <TimeChart
        label={`${name}: what was seen and what was expected`}
        series={series}
        height={150}
        intervals
        range={range}
        markers={markers}
        onRange={onRange}
      />
      {group.alerts.length > 0 && (
        <ul className={css.list}>
          {group.alerts.slice(0, ALERTS_SHOWN).map((one) => (
            <li key={one.start}>
              <Time at={one.start} /> to {one.end ? <Time at={one.end} /> : "now"}: {one.text} <Comparison of={one} />
            </li>
          ))}
          {group.alerts.length > ALERTS_SHOWN && <li>and {count(group.alerts.length - ALERTS_SHOWN)} more</li>}
        </ul>
      )}
    </section>
  );
}

/** Leads to what an alert of drift compared. */
export function Comparison({ of }: { of: Schemas["AlertAnswer"] }) {
  if (!of.link) return null;
  return (
    <Link className="link" to={of.link.replace(/^\/app/, "")}>
      compare
    </Link>
  );
}

/**
 * The values, and what was expected of each window where its type says so. Effects are drawn from no difference on, for
 * which one speaks loudest, and so what none means, may differ from window to window.
 */
function linesOf(group: Group): ChartSeries[] {
  const isEffect = group.windows.some((one) => one.effect);
  const less = (value: number | null, none?: number) => (value === null ? null : value - (none ?? 0));
  const seen = group.windows.map((one) => ({
    at: millis(one.time),
    value: less(one.value, one.effect?.none),
    n: one.n,
    low: less(one.effect?.low ?? null, one.effect?.none),
    high: less(one.effect?.high ?? null, one.effect?.none),
  }));
  const expected = group.windows.map((one) => ({
    at: millis(one.time),
    value: less(one.expected, one.effect?.none),
    low: less(one.low, one.effect?.none),
    high: less(one.high, one.effect?.none),
  }));
  const hasExpected = expected.some((one) => one.value !== null);
  return [
    { name: isEffect ? "Effect" : "Seen", points: seen },
    ...(hasExpected
      ? [
          {
            name: isEffect ? "Too little to matter" : "Expected",
            points: expected,
            dashed: true,
            colour: "var(--kind-other)",
          },
        ]
      : []),
  ];
}
