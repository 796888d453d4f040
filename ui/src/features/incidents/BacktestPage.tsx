import { Button } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useParams } from "react-router";
import { useChange } from "@/api/change";
import { changeTitle, useChanges } from "@/api/changes";
import { api } from "@/api/client";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { millis } from "@/lib/time";
import { Axis, type Bar } from "./Axis";
import { Progressing, useCancel } from "./Progressing";
import { Cause, Scopes, Severity } from "./Tags";
import { aroundOf, asOf, endOf, isUnderWay, lasted, SEVERITY_TONES, type Backtest, type Incident } from "./words";
import css from "./incidents.module.css";

const REFRESH_MS = 1000;

/** One backtest: how far it is, and the incidents that would have been opened. */
export default function BacktestPage() {
  const { id = "" } = useParams();
  const asked = useGet(
    "/api/v1/backtests/{job_id}",
    { path: { job_id: id } },
    { refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? REFRESH_MS : false) },
  );
  const backtest = asked.data;
  return (
    <PageFrame
      title="Backtest"
      about={
        <>
          {backtest && (
            <>
              <Time at={backtest.from} /> to <Time at={backtest.to} />, looking every {duration(backtest.step_s * 1000)}
              {" · "}
            </>
          )}
          <Link className={`link ${css.beside}`} to={links.backtests()}>
            all backtests
          </Link>
        </>
      }
      actions={
        backtest && (
          <Button component={Link} variant="default" to={links.newMonitor({ from: backtest.from, to: backtest.to })}>
            Try a monitor on this window
          </Button>
        )
      }
    >
      <Async of={asked} height={200}>
        {(found) => <Told backtest={found} />}
      </Async>
    </PageFrame>
  );
}

function Told({ backtest }: { backtest: Backtest }) {
  const cancel = useCancel();
  if (backtest.state === "done") return <Result backtest={backtest} />;
  const again = (
    <Button component={Link} variant="default" to={links.backtests()}>
      Run another
    </Button>
  );
  if (backtest.state === "cancelled")
    return (
      <Empty title="It was cancelled" action={again}>
        What it had found until then is not kept.
      </Empty>
    );
  if (backtest.state === "failed")
    return (
      <>
        <Failed error={new Error(backtest.error)} />
        {again}
      </>
    );
  return (
    <Panel title="Under way">
      <div className={css.waiting} role="status">
        <Progressing of={backtest} />
        <p className="dim">
          It goes on when this page is closed. Weeks take some minutes; live traffic is watched meanwhile.
        </p>
      </div>
      <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(backtest.id)}>
        Cancel it
      </Button>
      {cancel.error && <Failed error={cancel.error} />}
    </Panel>
  );
}

function Result({ backtest }: { backtest: Backtest }) {
  const asked = useGet(
    "/api/v1/backtests/{job_id}/incidents",
    { path: { job_id: backtest.id } },
    { staleTime: Infinity },
  );
  return (
    <Async
      of={asked}
      height={240}
      isEmpty={({ items }) => items.length === 0}
      empty={
        <Empty
          title="No incident would have been opened"
          icon={<IconCircleCheck size={28} color="var(--ok)" aria-hidden />}
        >
          Either all was as expected, or too little came before to say what is usual: a series is judged once a day or
          two have taught that. What only you can know is watched by a{" "}
          <Link className="link" to={links.newMonitor({ from: backtest.from, to: backtest.to })}>
            monitor
          </Link>
          , which is tried on this window before it is switched on.
        </Empty>
      }
    >
      {({ items }) => <Incidents backtest={backtest} items={items} />}
    </Async>
  );
}

function Incidents({ backtest, items }: { backtest: Backtest; items: Incident[] }) {
  const window = useMemo(() => ({ from: backtest.from, to: backtest.to }), [backtest.from, backtest.to]);
  const changes = useChanges(window);
  const to = (one: Incident) => links.backtestIncident(backtest.id, one.id);
  const bars = items.map((one): Bar => {
    const tone = SEVERITY_TONES[one.severity];
    return {
      key: one.id,
      name: one.title,
      from: millis(one.onset_at),
      to: endOf(asOf(one, backtest.to)),
      tone: tone === "accent" ? "plain" : tone,
      link: to(one),
    };
  });
  const flags = (changes.data?.items ?? []).map((one) => ({ at: millis(one.time), label: changeTitle(one) }));
  const left = backtest.incidents - items.length;
  return (
    <div className={css.page}>
      <p role="status" className={css.first}>
        {count(backtest.incidents)} {backtest.incidents === 1 ? "incident" : "incidents"} would have been opened.
        {left > 0 && ` The first ${count(items.length)} are kept: choose a shorter window to see the others.`}
      </p>
      <Panel title="When" about="flags are changes, recorded or found in the data">
        {changes.error && <Failed error={changes.error} again={changes.refetch} />}
        <Axis
          label="Incidents over the window"
          from={millis(backtest.from)}
          to={millis(backtest.to)}
          bars={bars}
          flags={flags}
        />
      </Panel>
      <Panel title="Incidents" flush actions={<Keep backtest={backtest} over={items.filter((one) => one.closed_at)} />}>
        <Rows
          label="Incidents of the backtest"
          rows={items}
          keyOf={(one) => one.id}
          columns={[
            { title: "Severity", cell: (one) => <Severity of={one.severity} /> },
            {
              title: "What",
              cell: (one) => (
                <Link className="link" to={to(one)}>
                  <b>{one.title}</b>
                </Link>
              ),
            },
            { title: "Cause", cell: (one) => <Cause of={one} /> },
            { title: "Where", cell: (one) => <Scopes of={one.scope} slice={aroundOf(asOf(one, backtest.to))} /> },
            { title: "Began", cell: (one) => <Time at={one.onset_at} /> },
            { title: "Found", cell: (one) => <Time at={one.opened_at} /> },
            {
              title: "Closed",
              cell: (one) =>
                one.closed_at ? <Time at={one.closed_at} /> : <span className="dim">after the window</span>,
            },
            { title: "Lasted", isNumber: true, cell: (one) => lasted(asOf(one, backtest.to)) },
          ]}
        />
      </Panel>
    </div>
  );
}

/** Makes incidents like any other of what it found, for a history that was not watched when it happened. */
function Keep({ backtest, over }: { backtest: Backtest; over: Incident[] }) {
  const [isAsking, ask] = useState(false);
  const keep = useChange(
    async () =>
      (
        await api.POST("/api/v1/backtests/{job_id}/keep", {
          params: { path: { job_id: backtest.id } },
          body: { incidents: null },
        })
      ).data!,
    {
      touches: ["/api/v1/incidents", "/api/v1/findings"],
      done: ({ kept, already }) =>
        `${count(kept.length)} kept among the incidents${already > 0 ? `, ${count(already)} were there already` : ""}`,
      then: () => ask(false),
    },
  );
  if (over.length === 0) return null;
  return (
    <>
      <AdminButton variant="default" size="compact-sm" onClick={() => ask(true)}>
        Keep as incidents
      </AdminButton>
      <Confirm
        opened={isAsking}
        onClose={() => ask(false)}
        title="Keep what it found among the incidents?"
        verb="Keep"
        isHarmless
        onConfirm={() => keep.mutate(undefined)}
        isBusy={keep.isPending}
        error={keep.error}
      >
        {over.length === 1 ? "The one that was" : `The ${count(over.length)} that were`} over by the end of the window
        become closed incidents with their findings, e.g. of a history that was imported. Nobody is notified.
      </Confirm>
    </>
  );
}
