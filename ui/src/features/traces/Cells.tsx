/** What stands in the cells. Light on purpose: many are drawn anew with every step of scrolling. */

import type { ReactNode } from "react";
import { Link } from "react-router";
import { count, duration, money, NOTHING } from "@/lib/format";
import { clock, fullTime } from "@/lib/time";
import css from "./traces.module.css";

/** A value that can be filtered by: hovering it offers that (see ValueActions). */
export function Value({
  field,
  value,
  children,
  to,
}: {
  field: string;
  value: string;
  children?: ReactNode;
  to?: string;
}) {
  if (!value) return <Nothing />;
  const shown = children ?? value;
  return (
    <span className={`${css.value} cut`} data-field={field} data-value={value} title={value}>
      {to ? (
        <Link to={to} className="plain-link" tabIndex={-1}>
          {shown}
        </Link>
      ) : (
        shown
      )}
    </span>
  );
}

export function Nothing() {
  return <span className="dim">{NOTHING}</span>;
}

export function At({ time }: { time: string }) {
  return (
    <time className="num cut" dateTime={time} title={fullTime(time)}>
      {clock(time)}
    </time>
  );
}

/** A duration with a bar that compares it with the other rows. most: ms of a full bar. */
export function Lasted({ ms, most, isBad }: { ms: number; most: number; isBad: boolean }) {
  // The square root lets milliseconds and minutes stand in one column.
  const share = most > 0 ? Math.sqrt(Math.min(1, ms / most)) : 0;
  return (
    <span className={css.lasted}>
      <span className={css.track} aria-hidden>
        <span className={`${css.bar} ${isBad ? css.badBar : ""}`} style={{ width: `${Math.max(2, share * 100)}%` }} />
      </span>
      <span className="num">{duration(ms)}</span>
    </span>
  );
}

/** Money; what has no price is said to have none. unpriced: calls of which no price is known. */
export function Cost({ usd, calls, unpriced }: { usd: number | null | undefined; calls: number; unpriced: number }) {
  if (calls === 0) return <Nothing />;
  if (usd === null || usd === undefined)
    return (
      <span className="warn" title={`No price is known for ${unpriced > 1 ? `its ${count(unpriced)} calls` : "it"}`}>
        unpriced
      </span>
    );
  if (unpriced === 0) return <>{money(usd)}</>;
  const told = `Of ${count(calls)} calls, ${count(unpriced)} ${unpriced === 1 ? "has" : "have"} no known price; the others cost ${money(usd)}`;
  if (usd < LEAST_TOLD)
    return (
      <span className="warn" title={told}>
        unpriced
      </span>
    );
  return <span title={told}>≥ {money(usd)}</span>;
}

/** USD below which the part that has a price says nothing. */
const LEAST_TOLD = 1e-6;

export function Tokens({
  total,
  input,
  output,
}: {
  total: number | null | undefined;
  input: number | null | undefined;
  output: number | null | undefined;
}) {
  if (!total) return <Nothing />;
  return <span title={`${count(input ?? 0, true)} in, ${count(output ?? 0, true)} out`}>{count(total)}</span>;
}

/** ok in grey, errors in words and colour. */
export function Outcome({ status, errors = 0, word }: { status: string; errors?: number; word?: string }) {
  const isError = status === "error" || errors > 0;
  if (!isError) return <span className="dim">{status === "unset" || !status ? "ok" : status}</span>;
  const said = word || (errors > 1 ? `${count(errors)} errors` : "error");
  return (
    <span
      className={`${css.failed} cut`}
      title={said}
      data-field={word ? "error_type" : "status"}
      data-value={word || "error"}
    >
      <span className={css.mark} aria-hidden />
      {said}
    </span>
  );
}

/** The first of several values and how many more there are. */
export function Several({ field, values }: { field: string; values: string[] }) {
  const [first] = values;
  if (!first) return <Nothing />;
  return (
    <span className={css.several} title={values.join("\n")}>
      <span className={`${css.value} cut`} data-field={field} data-value={first}>
        {first}
      </span>
      {values.length > 1 && <span className="dim">+{values.length - 1}</span>}
    </span>
  );
}
