import { useMemo } from "react";
import { useParams } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { Runbook } from "./Runbook";
import { Diagnosis, Facts } from "./Story";
import { Lines } from "./Timeline";
import { asOf, type Backtest } from "./words";
import css from "./incidents.module.css";

/** An incident that would have been opened, as it would have been read. Nobody was told, and nothing can be done to it. */
export default function BacktestIncidentPage() {
  const { id = "", incident = "" } = useParams();
  const backtest = useGet("/api/v1/backtests/{job_id}", { path: { job_id: id } });
  const asked = useGet(
    "/api/v1/backtests/{job_id}/incidents/{incident_id}",
    { path: { job_id: id, incident_id: incident } },
    { staleTime: Infinity },
  );
  return (
    <PageFrame
      title={asked.data?.incident.title ?? "Incident of a backtest"}
      about={
        <>
          would have been opened ·{" "}
          <Link className={`link ${css.beside}`} to={links.backtest(id)}>
            all of this backtest
          </Link>
        </>
      }
    >
      <Async of={backtest} height={300}>
        {(window) => (
          <Async of={asked} height={300}>
            {(told) => <Told told={told} backtest={window} />}
          </Async>
        )}
      </Async>
    </PageFrame>
  );
}

function Told({ told, backtest }: { told: Schemas["BacktestIncident"]; backtest: Backtest }) {
  const incident = useMemo(() => asOf(told.incident, backtest.to), [told, backtest.to]);
  const findings = { data: told.findings, error: null, isPending: false };
  return (
    <div className={css.page}>
      <Facts incident={incident} />
      <Diagnosis incident={incident} findings={findings} isKept={false} />
      <div className={css.two}>
        <Panel title="Timeline">
          <Lines of={incident.timeline} />
        </Panel>
        <Runbook incident={incident} />
      </div>
    </div>
  );
}
