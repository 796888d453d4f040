import { Button, Checkbox, Group, Modal, NumberInput, Progress, Select, Stack } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { useQuery } from "@tanstack/react-query";
import { AdminButton } from "@/design/AdminButton";
import { Async, Failed, Loading } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, duration, money, percent } from "@/lib/format";
import css from "./evaluators.module.css";

type Rule = Schemas["EvaluationRule"];
type Backfill = Schemas["BackfillAnswer"];
const REFRESH_MS = 2000;
const SPANS = [
  { value: "-1h", label: "the last hour" },
  { value: "-24h", label: "the last day" },
  { value: "-7d", label: "the last week" },
  { value: "-30d", label: "the last 30 days" },
];

/** A rule's runs over the past, with their progress. */
export function Backfills({ rule }: { rule: Rule }) {
  const [isMaking, setMaking] = useState(false);
  const backfills = useGet(
    "/api/v1/evaluations/backfills",
    { query: { rule_id: rule.id } },
    { refetchInterval: REFRESH_MS },
  );
  const cancel = useChange(
    async (one: Backfill) =>
      api.POST("/api/v1/evaluations/backfills/{backfill_id}/cancel", { params: { path: { backfill_id: one.id } } }),
    { touches: ["/api/v1/evaluations/backfills"], done: "It is cancelled; what was scored stays" },
  );
  return (
    <Panel
      title="Backfills"
      flush
      actions={
        <AdminButton
          variant="default"
          size="compact-sm"
          leftSection={<IconHistory size={14} />}
          onClick={() => setMaking(true)}
        >
          Score the past
        </AdminButton>
      }
    >
      <Async
        of={backfills}
        height={60}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <p className="dim" style={{ margin: "8px 14px" }}>
            The past was not scored: a backfill runs the rule over a window, after telling what it takes.
          </p>
        }
      >
        {({ items }) => (
          <Rows
            label="Backfills"
            rows={items}
            keyOf={(one) => one.id}
            columns={[
              {
                title: "Window",
                cell: (one) => (
                  <>
                    <Time at={one.from} /> to <Time at={one.to} />
                  </>
                ),
              },
              {
                title: "State",
                cell: (one) => <Tag tone={one.state === "failed" ? "bad" : "plain"}>{one.state}</Tag>,
              },
              {
                title: "Progress",
                cell: (one) => (
                  <>
                    <Progress value={one.progress * 100} aria-label={`Progress of ${one.id}`} />
                    <span className="dim">
                      {percent(one.progress)}, {count(one.settled)} of {count(one.planned)} planned
                    </span>
                  </>
                ),
              },
              { title: "Why", cell: (one) => one.error || <span className="dim">–</span> },
              {
                title: "Actions",
                isHidden: true,
                cell: (one) =>
                  (one.state === "waiting" || one.state === "running") && (
                    <AdminButton variant="default" size="compact-xs" onClick={() => cancel.mutate(one)}>
                      Cancel
                    </AdminButton>
                  ),
              },
            ]}
          />
        )}
      </Async>
      {cancel.error && <Failed error={cancel.error} />}
      {isMaking && <Make rule={rule} onClose={() => setMaking(false)} />}
    </Panel>
  );
}

function Make({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const [from, setFrom] = useState("-24h");
  const [limit, setLimit] = useState<number | null>(null);
  const [again, setAgain] = useState(false);
  const body = { rule_id: rule.id, from, to: "now", limit, again };
  const estimate = useQuery({
    queryKey: ["/api/v1/evaluations/backfills/estimate", body],
    queryFn: async () => (await api.POST("/api/v1/evaluations/backfills/estimate", { body })).data!,
  });
  const begin = useChange(async () => api.POST("/api/v1/evaluations/backfills", { body }), {
    touches: ["/api/v1/evaluations"],
    done: "The backfill begins; live traffic goes first",
    then: onClose,
  });
  return (
    <Modal opened onClose={onClose} title="Score the past" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        <Select
          label="Window"
          data={SPANS}
          allowDeselect={false}
          value={from}
          onChange={(chosen) => setFrom(chosen ?? "-24h")}
          data-autofocus
        />
        <NumberInput
          label="At most so many targets"
          placeholder="any number"
          min={1}
          value={limit ?? ""}
          onChange={(number) => setLimit(number === "" ? null : Number(number))}
        />
        <Checkbox
          label="Also what has these scores already"
          checked={again}
          onChange={(event) => setAgain(event.currentTarget.checked)}
        />
        {estimate.error ? (
          <Failed error={estimate.error} again={estimate.refetch} />
        ) : estimate.data ? (
          <div role="status">
            <dl className={css.facts}>
              <dt>Targets</dt>
              <dd>
                {estimate.data.is_exact ? "" : "about "}
                {count(estimate.data.targets)} of {count(estimate.data.matching)} that pass the filter
              </dd>
              <dt>One worker takes</dt>
              <dd>{estimate.data.seconds === null ? "not known yet" : duration(estimate.data.seconds * 1000)}</dd>
              <dt>Cost</dt>
              <dd>{estimate.data.cost_usd === null ? "not known yet" : money(estimate.data.cost_usd)}</dd>
            </dl>
            {estimate.data.notes.map((note) => (
              <p key={note} className="dim">
                {note}
              </p>
            ))}
          </div>
        ) : (
          <Loading height={80} label="Estimating" />
        )}
        {begin.error && <Failed error={begin.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <AdminButton
            onClick={() => begin.mutate(undefined)}
            loading={begin.isPending}
            disabled={!estimate.data || estimate.data.targets === 0}
          >
            Begin
          </AdminButton>
        </Group>
      </Stack>
    </Modal>
  );
}
