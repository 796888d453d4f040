import { Long } from "@/design/Long";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import type { Answer, Column, Topic } from "./asking";
import { Effect, Verdict } from "./FieldTable";
import css from "./drift.module.css";

/** One field before and now: distribution, figures, topics that moved. */
export function FieldDetail({ column, found }: { column: Column; found: Answer }) {
  const moved = column.topics.filter((one) => one.change !== "steady");
  return (
    <Panel
      title={
        <>
          {column.column} <Verdict verdict={column.verdict} />
        </>
      }
      about={column.unit ? `in ${column.unit}` : undefined}
      actions={
        <Link
          to={links.traces({ where: column.where, from: found.current.from, to: found.current.to })}
          className="plain-link"
        >
          Traces of the current range
        </Link>
      }
    >
      {column.reason && <p className={css.note}>{column.reason}</p>}
      <p className={css.figures}>
        <Effect column={column} />
        <Missing column={column} />
      </p>
      {column.distribution.labels.length > 0 && <Distribution column={column} />}
      {column.topics.length > 0 && <Topics moved={moved} steady={column.topics.length - moved.length} />}
    </Panel>
  );
}

function Missing({ column }: { column: Column }) {
  const { reference, current } = column.missing;
  if (!reference && !current) return null;
  return (
    <span className="dim">
      {" "}
      · without a value: {percent(reference)} before, {percent(current)} now
    </span>
  );
}

const FIGURES: [string, string][] = [
  ["mean", "mean"],
  ["sd", "standard deviation"],
  ["p50", "median"],
  ["p95", "p95"],
  ["distinct", "distinct values"],
];

/** Shares by bin or value, before above now. */
function Distribution({ column }: { column: Column }) {
  const { labels, reference, current } = column.distribution;
  const most = Math.max(...reference, ...current, 1e-9);
  const figures = FIGURES.filter(([key]) => key in column.reference);
  return (
    <div className={css.both}>
      <table className={css.bars}>
        <caption className="visually-hidden">Shares of {column.column} before and now</caption>
        <thead>
          <tr>
            <th scope="col">{column.distribution.edges.length ? "From, to" : "Value"}</th>
            <th scope="col">
              <span className={css.before} aria-hidden /> before <span className={css.now} aria-hidden /> now
            </th>
            <th scope="col" className={css.right}>
              Before
            </th>
            <th scope="col" className={css.right}>
              Now
            </th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label, index) => (
            <tr key={label}>
              <th scope="row">
                <Long text={label} />
              </th>
              <td className={css.pair} aria-hidden>
                <span className={css.before} style={{ width: `${(reference[index]! / most) * 100}%` }} />
                <span className={css.now} style={{ width: `${(current[index]! / most) * 100}%` }} />
              </td>
              <td className={css.right}>{percent(reference[index])}</td>
              <td className={css.right}>{percent(current[index])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {figures.length > 0 && (
        <table className={css.small}>
          <caption className="visually-hidden">Figures of {column.column} before and now</caption>
          <thead>
            <tr>
              <td />
              <th scope="col" className={css.right}>
                Before
              </th>
              <th scope="col" className={css.right}>
                Now
              </th>
            </tr>
          </thead>
          <tbody>
            {figures.map(([key, word]) => (
              <tr key={key}>
                <th scope="row">{word}</th>
                <td className={css.right}>{number(column.reference[key] as number)}</td>
                <td className={css.right}>{number(column.current[key] as number)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** Topics that grew, shrank, appeared or vanished, with their words and examples. */
function Topics({ moved, steady }: { moved: Topic[]; steady: number }) {
  if (!moved.length) return <p className={css.note}>None of {steady} topics moved beyond chance.</p>;
  return (
    <>
      <h3 className={css.heading}>Topics that moved</h3>
      <ul className={css.topics}>
        {moved.map((one) => (
          <li key={one.topic}>
            <div className={css.topicHead}>
              <strong>{one.change}</strong>
              <span>
                {percent(one.reference)} to {percent(one.current)}
                <span className="dim">
                  {" "}
                  ({points(one.low)} to {points(one.high)} points)
                </span>
              </span>
              <span>{one.terms.join(", ")}</span>
            </div>
            {one.examples.map((example) => (
              <p className={css.example} key={example}>
                {example}
              </p>
            ))}
          </li>
        ))}
      </ul>
      {steady > 0 && <p className="dim">{steady} other topics did not move beyond chance.</p>}
    </>
  );
}

function points(share: number): string {
  return `${share > 0 ? "+" : ""}${(share * 100).toFixed(1)}`;
}
