import { useParams } from "react-router";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Link } from "@/design/Link";
import { PageFrame } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { Actions } from "./Actions";
import { RuleAlerts } from "./RuleAlerts";
import { Runbook } from "./Runbook";
import { Diagnosis, Facts } from "./Story";
import { Timeline } from "./Timeline";
import { useFindings } from "./useFindings";
import type { Incident } from "./words";
import css from "./incidents.module.css";

const REFRESH_MS = 30_000;

/** One incident: what to do first, then where, what, why, and what people did about it. */
export default function IncidentPage() {
  const { id = "" } = useParams();
  const asked = useGet(
    "/api/v1/incidents/{incident_id}",
    { path: { incident_id: id } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <PageFrame
      title={asked.data?.title ?? "Incident"}
      about={
        <Link className="link" to={links.incidents()}>
          all incidents
        </Link>
      }
    >
      <Async of={asked} height={300}>
        {(incident) => <Told incident={incident} />}
      </Async>
    </PageFrame>
  );
}

function Told({ incident }: { incident: Incident }) {
  const findings = useFindings(incident);
  return (
    <div className={css.page}>
      <Facts incident={incident} />
      <Actions incident={incident} />
      <RuleAlerts incident={incident} />
      <Diagnosis incident={incident} findings={findings} />
      <div className={css.two}>
        <Timeline incident={incident} />
        <Runbook incident={incident} />
      </div>
    </div>
  );
}
