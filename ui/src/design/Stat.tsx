import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { change, inUnit } from "@/lib/format";
import css from "./Stat.module.css";

/** What more of it means. */
export type Meaning = "good" | "bad" | "neutral";

/**
 * The change to a previous period. isReal: beyond what chance explains; otherwise it is shown without colour.
 * A rate's change is told in points of its own unit by `difference`.
 */
export function Delta({
  now,
  before,
  unit = "",
  meaning = "neutral",
  isReal = true,
}: {
  now: number | null;
  before: number | null;
  unit?: string;
  meaning?: Meaning;
  isReal?: boolean;
}) {
  if (now === null || before === null) return null;
  const share = before === 0 ? (now === 0 ? 0 : Infinity) : now / before - 1;
  const isSame = Math.abs(share) < 0.005;
  const tone = !isReal || isSame || meaning === "neutral" ? "dim" : share > 0 === (meaning === "good") ? "ok" : "bad";
  const note = `Previous period: ${inUnit(before, unit)}${isReal ? "" : ". The difference is within what chance explains."}`;
  return (
    <Tooltip label={note}>
      <span className={`num ${tone}`}>
        {isSame ? "±0%" : change(share)}
        <span className="visually-hidden"> against {inUnit(before, unit)} in the previous period</span>
      </span>
    </Tooltip>
  );
}

/** A headline number. children: the number (usually a Figure); beside: its change; below: a sparkline. */
export function Stat({
  label,
  children,
  beside,
  below,
  about,
}: {
  label: string;
  children: ReactNode;
  beside?: ReactNode;
  below?: ReactNode;
  about?: string;
}) {
  return (
    <div className={css.stat}>
      <Tooltip label={about} disabled={!about}>
        <div className={css.label}>{label}</div>
      </Tooltip>
      <div className={css.row}>
        <span className={css.value}>{children}</span>
        {beside}
      </div>
      {below && <div className={css.below}>{below}</div>}
    </div>
  );
}

/** Stats side by side. */
export function Stats({ children }: { children: ReactNode }) {
  return <div className={css.stats}>{children}</div>;
}
