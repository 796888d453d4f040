import { useMemo, type ReactNode } from "react";
import { useAsk } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Panel } from "@/design/PageFrame";
import { RankTable, type RankColumn } from "@/design/RankTable";
import { useKeepRange } from "@/lib/address";
import { count, money } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals, type Query } from "@/lib/query";
import { inRange, MODEL_CALLS, rowsOf, valueOf, type Frame, type Row } from "./questions";
import css from "./overview.module.css";

interface Told {
  title: string;
  heading: string;
  query: Omit<Query, "from" | "to">;
  /** Filter added to a row's link. */
  where: string;
  level: "traces" | "spans";
  columns: { measure: string; title: string; unit: string; about?: string; minor?: boolean; where?: string }[];
  first: string;
  empty: ReactNode;
}

const TOLD: Told[] = [
  {
    title: "Services",
    heading: "Service",
    query: { measure: ["count", "error_rate", "cost.sum"], by: ["service"], limit: 100 },
    where: "",
    level: "traces",
    columns: [
      { measure: "count", title: "Spans", unit: "spans" },
      { measure: "error_rate", title: "Errors", unit: "ratio", about: "Share of its spans with status error" },
      { measure: "cost.sum", title: "Cost", unit: "USD", minor: true },
    ],
    first: "count",
    empty: "No service has sent spans in this time.",
  },
  {
    title: "Models",
    heading: "Model",
    query: {
      measure: ["count", "latency.p95", "tokens.total", "cost.sum"],
      by: ["model"],
      where: MODEL_CALLS,
      limit: 100,
    },
    where: MODEL_CALLS,
    level: "spans",
    columns: [
      { measure: "count", title: "Calls", unit: "count" },
      { measure: "latency.p95", title: "p95", unit: "ms", minor: true },
      { measure: "tokens.total", title: "Tokens", unit: "tokens", minor: true },
      { measure: "cost.sum", title: "Cost", unit: "USD", about: "A dash: no price is known" },
    ],
    first: "cost.sum",
    empty: "No model was called in this time.",
  },
  {
    title: "Tools",
    heading: "Tool",
    query: {
      measure: ["count", "error_rate", "latency.p95"],
      by: ["tool_name"],
      where: "tool_name exists",
      limit: 100,
    },
    where: "",
    level: "spans",
    columns: [
      { measure: "count", title: "Calls", unit: "count" },
      { measure: "error_rate", title: "Errors", unit: "ratio" },
      { measure: "latency.p95", title: "p95", unit: "ms", minor: true },
    ],
    first: "count",
    empty: "No tool was called in this time.",
  },
  {
    title: "Failing",
    heading: "Error",
    query: { measure: "count", by: ["error_type", "service"], where: 'status = "error"', limit: 100 },
    where: 'status = "error"',
    level: "spans",
    columns: [{ measure: "count", title: "Spans", unit: "spans" }],
    first: "count",
    empty: "Nothing failed in this time.",
  },
];

/** What there is most of: services, models, tools, errors. Each row leads to its traces. */
export function Tops({ frame }: { frame: Frame }) {
  return (
    <div className={css.grid}>
      {TOLD.map((told) => (
        <Top key={told.title} told={told} frame={frame} />
      ))}
    </div>
  );
}

function Top({ told, frame }: { told: Told; frame: Frame }) {
  const { range } = frame;
  const keep = useKeepRange();
  const query = useMemo(() => inRange(range, told.query), [range, told]);
  const asked = useAsk(query, { refetchInterval: frame.refetchInterval });
  const rows = useMemo(() => rowsOf(asked.data).filter((row) => !row.isOther), [asked.data]);
  const fields = told.query.by ?? [];
  const whereOf = (row: Row) => both(told.where, ...fields.map((field) => equals(field, row.by[field] ?? "")));
  const columns: RankColumn<Row>[] = told.columns.map((column) => ({
    id: column.measure,
    title: column.title,
    about: column.about,
    minor: column.minor,
    value: (row) => valueOf(row, column.measure),
    cell: (row) => {
      const point = row.points[column.measure];
      const asked: Query = inRange(range, { measure: column.measure, where: whereOf(row) });
      const unpriced = point?.unpriced ?? 0;
      // Nought of nothing is no cost at all; a sum that leaves calls out is a lower bound.
      if (column.unit === "USD" && !point?.n && !unpriced) return <span className="dim">–</span>;
      return (
        <Figure
          value={point?.value}
          unit={column.unit}
          low={point?.low}
          high={point?.high}
          n={point?.n}
          query={asked}
          how={unpriced > 0 ? `${count(unpriced)} calls have no price and are left out.` : undefined}
        >
          {unpriced > 0 && point?.value ? `≥ ${money(point.value)}` : undefined}
        </Figure>
      );
    },
  }));
  return (
    <Panel title={told.title}>
      <Async of={asked} height={180} isEmpty={() => rows.length === 0} empty={<Empty title={String(told.empty)} />}>
        {() => (
          <RankTable
            label={`${told.title} of this time`}
            heading={told.heading}
            rows={rows}
            rowKey={(row) => fields.map((field) => row.by[field]).join("\0")}
            name={(row) => row.by[fields[0]!] || (fields[0] === "error_type" ? "error without a type" : "")}
            under={fields[1] ? (row) => row.by[fields[1]!] ?? "" : undefined}
            to={(row) => links.traces({ ...keep, where: whereOf(row), level: told.level })}
            columns={columns}
            first={told.first}
            most={7}
          />
        )}
      </Async>
    </Panel>
  );
}
