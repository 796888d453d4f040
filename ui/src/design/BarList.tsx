import type { ReactNode } from "react";
import { Link } from "react-router";
import { Long } from "./Long";
import css from "./BarList.module.css";

export interface Bar {
  key: string;
  name: string;
  /** Drawn before the name. */
  icon?: ReactNode;
  value: number;
  /** The value as shown, usually a Figure or formatted text. */
  shown: ReactNode;
  /** Share of the bar drawn in the colour of trouble, 0 to 1. */
  bad?: number;
  to?: string;
  /** A second figure at the right. */
  beside?: ReactNode;
}

/** Names with bars behind, longest first as given. */
export function BarList({
  bars,
  label,
  headings,
}: {
  bars: Bar[];
  label: string;
  headings?: [string, string, string?];
}) {
  const most = Math.max(...bars.map((bar) => bar.value), 1e-12);
  return (
    <table className={css.table}>
      <caption className="visually-hidden">{label}</caption>
      {headings && (
        <thead>
          <tr>
            {headings.map((heading, index) => (
              <th key={index} scope="col" className={index ? css.right : undefined}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.key}>
            <th scope="row" className={css.name}>
              <span className={css.bar} style={{ width: `${(bar.value / most) * 100}%` }} aria-hidden>
                {bar.bad ? <span className={css.bad} style={{ width: `${bar.bad * 100}%` }} /> : null}
              </span>
              <span className={css.word}>
                {bar.icon}
                {bar.to ? (
                  <Link to={bar.to} className="plain-link cut">
                    <Long text={bar.name} />
                  </Link>
                ) : (
                  <Long text={bar.name} />
                )}
              </span>
            </th>
            <td className={css.right}>{bar.shown}</td>
            {bar.beside !== undefined && <td className={css.right}>{bar.beside}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
