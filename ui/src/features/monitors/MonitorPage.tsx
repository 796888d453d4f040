import { Button } from "@mantine/core";
import { useState } from "react";
import { Link as RouterLink, useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { Stat, Stats } from "@/design/Stat";
import { ToIncident } from "@/features/incidents/ToIncident";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { Comparison, History } from "./History";
import { MaintenanceDialog } from "./Maintenance";
import { State } from "./MonitorsPage";
import { groupName, kindName, sent, told, type Monitor } from "./words";
import css from "./monitors.module.css";

const REFRESH_MS = 30_000;
type Dialog = "" | "remove" | "maintenance";

/** One monitor: how it stands, what it saw, and when it alerted. */
export default function MonitorPage() {
  const { id = "" } = useParams();
  const asked = useGet("/api/v1/monitors/{monitor_id}", { path: { monitor_id: id } }, { refetchInterval: REFRESH_MS });
  const monitor = asked.data;
  return (
    <PageFrame
      title={monitor?.name ?? "Monitor"}
      about={
        <Link className="link" to={links.monitors()}>
          all monitors
        </Link>
      }
      range
      actions={monitor && <Actions monitor={monitor} />}
    >
      <Async of={asked} height={240}>
        {(found) => <Told monitor={found} />}
      </Async>
    </PageFrame>
  );
}

function Actions({ monitor }: { monitor: Monitor }) {
  const [dialog, setDialog] = useState<Dialog>("");
  const go = useNavigate();
  const close = () => setDialog("");
  const path = { monitor_id: monitor.id };
  const touches = ["/api/v1/monitors"];
  const pause = useChange(
    async (paused: boolean) =>
      (await api.PUT("/api/v1/monitors/{monitor_id}", { params: { path }, body: { ...sent(monitor), paused } })).data!,
    { touches, done: (after) => (after.paused ? "It is paused: it tells nobody" : "It watches again") },
  );
  const remove = useChange(async () => api.DELETE("/api/v1/monitors/{monitor_id}", { params: { path } }), {
    touches: ["/api/v1/monitors"],
    done: "It is removed",
    then: () => void go(links.monitors()),
  });
  return (
    <>
      <AdminButton variant="default" loading={pause.isPending} onClick={() => pause.mutate(!monitor.paused)}>
        {monitor.paused ? "Resume" : "Pause"}
      </AdminButton>
      <AdminButton variant="default" onClick={() => setDialog("maintenance")}>
        Maintenance
      </AdminButton>
      <Button component={RouterLink} variant="default" to={links.editMonitor(monitor.id)}>
        Change
      </Button>
      <AdminButton variant="default" onClick={() => setDialog("remove")}>
        Remove
      </AdminButton>
      {pause.error && <Failed error={pause.error} />}
      {dialog === "maintenance" && <MaintenanceDialog monitor={monitor} onClose={close} />}
      <Confirm
        opened={dialog === "remove"}
        onClose={close}
        title={`Remove “${monitor.name}”?`}
        verb="Remove"
        onConfirm={() => remove.mutate(undefined)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        It watches no more, and its alerts are forgotten.
      </Confirm>
    </>
  );
}

function Told({ monitor }: { monitor: Monitor }) {
  const [range, setRange] = useRange();
  const query = { ...monitor.query, every: monitor.every, ...range } as unknown as Query;
  return (
    <div className={css.form}>
      <Stats>
        <Stat label="State">
          <State of={monitor} />
        </Stat>
        <Stat label="Type">{kindName(monitor.type)}</Stat>
        <Stat label="Severity">{monitor.severity}</Stat>
        <Stat label="Looks every">{monitor.every}</Stat>
        <Stat label="Alerts after" about="Windows in a row">
          {monitor.after}
        </Stat>
      </Stats>
      <p className={`dim ${css.about}`}>
        Watches{" "}
        <Link className="link" to={links.explore(query)}>
          {told(monitor.query)}
        </Link>
        {Object.entries(monitor.settings).map(([name, value]) => (
          <span key={name}>
            , {name.replaceAll("_", " ")}{" "}
            {typeof value === "object" ? told(value as Record<string, unknown>) : String(value)}
          </span>
        ))}
      </p>
      <Alerts monitor={monitor} />
      <Panel title="What it judged" about="with its settings of today, over the chosen time">
        <History monitor={{ ...sent(monitor), paused: false }} range={range} onRange={setRange} />
      </Panel>
    </div>
  );
}

function Alerts({ monitor }: { monitor: Monitor }) {
  const acknowledge = useChange(
    async () =>
      (
        await api.POST("/api/v1/monitors/{monitor_id}/acknowledge", {
          params: { path: { monitor_id: monitor.id } },
        })
      ).data!,
    { touches: ["/api/v1/monitors"], done: "Acknowledged: nobody is told again while it lasts" },
  );
  const isWaiting = monitor.alerts.some((one) => !one.end && !one.acknowledged_by);
  return (
    <Panel
      title="Alerts"
      flush={monitor.alerts.length > 0}
      actions={
        isWaiting && (
          <AdminButton size="compact-xs" loading={acknowledge.isPending} onClick={() => acknowledge.mutate(undefined)}>
            Acknowledge
          </AdminButton>
        )
      }
    >
      {acknowledge.error && <Failed error={acknowledge.error} />}
      {monitor.alerts.length === 0 ? (
        <Empty title="No alert yet">Below stands what it would have said before it was switched on.</Empty>
      ) : (
        <Rows
          label="Alerts"
          rows={monitor.alerts}
          keyOf={(one) => `${one.start} ${groupName(one.by)}`}
          columns={[
            { title: "State", cell: (one) => <Tag tone={one.end ? "plain" : "bad"}>{one.end ? "over" : "lasts"}</Tag> },
            { title: "Group", cell: (one) => groupName(one.by) },
            {
              title: "Why",
              cell: (one) => (
                <>
                  {one.text} <Comparison of={one} />
                </>
              ),
            },
            { title: "From", cell: (one) => <Time at={one.start} /> },
            { title: "To", cell: (one) => (one.end ? <Time at={one.end} /> : "still") },
            { title: "Incident", cell: (one) => <ToIncident id={one.incident} /> },
            { title: "Seen by", cell: (one) => one.acknowledged_by || <span className="dim">nobody</span> },
          ]}
        />
      )}
    </Panel>
  );
}
