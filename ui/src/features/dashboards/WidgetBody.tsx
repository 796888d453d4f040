import { useMemo } from "react";
import { useNavigate } from "react-router";
import type { QueryAnswer } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { BarList, type Bar } from "@/design/BarList";
import { Markdown } from "@/design/Markdown";
import type { Marker } from "@/design/TimeChart";
import { inUnit } from "@/lib/format";
import type { Query } from "@/lib/query";
import { groupName, measuresOf, rowsOf } from "../explore/answer";
import { AnswerChart } from "../explore/AnswerChart";
import { AnswerTable } from "../explore/AnswerTable";
import { spansBehind } from "../explore/Result";
import { chartKind } from "./asking";
import { Heatmap } from "./Heatmap";
import type { Widget } from "./spec";
import { StatBody } from "./StatBody";
import { Thresholds } from "./Thresholds";
import css from "./dashboards.module.css";

interface BodyProps {
  widget: Widget;
  queries: Query[];
  answers: QueryAnswer[];
  /** Height in px there is for it. */
  height: number;
  markers: Marker[];
  /** Under this name the browser remembers a table's columns. */
  name: string;
}

/** The answers of a widget, drawn as its kind says. */
export function WidgetBody({ widget, queries, answers, height, markers, name }: BodyProps) {
  const navigate = useNavigate();
  const query = queries[0];
  if (widget.kind === "text") return <Markdown text={widget.text} />;
  const first = answers[0];
  if (!first || !query) return null;
  if (widget.kind === "stat") return <StatBody widget={widget} query={query} answers={answers} />;
  if (answers.every((answer) => answer.series.length === 0)) return <Empty title="No data in this range" />;
  if (widget.kind === "bar") return <Bars widget={widget} answer={first} query={query} />;
  if (widget.kind === "table") {
    return (
      <div className={css.table}>
        {answers.map((answer, index) => (
          <AnswerTable
            key={index}
            answer={answer}
            name={`${name}.${index}`}
            label={widget.title || "Table"}
            unit={widget.unit}
            to={(row) => spansBehind(queries[index] ?? query, row)}
          />
        ))}
      </div>
    );
  }
  const open = (asked: Query, by: Record<string, string | null>, isOther: boolean, time: string) => {
    const to = spansBehind(asked, { by, isOther, time });
    if (to) void navigate(to);
  };
  if (widget.kind === "heatmap") {
    return (
      <Heatmap
        answer={first}
        label={widget.title || "Heatmap"}
        unit={widget.unit}
        onPick={(by, isOther, time) => open(query, by, isOther, time)}
      />
    );
  }
  return (
    <>
      <AnswerChart
        answers={answers.map((answer, index) => ({ answer, label: widget.queries[index]?.label }))}
        label={widget.title || "Chart"}
        kind={chartKind(widget.draw)}
        unit={widget.unit}
        height={height - (widget.thresholds.length > 0 ? 20 : 0)}
        markers={markers}
        intervals
        sync="dashboard"
        levels={widget.thresholds.map((one) => ({
          name: `${one.level} ${one.when === "below" ? "≤" : "≥"} ${inUnit(one.value, widget.unit || first.series[0]?.unit)}`,
          value: one.value,
          colour: one.level === "critical" ? "var(--bad)" : "var(--warn)",
        }))}
        onPick={(series, point) =>
          open(queries[series.answer] ?? query, series.by ?? {}, series.isOther, new Date(point.at).toISOString())
        }
      />
      <Thresholds widget={widget} answer={first} />
    </>
  );
}

function Bars({ widget, answer, query }: { widget: Widget; answer: QueryAnswer; query: Query }) {
  const measure = measuresOf(answer)[0]!;
  const unit = widget.unit || measure.unit;
  const bars = useMemo(
    () =>
      rowsOf(answer)
        .filter((row) => !row.isOther)
        .map((row): Bar => {
          const point = row.points[measure.name];
          return {
            key: row.key,
            name: groupName(row) || measure.name,
            value: point?.value ?? 0,
            shown: inUnit(point?.value, unit),
            to: spansBehind(query, row),
          };
        }),
    [answer, measure.name, query, unit],
  );
  return (
    // What may be higher than its place must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.scroll} tabIndex={0} role="group" aria-label={widget.title || "Bars"}>
      <BarList bars={bars} label={widget.title || measure.name} />
    </div>
  );
}
