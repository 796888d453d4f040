import { Tooltip } from "@mantine/core";
import { Link } from "react-router";
import { Tag, Time } from "@/design/Badges";
import type { Scores } from "@/api/scores";
import type { Column } from "@/design/DataTable";
import { Long } from "@/design/Long";
import { ScoreMeans } from "@/design/ScoreMeans";
import { count, duration, money, percent } from "@/lib/format";
import { useKeepRange } from "@/lib/address";
import { links } from "@/lib/links";
import type { Range } from "@/lib/time";
import type { Person, Who } from "./people";

/** Columns of a table of sessions or users. range: that the page of a user shows, too. scores: of sessions, where they are shown. */
export function peopleColumns(who: Who, range: Range, scores?: Scores): Column<Person>[] {
  const turns = who === "session" ? "Turns" : "Traces";
  return [
    {
      id: "id",
      title: who === "session" ? "Session" : "User",
      width: 230,
      grow: true,
      cell: (row) => (
        <Link
          to={who === "session" ? links.session(row.id) : links.user(row.id, range)}
          className="plain-link cut mono"
        >
          <Long text={row.id} />
        </Link>
      ),
    },
    { id: "last", title: "Last active", width: 110, cell: (row) => <Time at={row.end} relative /> },
    who === "session"
      ? { id: "users", title: "User", width: 170, cell: (row) => <People ids={row.users ?? []} /> }
      : { id: "sessions", title: "Sessions", width: 90, align: "right", cell: (row) => count(row.session_count) },
    {
      id: "traces",
      title: turns,
      width: 80,
      align: "right",
      sortable: true,
      about: "Traces, one for each request",
      cell: (row) => count(row.trace_count),
    },
    {
      id: "errors",
      title: "Errors",
      width: 86,
      align: "right",
      sortable: true,
      about: "Spans that failed",
      cell: (row) =>
        row.error_count > 0 ? (
          <Tooltip
            label={`${count(row.failed_trace_count)} of ${count(row.trace_count)} traces have a failed span (${percent(row.failed_trace_count / row.trace_count)})`}
          >
            <span className="bad">{count(row.error_count)}</span>
          </Tooltip>
        ) : (
          <span className="dim">0</span>
        ),
    },
    {
      id: "mean",
      title: who === "session" ? "Mean turn" : "Mean trace",
      width: 96,
      align: "right",
      about: "Mean duration of a trace",
      cell: (row) => duration(row.mean_trace_ms),
    },
    {
      id: "duration",
      title: "Length",
      width: 92,
      align: "right",
      sortable: true,
      hidden: who === "user",
      about: "From the first trace's beginning to the last one's end",
      cell: (row) => duration(row.duration_ms),
    },
    {
      id: "tokens",
      title: "Tokens",
      width: 84,
      align: "right",
      sortable: true,
      cell: (row) => count(row.total_tokens),
    },
    { id: "cost", title: "Cost", width: 124, align: "right", sortable: true, cell: (row) => <Cost row={row} /> },
    ...(scores
      ? [
          {
            id: "scores",
            title: "Scores",
            width: 210,
            about: "Mean of each score of its turns and their spans",
            cell: (row: Person) => <ScoreMeans of={scores.get(row.id)} />,
          },
        ]
      : []),
    { id: "services", title: "Services", width: 190, cell: (row) => <Names names={row.services} /> },
    { id: "models", title: "Models", width: 210, hidden: who === "user", cell: (row) => <Names names={row.models} /> },
    { id: "tenants", title: "Tenant", width: 130, cell: (row) => <Names names={row.tenants} /> },
    { id: "first", title: "First seen", width: 110, hidden: true, cell: (row) => <Time at={row.start} relative /> },
  ];
}

/** Money, or that some or all of it is not known. */
export function Cost({ row }: { row: { cost_total: number | null; unpriced_count: number } }) {
  if (row.unpriced_count === 0) return <>{money(row.cost_total)}</>;
  return (
    <Tooltip label={`${count(row.unpriced_count)} calls have no known price and are not in the sum`}>
      <span>
        {row.cost_total === null ? (
          <span className="warn">unpriced</span>
        ) : (
          <>
            {money(row.cost_total)}
            <span className="warn"> +?</span>
          </>
        )}
      </span>
    </Tooltip>
  );
}

function People({ ids }: { ids: string[] }) {
  const keep = useKeepRange();
  const [first, ...others] = ids;
  if (!first) return <span className="dim">–</span>;
  return (
    <span className="cut">
      <Link to={links.user(first, keep)} className="plain-link">
        {first}
      </Link>
      {others.length > 0 && <span className="dim"> +{others.length}</span>}
    </span>
  );
}

/** The first names, and how many more there are. */
export function Names({ names }: { names: string[] }) {
  const [first, ...others] = names;
  if (!first) return <span className="dim">–</span>;
  return (
    <Tooltip label={names.join(", ")} disabled={names.length < 2}>
      <span className="cut">
        {first}
        {others.length > 0 && (
          <>
            {" "}
            <Tag>+{others.length}</Tag>
          </>
        )}
      </span>
    </Tooltip>
  );
}
