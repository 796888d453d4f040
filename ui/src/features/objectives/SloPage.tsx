import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { Stat, Stats } from "@/design/Stat";
import { TimeChart } from "@/design/TimeChart";
import { count, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { millis } from "@/lib/time";
import { AlertLog } from "./AlertLog";
import { SloForm } from "./SloForm";
import { Good } from "./SlosPage";
import { promise, SLO_STATES, within } from "./words";
import css from "./objectives.module.css";

type Slo = Schemas["SloAnswer"];
const REFRESH_MS = 60_000;

/** One promise: how it stands, how its budget burnt down, what its alerts look at, and when they came. */
export default function SloPage() {
  const { id = "" } = useParams();
  const path = { slo_id: id };
  const asked = useGet("/api/v1/slos/{slo_id}", { path }, { refetchInterval: REFRESH_MS });
  const burnt = useGet("/api/v1/slos/{slo_id}/history", { path }, { refetchInterval: REFRESH_MS });
  const [isChanging, setChanging] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const go = useNavigate();
  const remove = useChange(async () => api.DELETE("/api/v1/slos/{slo_id}", { params: { path } }), {
    touches: ["/api/v1/slos"],
    done: "It is no longer promised",
    then: () => void go(links.slos()),
  });
  const points = useMemo(
    () => (burnt.data?.items ?? []).map((one) => ({ at: millis(one.time), value: one.budget_left })),
    [burnt.data],
  );
  const slo = asked.data;
  return (
    <PageFrame
      title={slo?.name ?? "Service level"}
      about={slo && promise(slo)}
      actions={
        slo && (
          <>
            <Button
              variant="default"
              onClick={() =>
                void go(links.traces({ where: slo.bad_where, level: "spans", from: `-${slo.period_days}d` }))
              }
            >
              See the bad ones
            </Button>
            <AdminButton variant="default" onClick={() => setChanging(true)}>
              Change
            </AdminButton>
            <AdminButton variant="default" onClick={() => setRemoving(true)}>
              Remove
            </AdminButton>
          </>
        )
      }
    >
      <Async of={asked} height={240}>
        {(told) => <Standing slo={told} />}
      </Async>
      <Panel title="Error budget" about="share that was left, each point over the period before it">
        <Async of={burnt} height={200} isEmpty={({ items }) => items.every((one) => one.budget_left === null)}>
          {({ items }) => (
            <TimeChart
              label="Share of the error budget that was left"
              series={[{ name: "Left", points }]}
              unit="ratio"
              height={180}
              range={{ from: items[0]!.time, to: items.at(-1)!.time }}
              onRange={(range) => void go(links.traces({ ...range, where: slo?.bad_where ?? "", level: "spans" }))}
            />
          )}
        </Async>
      </Panel>
      <AlertLog path="/api/v1/slos/{slo_id}/alerts" params={{ path }} />
      {slo && isChanging && (
        <SloForm before={slo} onClose={() => setChanging(false)} onMade={() => setChanging(false)} />
      )}
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove “${slo?.name ?? ""}”?`}
        verb="Remove"
        onConfirm={() => remove.mutate(undefined)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        Its alerts and its history of the error budget are forgotten; the telemetry stays.
      </Confirm>
    </PageFrame>
  );
}

function Standing({ slo }: { slo: Slo }) {
  const status = slo.status!;
  const state = SLO_STATES[status.state];
  return (
    <>
      <Stats>
        <Stat label="State">
          <Tag tone={state.tone}>{state.word}</Tag>
        </Stat>
        <Stat label="Good" about="Of the period, with its 95 % interval">
          <Good slo={slo} />
        </Stat>
        <Stat label="Error budget left">{status.budget_left === null ? "–" : percent(status.budget_left)}</Stat>
        <Stat label="Budget ends in" about="At the rate of the last day">
          {status.exhausted_in_s === null ? "–" : status.exhausted_in_s === 0 ? "spent" : within(status.exhausted_in_s)}
        </Stat>
        <Stat label="Bad, of allowed">
          {count(status.bad)} of {count(Math.floor(status.allowed_bad))}
        </Stat>
      </Stats>
      <p className={css.policy}>
        <b>Releases:</b> {status.policy}
      </p>
      <Panel title="Alerts" about="fire while both windows burn faster than their rate" flush>
        <Rows
          label="Alerts"
          rows={status.rules}
          keyOf={(rule) => `${rule.long.seconds}`}
          columns={[
            {
              title: "Alert",
              cell: (rule) => <Tag tone={rule.firing ? "bad" : "plain"}>{rule.firing ? "fires" : "quiet"}</Tag>,
            },
            { title: "Urgency", cell: (rule) => rule.severity },
            { title: "Windows", cell: (rule) => `${within(rule.long.seconds)} and ${within(rule.short.seconds)}` },
            { title: "Fires above", isNumber: true, cell: (rule) => `${percent(rule.threshold)} bad` },
            { title: "Long window", isNumber: true, cell: (rule) => seen(rule.long) },
            { title: "Short window", isNumber: true, cell: (rule) => seen(rule.short) },
            { title: "Needs", isNumber: true, cell: (rule) => `${count(rule.least_events)} events` },
          ]}
        />
      </Panel>
      <p className="dim">
        Counted:{" "}
        <Link className="link" to={links.traces({ where: slo.valid_where, level: "spans" })}>
          {slo.valid_where}
        </Link>
        , as of <Time at={status.at} />.
      </p>
    </>
  );
}

function seen(window: Schemas["SloWindow"]): string {
  return window.bad_ratio === null ? "no events" : `${percent(window.bad_ratio)} of ${count(window.valid)}`;
}
