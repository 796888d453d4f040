/** Columns of the list. */

import type { Scores } from "@/api/scores";
import type { Column } from "@/design/column";
import { KindBadge } from "@/design/Badges";
import { ScoreMeans } from "@/design/ScoreMeans";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { At, Cost, Lasted, Nothing, Outcome, Several, Tokens, Value } from "./Cells";
import { isSpan, type Row, type Span, type Trace } from "./rows";
import css from "./traces.module.css";

/** What cells need besides their row. */
export interface Beside {
  /** ms of a full bar of duration. */
  most: number;
  scores: Scores;
}

type Of<R> = Column<R>;

function text<R>(
  id: string,
  title: string,
  width: number,
  field: string,
  value: (row: R) => string,
  more: Partial<Of<R>> = {},
): Of<R> {
  return { id, title, width, cell: (row) => <Value field={field} value={value(row)} />, ...more };
}

function tally<R>(
  id: string,
  title: string,
  width: number,
  value: (row: R) => number | null | undefined,
  more: Partial<Of<R>> = {},
): Of<R> {
  return {
    id,
    title,
    width,
    align: "right",
    cell: (row) => (value(row) ? count(value(row)) : <Nothing />),
    ...more,
  };
}

interface Common {
  start: string;
  session: string;
  user: string;
  environment: string;
  tenant: string;
  team: string;
  feature: string;
  release: string;
  trace_id: string;
}

const start = <R extends Common>(): Of<R> => ({
  id: "start",
  title: "Time",
  width: 118,
  sortable: true,
  cell: (row) => <At time={row.start} />,
});

function people<R extends Common>(): Of<R>[] {
  return [
    {
      id: "user",
      title: "User",
      width: 136,
      cell: ({ user = "" }) => <Value field="user" value={user} to={links.user(user)} />,
    },
    {
      id: "session",
      title: "Session",
      width: 136,
      cell: ({ session = "" }) => <Value field="session" value={session} to={links.session(session)} />,
    },
  ];
}

function places<R extends Common>(): Of<R>[] {
  return [
    text("environment", "Environment", 110, "environment", (row) => row.environment, { hidden: true }),
    text("tenant", "Tenant", 130, "tenant", (row) => row.tenant, { hidden: true }),
    text("team", "Team", 110, "team", (row) => row.team, { hidden: true }),
    text("feature", "Feature", 130, "feature", (row) => row.feature, { hidden: true }),
    text("release", "Release", 110, "release", (row) => row.release, { hidden: true }),
    {
      id: "trace_id",
      title: "Trace id",
      width: 150,
      hidden: true,
      cell: (row) => (
        <span className="mono cut">
          <Value field="trace_id" value={row.trace_id} />
        </span>
      ),
    },
  ];
}

/** Whole traces. */
export function traceColumns({ most, scores }: Beside): Of<Trace>[] {
  return [
    start(),
    {
      id: "name",
      title: "Trace",
      width: 190,
      grow: true,
      cell: (row) => (
        <span className={css.name}>
          <KindBadge kind={row.root_kind} />
          {row.has_root ? (
            <Value field="name" value={row.name} />
          ) : (
            <span className="dim cut">root span has not arrived</span>
          )}
        </span>
      ),
    },
    text("service", "Service", 122, "service", (row) => row.service),
    {
      id: "errors",
      title: "Status",
      width: 80,
      sortable: true,
      about: "Errors anywhere in the trace",
      cell: (row) => <Outcome status={row.root_status} errors={row.error_count} />,
    },
    {
      id: "duration",
      title: "Duration",
      width: 118,
      align: "right",
      sortable: true,
      cell: (row) => <Lasted ms={row.duration_ms} most={most} isBad={row.error_count > 0} />,
    },
    {
      id: "tokens",
      title: "Tokens",
      width: 74,
      align: "right",
      sortable: true,
      cell: (row) => <Tokens total={row.total_tokens} input={row.input_tokens} output={row.output_tokens} />,
    },
    {
      id: "cost",
      title: "Cost",
      width: 92,
      align: "right",
      sortable: true,
      cell: (row) => <Cost usd={row.cost_total} calls={row.call_count} unpriced={row.unpriced_count} />,
    },
    { id: "models", title: "Models", width: 168, cell: (row) => <Several field="model" values={row.models} /> },
    {
      id: "scores",
      title: "Scores",
      width: 150,
      about: "Mean of each score of the trace and its spans",
      cell: (row) => <ScoreMeans of={scores.get(row.trace_id)} />,
    },
    ...people<Trace>(),
    tally("spans", "Spans", 66, (row) => row.span_count, { sortable: true }),
    tally("calls", "Calls", 62, (row) => row.call_count, { hidden: true, about: "Spans whose tokens and costs count" }),
    tally("input_tokens", "Tokens in", 84, (row) => row.input_tokens, { hidden: true }),
    tally("output_tokens", "Tokens out", 84, (row) => row.output_tokens, { hidden: true }),
    {
      id: "services",
      title: "All services",
      width: 180,
      hidden: true,
      cell: (row) => <Several field="service" values={row.services} />,
    },
    {
      id: "flags",
      title: "Flags",
      width: 120,
      hidden: true,
      about: "Marks of data quality",
      cell: (row) => <Several field="flag" values={row.flags} />,
    },
    ...places<Trace>(),
  ];
}

/** Single spans. isCalls: only calls of models. */
export function spanColumns({ most, scores }: Beside, isCalls: boolean): Of<Span>[] {
  return [
    start(),
    {
      id: "name",
      title: isCalls ? "Call" : "Span",
      width: 170,
      grow: true,
      cell: (row) => (
        <span className={css.name}>
          <KindBadge kind={row.kind ?? "other"} />
          <Value field="name" value={row.name} />
        </span>
      ),
    },
    text("service", "Service", 122, "service", (row) => row.service),
    {
      id: "status",
      title: "Status",
      width: 110,
      cell: (row) => <Outcome status={row.status ?? "unset"} word={row.status === "error" ? row.error_type : ""} />,
    },
    {
      id: "duration",
      title: "Duration",
      width: 118,
      align: "right",
      sortable: true,
      cell: (row) => <Lasted ms={row.duration_ms ?? 0} most={most} isBad={row.status === "error"} />,
    },
    {
      id: "ttft",
      title: "First token",
      width: 84,
      align: "right",
      hidden: !isCalls,
      about: "Time to the first token",
      cell: (row) => duration(row.ttft_ms),
    },
    text("model", "Model", 150, "model", (row) => row.model),
    {
      id: "tokens",
      title: "Tokens",
      width: 66,
      align: "right",
      sortable: true,
      cell: (row) => <Tokens total={row.total_tokens} input={row.input_tokens} output={row.output_tokens} />,
    },
    {
      id: "cost",
      title: "Cost",
      width: 84,
      align: "right",
      sortable: true,
      cell: (row) => (
        <Cost usd={row.cost_total} calls={row.cost_source ? 1 : 0} unpriced={row.cost_source === "unpriced" ? 1 : 0} />
      ),
    },
    {
      id: "scores",
      title: "Scores",
      width: 130,
      hidden: !isCalls,
      about: "Mean of each score of the trace",
      cell: (row) => <ScoreMeans of={scores.get(row.trace_id)} />,
    },
    ...people<Span>(),
    ...["input", "output"].map((end): Of<Span> => ({
      id: `${end}_preview`,
      title: end === "input" ? "Input" : "Output",
      width: 260,
      hidden: true,
      about: "The first 200 characters; read only while this column is shown",
      cell: (row) => <Preview text={(end === "input" ? row.input_preview : row.output_preview) ?? ""} />,
    })),
    tally("input_tokens", "Tokens in", 84, (row) => row.input_tokens, { hidden: true }),
    tally("output_tokens", "Tokens out", 84, (row) => row.output_tokens, { hidden: true }),
    tally("cached", "Cached", 76, (row) => row.cached_input_tokens, {
      hidden: true,
      about: "Input tokens read from the provider's cache",
    }),
    text("kind", "Kind", 90, "kind", (row) => row.kind ?? "", { hidden: true }),
    text("provider", "Provider", 100, "provider", (row) => row.provider, { hidden: true }),
    text("tool", "Tool", 120, "tool_name", (row) => row.tool_name, { hidden: true }),
    text("prompt", "Prompt", 130, "prompt_name", (row) => row.prompt_name, { hidden: true }),
    text("prompt_version", "Prompt version", 110, "prompt_version", (row) => row.prompt_version, { hidden: true }),
    {
      id: "finish",
      title: "Finish",
      width: 90,
      hidden: true,
      about: "Why generation ended",
      cell: (row) => <Several field="finish_reason" values={row.finish_reasons ?? []} />,
    },
    text("region", "Region", 100, "region", (row) => row.region, { hidden: true }),
    text("convention", "Convention", 120, "convention", (row) => row.convention, {
      hidden: true,
      about: "The dialect it was sent in",
    }),
    ...places<Span>(),
  ];
}

function Preview({ text: said }: { text: string }) {
  if (!said) return <Nothing />;
  return (
    <span className="cut" title={said}>
      {said}
    </span>
  );
}

/** For a phone: everything of a row in one column of two lines. */
export function phoneColumns(order: string): Column<Row>[] {
  return [
    {
      id: "row",
      title:
        order === "newest" || order === "oldest" ? `${order === "newest" ? "Newest" : "Oldest"} first` : `By ${order}`,
      width: 300,
      grow: true,
      cell: (row) => <Lines row={row} />,
    },
  ];
}

function Lines({ row }: { row: Row }) {
  const isOne = isSpan(row);
  const kind = (isOne ? row.kind : row.root_kind) ?? "other";
  const status = (isOne ? row.status : row.root_status) ?? "unset";
  const errors = isOne ? 0 : row.error_count;
  const cost = isOne ? (row.cost_source ? 1 : 0) : row.call_count;
  const unpriced = isOne ? (row.cost_source === "unpriced" ? 1 : 0) : row.unpriced_count;
  return (
    <span className={css.lines}>
      <span className={css.name}>
        <KindBadge kind={kind} />
        <span className="cut">{row.name || "root span has not arrived"}</span>
        <span className={css.lineEnd}>
          <Outcome status={status} errors={errors} />
        </span>
      </span>
      <span className={`${css.second} dim num`}>
        <At time={row.start} />
        <span className="cut">{row.service}</span>
        <span className={css.lineEnd}>{duration(row.duration_ms ?? 0)}</span>
        <Cost usd={row.cost_total} calls={cost} unpriced={unpriced} />
      </span>
    </span>
  );
}
