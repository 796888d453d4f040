import { useParams } from "react-router";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Markdown } from "@/design/Markdown";
import { PageFrame, Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { Actions } from "./Actions";
import { Measures } from "./Measures";
import { Nearby } from "./Nearby";
import { Runbook } from "./Runbook";
import { Nature, Scopes, Severity, Status } from "./Tags";
import { Timeline } from "./Timeline";
import { Why } from "./Why";
import { afterOf, aroundOf, lasted, narrated, scopeWhere, type Incident } from "./words";
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
  const { first, rest } = narrated(incident.narrative);
  return (
    <div className={css.page}>
      <p className={css.first}>{first}</p>
      <div className={css.facts}>
        <Status of={incident.status} />
        <Severity of={incident.severity} />
        <Nature of={incident.nature} />
        <span className={css.fact}>
          <span className="dim">began</span> <Time at={incident.onset_at} />
        </span>
        <span className={css.fact}>
          <span className="dim">found</span> <Time at={incident.opened_at} />
        </span>
        <span className={css.fact}>
          <span className="dim">{incident.closed_at ? "lasted" : "lasts for"}</span>{" "}
          <span className="num">{lasted(incident)}</span>
        </span>
        {Object.entries(incident.roles).map(([role, person]) => (
          <span className={css.fact} key={role}>
            <span className="dim">{role}</span> {person}
          </span>
        ))}
      </div>
      <Actions incident={incident} />
      <div className={css.two}>
        <Panel title="Where" about="the smallest scope that carries the change">
          <Scopes of={incident.scope} slice={aroundOf(incident)} />
          <p style={{ marginBottom: 0 }}>
            <Link
              className="link"
              to={links.traces({
                where: scopeWhere(incident.scope[0] ?? {}),
                level: "traces",
                ...afterOf(incident),
              })}
            >
              Requests since it began
            </Link>
          </p>
        </Panel>
        {rest && (
          <Panel title="In words">
            <Markdown text={rest} />
          </Panel>
        )}
      </div>
      <Measures incident={incident} />
      <Why incident={incident} />
      <Nearby incident={incident} />
      <div className={css.two}>
        <Timeline incident={incident} />
        <Runbook incident={incident} />
      </div>
    </div>
  );
}
