import { useMemo } from "react";
import type { QueryAnswer } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { BarList, type Bar } from "@/design/BarList";
import type { ChartKind } from "@/design/chartOptions";
import { count, duration, inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { fromTo, spanMs } from "@/lib/time";
import { groupName, measuresOf, rowsOf, whereOf, type AnswerRow } from "./answer";
import { AnswerChart } from "./AnswerChart";
import { AnswerTable } from "./AnswerTable";
import css from "./explore.module.css";

const BARS = 30;

/** The spans behind a row of an answer; nothing for metrics, which are no spans. */
export function spansBehind(query: Query, row: Pick<AnswerRow, "by" | "isOther" | "time">): string | undefined {
  const measures = Array.isArray(query.measure) ? query.measure : [query.measure];
  if (row.isOther || measures.some((one) => one.startsWith("metric:"))) return undefined;
  const width = query.every ? spanMs(query.every) : NaN;
  const bucket =
    row.time && !Number.isNaN(width)
      ? { from: row.time, to: new Date(Date.parse(row.time) + width).toISOString() }
      : { from: query.from, to: query.to };
  return links.traces({ where: whereOf(query.where ?? "", row), ...bucket, level: "spans" });
}

/** An answer drawn as suits it: over time, as bars, as numbers. */
export function Picture({
  answer,
  query,
  kind,
  onTraces,
}: {
  answer: QueryAnswer;
  query: Query;
  kind: ChartKind;
  onTraces: (to: string) => void;
}) {
  const rows = useMemo(() => rowsOf(answer), [answer]);
  if (answer.series.length === 0) {
    return <Empty title="No data">Nothing matches in this range: widen the range or the filter.</Empty>;
  }
  if (query.every) {
    return (
      <AnswerChart
        answers={[{ answer }]}
        label={measuresOf(answer)
          .map((one) => one.name)
          .join(", ")}
        kind={kind}
        height={320}
        intervals
        onPick={(series, point) => {
          const to = spansBehind(query, {
            by: series.by ?? {},
            isOther: series.isOther,
            time: new Date(point.at).toISOString(),
          });
          if (to) onTraces(to);
        }}
      />
    );
  }
  if (query.by?.length) return <Bars answer={answer} rows={rows} query={query} />;
  return (
    <div className={css.numbers}>
      {measuresOf(answer).map(({ name, unit }) => {
        const point = rows[0]?.points[name];
        return (
          <div key={name}>
            <div className="dim">{name}</div>
            <div className={`${css.number} num`}>{inUnit(point?.value, unit)}</div>
            {point?.low !== null && point?.low !== undefined && (
              <div className="dim num">
                95 % interval {inUnit(point.low, unit)} – {inUnit(point.high, unit)}
              </div>
            )}
            <div className="dim num">
              from {count(point?.n)} observations
              {point?.unpriced ? <span className="warn">, {count(point.unpriced)} calls without a price</span> : null}
            </div>
          </div>
        );
      })}
    </div>
  );
}

function Bars({ answer, rows, query }: { answer: QueryAnswer; rows: AnswerRow[]; query: Query }) {
  const measure = measuresOf(answer)[0]!;
  const bars = rows
    .filter((row) => !row.isOther)
    .map((row): Bar => {
      const point = row.points[measure.name];
      return {
        key: row.key,
        name: groupName(row),
        value: point?.value ?? 0,
        shown: inUnit(point?.value, measure.unit),
        beside:
          point && point.low !== null ? (
            <span className="dim">
              {inUnit(point.low, measure.unit)} – {inUnit(point.high, measure.unit)}
            </span>
          ) : undefined,
        to: spansBehind(query, row),
      };
    });
  return (
    <>
      <BarList
        bars={bars.slice(0, BARS)}
        label={`${measure.name} by ${Object.keys(answer.series[0]?.by ?? {}).join(", ")}`}
      />
      {bars.length > BARS && (
        <p className="dim">
          The first {BARS} of {bars.length} groups; the table has all.
        </p>
      )}
    </>
  );
}

/** All numbers of an answer. A row leads to its spans. */
export function Numbers({ answer, query }: { answer: QueryAnswer; query: Query }) {
  const rows = answer.series.reduce((sum, series) => sum + series.points.length, 0);
  return (
    <div className={css.tableBox} style={{ height: Math.min(420, 44 + 31 * rows) }}>
      <AnswerTable answer={answer} name="explore" label="Answer" intervals to={(row) => spansBehind(query, row)} />
    </div>
  );
}

/** What an answer cost: time, rows, where it was read from. */
export function AnswerCost({ answer }: { answer: QueryAnswer }) {
  const { rows_read, elapsed_ms, source, from, to } = answer.stats as QueryAnswer["stats"] & {
    from?: string;
    to?: string;
  };
  const sources = Array.isArray(source) ? source : [source];
  return (
    <div className={css.cost}>
      <span className="num">{duration(elapsed_ms)}</span>
      <span className="num">{count(rows_read)} rows read</span>
      <span>from {sources.join(" and ")}</span>
      <span>{answer.series.length} series</span>
      {from && to && <span className="num">{fromTo(from, to, "–")}</span>}
    </div>
  );
}

/** A name for what a query asks: the title of a new widget. */
export function titleOf(query: Query): string {
  const measures = Array.isArray(query.measure) ? query.measure : [query.measure];
  return (
    measures.join(", ") +
    (query.by?.length ? ` by ${query.by.map((field) => field.replace(/^attr\["(.*)"\]$/, "$1")).join(", ")}` : "")
  );
}
