import { Tooltip } from "@mantine/core";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import type { Point, QueryAnswer } from "@/api/hooks";
import { DataTable, type Column } from "@/design/DataTable";
import { Long } from "@/design/Long";
import { count, inUnit } from "@/lib/format";
import { clock } from "@/lib/time";
import { measuresOf, rowsOf, type AnswerRow } from "./answer";
import css from "./explore.module.css";

interface TableProps {
  answer: QueryAnswer;
  /** Under this name the browser remembers the columns. */
  name: string;
  label: string;
  height?: number | "auto";
  /** Where a row leads. */
  to?: (row: AnswerRow) => string | undefined;
  /** Written after numbers instead of the measure's own unit. */
  unit?: string;
  intervals?: boolean;
}

/** An answer as a table: a row a group and time, a column a measure. */
export function AnswerTable({ answer, name, label, height, to, unit, intervals = false }: TableProps) {
  const navigate = useNavigate();
  const rows = useMemo(() => rowsOf(answer), [answer]);
  const columns = useMemo(() => columnsOf(answer, rows, unit, intervals), [answer, rows, unit, intervals]);
  return (
    <DataTable
      name={name}
      label={label}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.key}
      height={height}
      rowHeight={30}
      onOpen={
        to &&
        ((row) => {
          const target = to(row);
          if (target) void navigate(target);
        })
      }
    />
  );
}

function columnsOf(
  answer: QueryAnswer,
  rows: AnswerRow[],
  unit: string | undefined,
  intervals: boolean,
): Column<AnswerRow>[] {
  const fields = Object.keys(answer.series[0]?.by ?? {});
  const isTimed = rows.some((row) => row.time !== null);
  const measures = measuresOf(answer);
  return [
    ...(isTimed
      ? [
          {
            id: "time",
            title: "Time",
            width: 150,
            cell: (row: AnswerRow) => clock(row.time),
            value: (row: AnswerRow) => row.time,
          },
        ]
      : []),
    ...fields.map((field, index): Column<AnswerRow> => ({
      id: field,
      title: field,
      width: 180,
      grow: index === 0,
      cell: (row) => (
        <Long
          text={row.isOther ? (index === 0 ? "all others" : "") : row.by[field] || "(none)"}
          className={row.isOther || !row.by[field] ? "dim" : ""}
        />
      ),
      // What sums up the rest stays at the end.
      value: (row) => (row.isOther ? null : (row.by[field] ?? "")),
    })),
    ...measures.map(({ name, unit: own }): Column<AnswerRow> => ({
      id: name,
      title: name,
      width: intervals ? 200 : Math.max(96, name.length * 7 + 24),
      align: "right",
      grow: fields.length === 0,
      cell: (row) => <Cell point={row.points[name]} unit={unit || own} intervals={intervals} />,
      value: (row) => row.points[name]?.value,
    })),
    ...(measures.length === 1
      ? [
          {
            id: "n",
            title: "n",
            about: "Observations behind the number",
            width: 80,
            align: "right" as const,
            cell: (row: AnswerRow) => count(row.points[measures[0]!.name]?.n),
            value: (row: AnswerRow) => row.points[measures[0]!.name]?.n,
          },
        ]
      : []),
  ];
}

function Cell({ point, unit, intervals }: { point: Point | undefined; unit: string; intervals: boolean }) {
  const hasInterval = intervals && point && point.low !== null && point.high !== null;
  return (
    <>
      {point?.unpriced && point.value === null ? null : inUnit(point?.value, unit)}
      {point?.unpriced ? (
        <Tooltip label={`${count(point.unpriced)} calls have no price: what they cost is not known`}>
          <span className={`warn ${css.interval}`}>
            {point.value === null ? "unpriced" : `+${count(point.unpriced)}?`}
          </span>
        </Tooltip>
      ) : null}
      {hasInterval && (
        <span className={`dim ${css.interval}`}>
          {inUnit(point.low, unit)} – {inUnit(point.high, unit)}
        </span>
      )}
    </>
  );
}
