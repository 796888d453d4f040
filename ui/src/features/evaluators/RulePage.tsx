import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { Stat, Stats } from "@/design/Stat";
import { count, duration, money } from "@/lib/format";
import { links } from "@/lib/links";
import { Backfills } from "./Backfills";
import { PassRate } from "./PassRate";
import { howMuch, sumOf } from "./words";
import css from "./evaluators.module.css";

type Rule = Schemas["EvaluationRule"];
type Execution = Schemas["ExecutionAnswer"];
const REFRESH_MS = 5000;
const TONES = { failed: "bad", running: "accent", waiting: "plain", done: "plain", cancelled: "plain" } as const;

/** A rule: how it is doing, what it ran, what failed and why, and its backfills. */
export default function RulePage() {
  const { ruleId = "" } = useParams();
  const rule = useGet(
    "/api/v1/evaluations/rules/{rule_id}",
    { path: { rule_id: ruleId } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <PageFrame
      title={rule.data?.name ?? "Rule"}
      about={rule.data && `version ${rule.data.version}`}
      actions={rule.data && <Actions of={rule.data} />}
    >
      <Async of={rule} height={300}>
        {(found) => (
          <Stack gap="md">
            <Now of={found} />
            <Today of={found} />
            <Executions ruleId={found.id} />
            <Backfills rule={found} />
          </Stack>
        )}
      </Async>
    </PageFrame>
  );
}

function Actions({ of: rule }: { of: Rule }) {
  const [isRemoving, setRemoving] = useState(false);
  const go = useNavigate();
  const turn = useChange(
    async () =>
      api.POST("/api/v1/evaluations/rules/{rule_id}/enabled", {
        params: { path: { rule_id: rule.id } },
        body: { enabled: !rule.enabled },
      }),
    { touches: ["/api/v1/evaluations"], done: rule.enabled ? "It is off" : "It scores what is complete from now on" },
  );
  const remove = useChange(
    async () => api.DELETE("/api/v1/evaluations/rules/{rule_id}", { params: { path: { rule_id: rule.id } } }),
    {
      touches: ["/api/v1/evaluations/rules"],
      done: `“${rule.name}” is removed`,
      then: () => void go(links.evaluators()),
    },
  );
  return (
    <>
      <AdminButton variant="default" onClick={() => turn.mutate(undefined)} loading={turn.isPending}>
        {rule.enabled ? "Turn off" : "Turn on"}
      </AdminButton>
      <AdminButton variant="default" onClick={() => void go(links.editRule(rule.id))}>
        Change
      </AdminButton>
      <AdminButton variant="default" onClick={() => setRemoving(true)}>
        Remove
      </AdminButton>
      {turn.error && <Failed error={turn.error} />}
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove ${rule.name}?`}
        verb="Remove"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined)}
      >
        Its queue and its counts go with it. The scores it made stay.
      </Confirm>
    </>
  );
}

function Now({ of: rule }: { of: Rule }) {
  return (
    <Panel>
      {rule.problem && (
        <p className={css.warning} role="alert">
          Nothing is planned: {rule.problem}
        </p>
      )}
      <Stats>
        <Stat label="State">{rule.problem ? "stopped" : rule.enabled ? "on" : "off"}</Stat>
        <Stat label="Waiting">{count(rule.waiting + rule.running)}</Stat>
        <Stat label="Lag">{duration(rule.lag_s * 1000)}</Stat>
        <Stat label="Planned today">
          {count(rule.planned_today)}
          {rule.sampling.rows_per_day !== null && <span className="dim"> of {count(rule.sampling.rows_per_day)}</span>}
        </Stat>
        <Stat label="Spent today">
          {money(rule.spent_today_usd)}
          {rule.sampling.usd_per_day !== null && <span className="dim"> of {money(rule.sampling.usd_per_day)}</span>}
        </Stat>
      </Stats>
      <dl className={`${css.facts} ${css.below}`}>
        <dt>Scores</dt>
        <dd>
          {rule.level}s{rule.where && " with a span where "}
          {rule.where && <code>{rule.where}</code>}
        </dd>
        <dt>How many</dt>
        <dd>{howMuch(rule.sampling)}</dd>
        <dt>Complete</dt>
        <dd>when nothing came for {duration(rule.settle_s * 1000)}</dd>
        <dt>Changed</dt>
        <dd>
          <Time at={rule.changed} relative />
          {rule.author && ` by ${rule.author}`}
        </dd>
      </dl>
    </Panel>
  );
}

function Today({ of: rule }: { of: Rule }) {
  const days = new Map(rule.today.map((day) => [day.evaluator, day]));
  return (
    <Panel title="Scores today" about="UTC" flush>
      <Rows
        label="Scores today"
        rows={rule.evaluators}
        keyOf={(one) => one.score}
        columns={[
          {
            title: "Score",
            cell: (one) => (
              <>
                <Link to={links.quality({ score: one.score })} className="link">
                  <b>{one.score}</b>
                </Link>
                {one.evaluator !== one.score && <div className="dim">{one.evaluator}</div>}
              </>
            ),
          },
          { title: "Scored", isNumber: true, cell: (one) => count(days.get(one.score)?.scored ?? 0) },
          {
            title: "Passed",
            isNumber: true,
            cell: (one) => (
              <PassRate passed={days.get(one.score)?.passed ?? 0} scored={days.get(one.score)?.scored ?? 0} />
            ),
          },
          { title: "Nothing to judge", isNumber: true, cell: (one) => count(days.get(one.score)?.skipped ?? 0) },
          {
            title: "Failed",
            isNumber: true,
            cell: (one) => {
              const failed = days.get(one.score)?.failed ?? 0;
              return failed ? <Tag tone="bad">{count(failed)}</Tag> : "0";
            },
          },
          { title: "Cost", isNumber: true, cell: (one) => money(days.get(one.score)?.cost_usd ?? 0) },
        ]}
      />
      {sumOf(rule.today, "scored") === 0 && (
        <p className="dim" style={{ margin: "8px 14px" }}>
          Nothing was scored today yet.
        </p>
      )}
    </Panel>
  );
}

function Executions({ ruleId }: { ruleId: string }) {
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const executions = useGet(
    "/api/v1/evaluations/rules/{rule_id}/executions",
    { path: { rule_id: ruleId }, query: { limit: onlyTrouble ? 200 : 30 } },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const isTrouble = (one: Execution) =>
    one.state === "failed" || one.attempts > 1 || Object.keys(one.reasons).length > 0 || one.error !== "";
  return (
    <Panel
      title="Executions"
      flush
      about="up to 64 targets each"
      actions={
        <Button
          variant={onlyTrouble ? "light" : "default"}
          size="compact-sm"
          aria-pressed={onlyTrouble}
          onClick={() => setOnlyTrouble(!onlyTrouble)}
        >
          Only failures
        </Button>
      }
    >
      <Async of={executions} height={160}>
        {({ items }) => {
          const shown = onlyTrouble ? items.filter(isTrouble) : items;
          if (shown.length === 0)
            return <Empty title={onlyTrouble ? "Nothing failed" : "Nothing was run in the last seven days"} />;
          return (
            <Rows
              label="Executions"
              rows={shown}
              keyOf={(one) => one.id}
              columns={[
                { title: "Planned", cell: (one) => <Time at={one.created} relative /> },
                {
                  title: "State",
                  cell: (one) => (
                    <Group gap={4} wrap="nowrap">
                      <Tag tone={TONES[one.state]}>{one.state}</Tag>
                      {one.backfill_id && <Tag>backfill</Tag>}
                      {one.attempts > 1 && <Tag tone="warn">{`${one.attempts} attempts`}</Tag>}
                    </Group>
                  ),
                },
                { title: "Targets", isNumber: true, cell: (one) => count(one.targets) },
                {
                  title: "Scores",
                  isNumber: true,
                  cell: (one) => count(one.evaluators.reduce((n, e) => n + e.scored, 0)),
                },
                {
                  title: "Failed",
                  isNumber: true,
                  cell: (one) => count(one.evaluators.reduce((n, e) => n + e.failed, 0)),
                },
                {
                  title: "Lag",
                  isNumber: true,
                  cell: (one) => (one.lag_s === null ? "–" : duration(one.lag_s * 1000)),
                },
                {
                  title: "Took",
                  isNumber: true,
                  cell: (one) => (one.seconds === null ? "–" : duration(one.seconds * 1000)),
                },
                { title: "Why", cell: (one) => <Why of={one} /> },
              ]}
            />
          );
        }}
      </Async>
    </Panel>
  );
}

function Why({ of: one }: { of: Execution }) {
  const reasons = Object.entries(one.reasons);
  if (one.error) return <Long text={one.error} className={css.problem} lines={2} />;
  if (reasons.length === 0) return <span className="dim">–</span>;
  const example = one.problems[0];
  return (
    <>
      <Long text={reasons.map(([reason, number]) => `${count(number)}× ${reason}`).join("; ")} lines={2} />
      {example && (
        <Link to={links.trace(example.target_id)} className="link">
          for example {example.target_id.slice(0, 10)}…
        </Link>
      )}
    </>
  );
}
