import { Button, Progress, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { count, money, percent } from "@/lib/format";
import { BadRange, parseRange, type Range } from "@/lib/time";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Job = Schemas["RepriceAnswer"];
const TOUCHES = ["/api/v1/prices", "/api/v1/audit"];

export function isOpen(job: { state: string }): boolean {
  return job.state === "waiting" || job.state === "running";
}

export function rangeOf(text: string): Range | null {
  try {
    return parseRange(text);
  } catch (error) {
    if (error instanceof BadRange) return null;
    throw error;
  }
}

/** Prices stored calls again, and how far that is. */
export function Repricing({ model: begin }: { model: string }) {
  const jobs = useGet(
    "/api/v1/prices/reprice",
    {},
    { refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? 1000 : false) },
  );
  const [model, setModel] = useState(begin);
  const [range, setRange] = useState("30d");
  const asked = rangeOf(range);
  const start = useChange(
    async () => {
      const { data } = await api.POST("/api/v1/prices/reprice", {
        body: { from: asked?.from ?? "-30d", to: asked?.to ?? "now", model: model.trim() || null, where: "" },
      });
      return data!;
    },
    { touches: TOUCHES },
  );
  const cancel = useChange(
    async (id: string) => api.DELETE("/api/v1/prices/reprice/{job_id}", { params: { path: { job_id: id } } }),
    { touches: TOUCHES },
  );
  return (
    <Panel title="Price history again">
      <Text size="sm" c="dimmed" mb={10}>
        Stored calls keep the cost they were received with. This prices them again with the prices now in force.
      </Text>
      <form
        className={css.form}
        style={{ alignItems: "end", maxWidth: 620 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (asked) start.mutate(undefined);
        }}
      >
        <TextInput
          label="Calls of"
          value={range}
          error={asked ? undefined : "Write e.g. 30d, or yesterday"}
          onChange={(event) => setRange(event.currentTarget.value)}
        />
        <TextInput
          label="Model"
          placeholder="all models"
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        <AdminButton type="submit" disabled={!asked || start.isPending}>
          Price again
        </AdminButton>
      </form>
      {start.error && <Failed error={start.error} />}
      <Async of={jobs} isEmpty={({ items }) => items.length === 0} empty={<></>}>
        {({ items }) => (
          <div style={{ marginTop: 12 }}>
            <Rows
              label="Re-pricings"
              rows={items.slice(0, 10)}
              keyOf={(job) => job.id}
              columns={[
                { title: "Asked for", cell: (job) => <Time at={job.created} relative /> },
                { title: "State", cell: (job) => <State of={job} /> },
                { title: "Looked at", isNumber: true, cell: (job) => count(job.scanned) },
                { title: "Changed", isNumber: true, cell: (job) => count(job.changed) },
                { title: "Before", isNumber: true, cell: (job) => money(job.cost_before) },
                { title: "After", isNumber: true, cell: (job) => money(job.cost_after) },
                { title: "Which", cell: (job) => <span className="mono">{job.where || "all calls"}</span> },
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
          </div>
        )}
      </Async>
    </Panel>
  );
}

/** How far a job is. */
export function State({ of: job }: { of: Pick<Job, "state" | "progress" | "error"> }) {
  if (!isOpen(job))
    return (
      <Tag tone={job.state === "failed" ? "bad" : job.state === "done" ? "accent" : "plain"}>
        {job.error ? `${job.state}: ${job.error}` : job.state}
      </Tag>
    );
  return (
    <div style={{ minWidth: 110 }}>
      <Progress value={job.progress * 100} size="sm" aria-label="Progress" />
      <span className="dim num">
        {job.state} {percent(job.progress)}
      </span>
    </div>
  );
}
