import { Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { count, money } from "@/lib/format";
import { links } from "@/lib/links";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { isOpen, rangeOf, State } from "./Repricing";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Job = Schemas["RemapAnswer"];
const TOUCHES = ["/api/v1/remaps", "/api/v1/audit"];

/** Reads stored spans again with the mappings in force. draft: a text not kept yet, for counting what it would change. */
export function Remaps({ draft = "" }: { draft?: string }) {
  const jobs = useGet(
    "/api/v1/remaps",
    {},
    { refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? 1000 : false) },
  );
  const [range, setRange] = useState("30d");
  const [where, setWhere] = useState("");
  const asked = rangeOf(range);
  const start = useChange(
    async (isDry: boolean) => {
      const body = {
        from: asked?.from ?? "-30d",
        to: asked?.to ?? "now",
        where,
        dry_run: isDry,
        draft: isDry ? draft : "",
      };
      const { data } = await api.POST("/api/v1/remaps", { body });
      return data!;
    },
    { touches: TOUCHES },
  );
  const cancel = useChange(
    async (id: string) => api.DELETE("/api/v1/remaps/{job_id}", { params: { path: { job_id: id } } }),
    { touches: TOUCHES },
  );
  return (
    <Panel title="Re-apply to history">
      <Text size="sm" c="dimmed" mb={10} maw="68ch">
        Stored spans are read again with the mappings in force, as if these had been there from the first. Count first
        what would change
        {draft ? " with the text above, kept or not" : ""}: that stores nothing.
      </Text>
      <div className={css.form} style={{ alignItems: "end", maxWidth: 760 }}>
        <TextInput
          label="Spans of"
          value={range}
          error={asked ? undefined : "Write e.g. 30d, or yesterday"}
          onChange={(event) => setRange(event.currentTarget.value)}
        />
        <TextInput
          label="Filter"
          placeholder="all spans"
          classNames={{ input: "mono" }}
          value={where}
          onChange={(event) => setWhere(event.currentTarget.value)}
        />
        <Group gap={6} wrap="nowrap">
          <AdminButton variant="default" disabled={!asked || start.isPending} onClick={() => start.mutate(true)}>
            Count changes
          </AdminButton>
          {!draft && (
            <AdminButton disabled={!asked || start.isPending} onClick={() => start.mutate(false)}>
              Re-apply
            </AdminButton>
          )}
        </Group>
      </div>
      {draft && (
        <Text size="xs" c="dimmed" mt={6}>
          To re-apply, save the text first.
        </Text>
      )}
      {start.error && <Failed error={start.error} />}
      <Async of={jobs} isEmpty={({ items }) => items.length === 0} empty={<></>}>
        {({ items }) => (
          <div style={{ marginTop: 12, display: "flex", flexDirection: "column", gap: 12 }}>
            <Rows
              label="Re-applications"
              rows={items.slice(0, 10)}
              keyOf={(job) => job.id}
              columns={[
                { title: "Asked for", cell: (job) => <Time at={job.created} relative /> },
                { title: "State", cell: (job) => <State of={job} /> },
                { title: "What", cell: (job) => (job.dry_run ? <Tag>counted only</Tag> : "re-applied") },
                { title: "Looked at", isNumber: true, cell: (job) => count(job.scanned) },
                { title: "Changed", isNumber: true, cell: (job) => count(job.changed) },
                {
                  title: "Cost",
                  isNumber: true,
                  cell: (job) =>
                    job.cost_before === job.cost_after ? (
                      <span className="dim">as before</span>
                    ) : (
                      `${money(job.cost_before)} → ${money(job.cost_after)}`
                    ),
                },
                {
                  title: "Fields",
                  cell: (job) => (
                    <Long text={job.fields.map((one) => `${one.field} (${count(one.spans)})`).join(", ") || "–"} />
                  ),
                },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (job) =>
                    isOpen(job) && (
                      <Button variant="default" size="compact-xs" onClick={() => cancel.mutate(job.id)}>
                        Stop
                      </Button>
                    ),
                },
              ]}
            />
            {items[0] && items[0].samples.length > 0 && <Samples job={items[0]} />}
          </div>
        )}
      </Async>
    </Panel>
  );
}

/** A few of the latest job's changes, before and after. */
function Samples({ job }: { job: Job }) {
  return (
    <Rows
      label="Some of the changes"
      rows={job.samples.slice(0, 20)}
      keyOf={(one) => `${one.trace_id}${one.span_id}${one.field}`}
      columns={[
        { title: "For example", cell: (one) => <span className="mono">{one.field}</span> },
        { title: "Before", cell: (one) => <Long text={one.before || "nothing"} className={one.before ? "" : "dim"} /> },
        {
          title: job.dry_run ? "Would be" : "Now",
          cell: (one) => (
            <b>
              <Long text={one.after || "nothing"} />
            </b>
          ),
        },
        {
          title: "Span",
          cell: (one) => (
            <Link className="link mono" to={links.trace(one.trace_id, one.span_id)}>
              {one.span_id}
            </Link>
          ),
        },
      ]}
    />
  );
}
