import { Group, Progress } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, money } from "@/lib/format";
import { links } from "@/lib/links";
import { JudgeForm } from "./JudgeForm";
import css from "./calibration.module.css";

type Judge = Schemas["JudgeAnswer"];
type Chosen = { what: "change" | "delete"; judge: Judge };

/** The judges of the project: what they ask, whom, and for how much. */
export function Judges() {
  const judges = useGet("/api/v1/judges");
  const [chosen, choose] = useState<Chosen | null>(null);
  const close = () => choose(null);
  return (
    <>
      <Async
        of={judges}
        height={120}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Panel title="Judges">
            <Empty title="No judges yet">
              A judge is a language model that scores by a rubric, within a spend limit. Name an endpoint first, then
              make a judge; rules use it as <code>judge:name</code>.
            </Empty>
          </Panel>
        }
      >
        {({ items }) => (
          <Panel title="Judges" flush>
            <Rows
              label="Judges"
              rows={items}
              keyOf={(one) => one.id}
              isDim={(one) => one.is_paused}
              columns={[
                {
                  title: "Judge",
                  cell: (one) => (
                    <>
                      <Link className="plain-link" to={links.calibration(one.name)}>
                        <b>{one.name}</b>
                      </Link>{" "}
                      <span className="dim">v{one.version}</span> {one.is_paused && <Tag>paused</Tag>}
                      <Long text={one.question} className={css.about} />
                    </>
                  ),
                },
                { title: "Rubric", cell: (one) => one.rubric },
                {
                  title: "Models",
                  cell: (one) => one.panel.map((seat, at) => <Tag key={at}>{`${seat.model} at ${seat.endpoint}`}</Tag>),
                },
                { title: "Spent today", isNumber: true, width: "180px", cell: (one) => <Spent of={one} /> },
                { title: "Spent in all", isNumber: true, cell: (one) => money(one.spent.in_all_usd) },
                { title: "Calls", isNumber: true, cell: (one) => count(one.spent.calls) },
                { title: "Used by", cell: (one) => <Users of={one} /> },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <Group gap={6} wrap="nowrap" justify="flex-end">
                      <AdminButton
                        variant="default"
                        size="compact-xs"
                        aria-label={`Change ${one.name}`}
                        onClick={() => choose({ what: "change", judge: one })}
                      >
                        Change
                      </AdminButton>
                      <AdminButton
                        variant="default"
                        size="compact-xs"
                        aria-label={`Delete ${one.name}`}
                        onClick={() => choose({ what: "delete", judge: one })}
                      >
                        Delete
                      </AdminButton>
                    </Group>
                  ),
                },
              ]}
            />
          </Panel>
        )}
      </Async>
      {chosen?.what === "change" && <JudgeForm before={chosen.judge} onClose={close} />}
      {chosen?.what === "delete" && <Delete judge={chosen.judge} onClose={close} />}
    </>
  );
}

function Users({ of }: { of: Judge }) {
  if (of.used_by.length === 0) return <span className="dim">no rule</span>;
  return of.used_by.map((rule) => (
    <Link key={rule.id} className="link" to={links.rule(rule.id)}>
      {rule.name}{" "}
    </Link>
  ));
}

function Delete({ judge, onClose }: { judge: Judge; onClose: () => void }) {
  const remove = useChange(
    async () => api.DELETE("/api/v1/judges/{judge}", { params: { path: { judge: judge.id } } }),
    {
      touches: ["/api/v1/judges", "/api/v1/evaluators"],
      done: `Judge “${judge.name}” deleted`,
      then: onClose,
    },
  );
  const rules = judge.used_by;
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Delete “${judge.name}”?`}
      verb="Delete"
      onConfirm={() => remove.mutate(undefined)}
      isBusy={remove.isPending}
      error={remove.error}
    >
      {rules.length === 0
        ? "No rule uses it."
        : `${rules.length === 1 ? "One rule uses" : `${count(rules.length)} rules use`} it: ${rules
            .map((rule) => rule.name)
            .join(
              ", ",
            )}. ${rules.length === 1 ? "It" : "They"} will say that it is gone and score nothing with it.`}{" "}
      Its scores stay; its frozen set and the rounds over it are forgotten.
    </Confirm>
  );
}

/** What of the day's limit is gone. */
export function Spent({ of }: { of: Judge }) {
  const limit = of.usd_per_day;
  const spent = of.spent.day_usd;
  if (limit === null) return <>{money(spent)}</>;
  const share = limit > 0 ? Math.min(100, (spent / limit) * 100) : 100;
  return (
    <>
      {money(spent)} of {money(limit)}
      <Progress
        value={share}
        size="sm"
        color={share >= 90 ? "red" : "teal"}
        aria-label={`Share of the day's limit ${of.name} has spent`}
      />
    </>
  );
}
