import { useMemo } from "react";
import { Async, Empty } from "@/design/Async";
import type { ChartSeries } from "@/design/chartData";
import { Panel } from "@/design/PageFrame";
import { TimeChart } from "@/design/TimeChart";
import { money } from "@/lib/format";
import { day, millis, type Range } from "@/lib/time";
import { useMonth } from "./useMonth";
import css from "./cost.module.css";

const DAY_MS = 86_400_000;

/** Cost by day with what is to come, and what the month will end at. */
export function Outlook({ where }: { where: string }) {
  const asked = useMonth(where);
  const told = asked.data;
  const { series, range } = useMemo(() => drawn(told), [told]);
  return (
    <Panel title="Forecast" about="by day, whatever range is chosen">
      <Async
        of={asked}
        height={230}
        isEmpty={(answer) => !answer.enough}
        empty={<Empty title="Not enough data for a forecast">{told?.reason}</Empty>}
      >
        {(answer) => (
          <>
            <TimeChart
              label="Cost by day and its forecast"
              series={series}
              unit="USD"
              height={180}
              intervals
              range={range}
              onRange={() => undefined}
            />
            {answer.month && (
              <p style={{ margin: "8px 0 0" }}>
                <b>{money(answer.month.spent)}</b> since {day(answer.month.from)}; by the end of the month about{" "}
                <b>{money(answer.month.projected)}</b>{" "}
                <span className="dim">
                  (95 % between {money(answer.month.low)} and {money(answer.month.high)})
                </span>
              </p>
            )}
            <p className={css.note}>
              Method: {answer.method}. {answer.reason}
            </p>
          </>
        )}
      </Async>
    </Panel>
  );
}

function drawn(told: ReturnType<typeof useMonth>["data"]): { series: ChartSeries[]; range: Range } {
  const past = (told?.history ?? []).map((one) => ({ at: millis(one.time), value: one.value }));
  const ahead = (told?.forecast ?? []).map((one) => ({
    at: millis(one.time),
    value: one.value,
    low: one.low,
    high: one.high,
  }));
  const all = [...past, ...ahead];
  const [first, last] = [all[0]?.at ?? 0, all.at(-1)?.at ?? 1];
  return {
    series: [
      { name: "Spent", points: past },
      { name: "Forecast", points: ahead, dashed: true },
    ],
    range: { from: new Date(first - DAY_MS / 4).toISOString(), to: new Date(last + DAY_MS / 4).toISOString() },
  };
}
