import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { useKeepRange, useRange } from "@/lib/address";
import { count, duration, money } from "@/lib/format";
import { links } from "@/lib/links";
import { both } from "@/lib/query";
import css from "./cost.module.css";

type Level = "spans" | "traces";
const MOST = 10;

/** The calls and the requests that cost most. */
export function Dearest({ where }: { where: string }) {
  const [level, setLevel] = useState<Level>("spans");
  const [range] = useRange();
  const all = links.traces({
    where: level === "spans" ? both(where, "cost > 0") : where,
    level,
    order: "cost",
    ...range,
  });
  return (
    <Panel
      title="Most expensive"
      actions={
        <>
          <Link className="link" to={all}>
            See all
          </Link>
          <SegmentedControl
            size="xs"
            aria-label="What is ranked"
            value={level}
            onChange={(value) => setLevel(value as Level)}
            data={[
              { value: "spans", label: "Calls" },
              { value: "traces", label: "Requests" },
            ]}
          />
        </>
      }
    >
      {level === "spans" ? <Calls where={where} /> : <Requests where={where} />}
    </Panel>
  );
}

function Calls({ where }: { where: string }) {
  const [range] = useRange();
  const asked = useGet("/api/v1/spans", {
    query: { where: both(where, "cost > 0"), order: "cost", limit: MOST, from: range.from, to: range.to },
  });
  return (
    <Async of={asked} height={300} isEmpty={(list) => list.items.length === 0} empty={<None />}>
      {(list) => (
        <Table label="Most expensive calls" headings={["Model", "When", "User", "Tokens", "Took", "Cost"]}>
          {list.items.map((span: Schemas["Span"]) => (
            <tr key={span.trace_id + span.span_id + span.start}>
              <th scope="row">
                <Link className="plain-link" to={links.trace(span.trace_id, span.span_id)}>
                  <Long text={`${span.model} · ${span.service} · ${span.name}`} />
                </Link>
              </th>
              <td className={css.minor}>
                <Time at={span.start} />
              </td>
              <td className={css.minor}>
                <User user={span.user} />
              </td>
              <td className={css.minor}>{count(span.total_tokens as number | null)}</td>
              <td className={css.minor}>{duration(span.duration_ms)}</td>
              <td>{money(span.cost_total as number | null, true)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Async>
  );
}

function Requests({ where }: { where: string }) {
  const [range] = useRange();
  const asked = useGet("/api/v1/traces", {
    query: { where, order: "cost", limit: MOST, from: range.from, to: range.to },
  });
  return (
    <Async of={asked} height={300} isEmpty={(list) => list.items.length === 0} empty={<None />}>
      {(list) => (
        <Table label="Most expensive requests" headings={["Request", "When", "User", "Calls", "Took", "Cost"]}>
          {list.items.map((trace) => (
            <tr key={trace.trace_id}>
              <th scope="row">
                <Link className="plain-link" to={links.trace(trace.trace_id)}>
                  <Long text={`${trace.name || trace.trace_id} · ${trace.service}`} />
                </Link>
              </th>
              <td className={css.minor}>
                <Time at={trace.start} />
              </td>
              <td className={css.minor}>
                <User user={trace.user} />
              </td>
              <td className={css.minor}>{count(trace.call_count)}</td>
              <td className={css.minor}>{duration(trace.duration_ms)}</td>
              <td>{money(trace.cost_total, true)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Async>
  );
}

function Table({ label, headings, children }: { label: string; headings: string[]; children: React.ReactNode }) {
  return (
    <div className={css.contain}>
      <table className={`${css.calls} num`}>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {headings.map((heading, index) => (
              <th key={heading} scope="col" className={index && index < headings.length - 1 ? css.minor : undefined}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function User({ user }: { user: string }) {
  const keep = useKeepRange();
  return user ? (
    <Link className="plain-link" to={links.user(user, keep)}>
      {user}
    </Link>
  ) : (
    <span className="dim">–</span>
  );
}

function None() {
  return <Empty title="Nothing has cost anything in this time" />;
}
