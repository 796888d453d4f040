import { Tooltip } from "@mantine/core";
import { useMemo } from "react";
import type { QueryAnswer } from "@/api/hooks";
import { seriesName } from "@/design/chartData";
import { Long } from "@/design/Long";
import { inUnit } from "@/lib/format";
import { clock, fullTime } from "@/lib/time";
import css from "./dashboards.module.css";

interface HeatmapProps {
  answer: QueryAnswer;
  label: string;
  unit?: string;
  /** A click on a cell. */
  onPick?: (by: Record<string, string | null>, isOther: boolean, time: string) => void;
}

const MOST_ROWS = 20;

/** "14:30", or the day where one begins. */
function shortTime(time: string): string {
  const words = clock(time);
  return /(^|\D)00:00:00$/.test(words)
    ? words.replace(/,? ?00:00:00$/, "") || "00:00"
    : (/\d\d:\d\d/.exec(words)?.[0] ?? words);
}

/** Groups over time: a row a group, the deeper the colour the larger the value. Cells without data are empty, which is not zero. */
export function Heatmap({ answer, label, unit, onPick }: HeatmapProps) {
  const measure = answer.series[0]?.measure;
  const rows = useMemo(
    () => answer.series.filter((one) => one.measure === measure).slice(0, MOST_ROWS),
    [answer, measure],
  );
  const shownUnit = unit || rows[0]?.unit || "";
  const times = rows[0]?.points.map((point) => point.time ?? "") ?? [];
  const most = Math.max(0, ...rows.flatMap((row) => row.points.map((point) => point.value ?? 0)));
  // Small values stay visible beside large ones.
  const depth = (value: number) => (most > 0 ? 4 + 96 * Math.sqrt(Math.max(0, value) / most) : 0);
  // What is bad when there is more of it has the colour of trouble.
  const colour = /error/.test(measure ?? "") ? "var(--bad)" : "var(--accent)";
  const every = Math.max(1, Math.ceil(times.length / 6));
  return (
    // A table that may be wider than its place must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.heat} tabIndex={0} role="group" aria-label={label}>
      <table className={css.heatTable}>
        <caption className="visually-hidden">{label}</caption>
        <colgroup>
          <col className={css.heatName} />
          {times.map((time) => (
            <col key={time} />
          ))}
        </colgroup>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Group</th>
            {times.map((time) => (
              <th key={time} scope="col">
                {clock(time)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const name = seriesName(row);
            return (
              <tr key={name}>
                <th scope="row">
                  <Long text={name} />
                </th>
                {row.points.map((point) => {
                  const isKnown = point.value !== null;
                  const words = `${name}, ${fullTime(point.time)}: ${isKnown ? inUnit(point.value, shownUnit) : "no data"}`;
                  return (
                    <td key={point.time} className={isKnown ? undefined : css.blank}>
                      <Tooltip label={`${words}${isKnown ? ` · n ${point.n}` : ""}`} openDelay={60}>
                        <button
                          type="button"
                          tabIndex={-1}
                          aria-label={words}
                          style={
                            isKnown
                              ? {
                                  background: `color-mix(in srgb, ${colour} ${depth(point.value!)}%, var(--sunken))`,
                                }
                              : undefined
                          }
                          onClick={() => onPick?.(row.by, Boolean(row.other), point.time ?? "")}
                        />
                      </Tooltip>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
        <tfoot aria-hidden>
          <tr>
            <td className="dim">
              0 – {inUnit(most, shownUnit)}
              <span className={css.ramp} style={{ background: `linear-gradient(90deg, var(--sunken), ${colour})` }} />
            </td>
            {times.map((time, index) => (
              <td key={time} className={css.tick}>
                {index % every === 0 ? <span>{shortTime(time)}</span> : null}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
      {answer.series.length > MOST_ROWS && (
        <p className="dim">
          The first {MOST_ROWS} of {answer.series.length} groups.
        </p>
      )}
    </div>
  );
}
