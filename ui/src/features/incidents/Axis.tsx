import { Tooltip } from "@mantine/core";
import { IconFlag3Filled } from "@tabler/icons-react";
import type { Marker } from "@/design/TimeChart";
import { Link } from "@/design/Link";
import { clock, fromTo, useZone } from "@/lib/time";
import { placeOn } from "./words";
import css from "./Axis.module.css";

/** Something that lasts, as a bar. from, to: ms. */
export interface Bar {
  key: string;
  name: string;
  from: number;
  to: number;
  tone: "bad" | "warn" | "plain";
  link: string;
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Bars on a time axis, a line for each, with flags for what happened besides. */
export function Axis({
  label,
  from,
  to,
  bars,
  flags,
}: {
  label: string;
  from: number;
  to: number;
  bars: Bar[];
  flags: Marker[];
}) {
  useZone();
  const axis = { from, to };
  const shown = flags.filter((flag) => flag.at >= from && flag.at <= to);
  return (
    <figure className={css.axis} aria-label={label}>
      <div className={css.ticks} aria-hidden>
        {TICKS.map((share) => (
          <span key={share} className="dim num">
            {clock(from + share * (to - from)).replace(/:\d\d$/, "")}
          </span>
        ))}
      </div>
      <div className={css.flags}>
        {shown.map((flag) => (
          <Tooltip key={`${flag.at}${flag.label}`} label={`${flag.label} · ${clock(flag.at)}`}>
            <span
              className={css.flag}
              role="img"
              aria-label={`${flag.label}, ${clock(flag.at)}`}
              style={{ left: `${placeOn(axis, flag.at, flag.at).left * 100}%` }}
            >
              <IconFlag3Filled size={13} aria-hidden />
            </span>
          </Tooltip>
        ))}
      </div>
      <ol className={css.bars}>
        {bars.map((bar) => {
          const { left, width } = placeOn(axis, bar.from, bar.to);
          const at = `${bar.name}: ${fromTo(bar.from, bar.to)}`;
          return (
            <li key={bar.key} className={css.line}>
              <Tooltip label={at}>
                <Link
                  to={bar.link}
                  className={`${css.bar} ${css[bar.tone]}`}
                  style={{ left: `min(${left * 100}%, 100% - 8px)`, width: `max(8px, ${width * 100}%)` }}
                  aria-label={at}
                />
              </Tooltip>
            </li>
          );
        })}
      </ol>
    </figure>
  );
}
