import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useAsk, useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async } from "@/design/Async";
import { chartSeries } from "@/design/chartData";
import { Link } from "@/design/Link";
import { Markdown } from "@/design/Markdown";
import { Panel } from "@/design/PageFrame";
import { TimeChart, type Marker } from "@/design/TimeChart";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { everyFor } from "@/lib/time";
import { flagsOf } from "./flags";
import { Compared } from "./Measures";
import { RunbookEditor } from "./RunbookEditor";
import { afterOf, aroundOf, beforeOf, causeName, runbookParts, type Incident } from "./words";
import css from "./incidents.module.css";

const POINTS = 60;
const GROUPS = 5;
const CHART = 130;

/** What to do about this cause; its Queries are answered for this incident's scope and time. */
export function Runbook({ incident }: { incident: Incident }) {
  const asked = useGet("/api/v1/runbooks/{name}", { path: { name: incident.runbook } }, { staleTime: 600_000 });
  const [isEditing, edit] = useState(false);
  return (
    <Panel
      title="Runbook"
      about={`${causeName(incident.runbook)}${asked.data?.is_own ? ", in your own words" : ""}`}
      actions={
        <AdminButton variant="default" size="compact-sm" disabled={!asked.data} onClick={() => edit(true)}>
          Edit
        </AdminButton>
      }
    >
      <Async of={asked}>{({ text }) => <Told text={text} incident={incident} />}</Async>
      {isEditing && asked.data && <RunbookEditor runbook={asked.data} onClose={() => edit(false)} />}
    </Panel>
  );
}

function Told({ text, incident }: { text: string; incident: Incident }) {
  const parts = useMemo(
    () => runbookParts(demoted(text), incident.scope[0] ?? {}, aroundOf(incident)),
    [text, incident],
  );
  const markers = useMemo(() => flagsOf(incident), [incident]);
  return parts.map((part, index) =>
    "text" in part ? (
      <Markdown key={index} text={part.text} />
    ) : (
      <Asked key={index} query={part.query} incident={incident} markers={markers} />
    ),
  );
}

/** The page has its heading, and this panel its own: those of the text lie below them. */
function demoted(text: string): string {
  return text.replace(/^(#+) /gm, "##$1 ");
}

/** A Query of the runbook, answered for this incident over time; one that fails says so and leaves the others alone. */
function Asked({ query, incident, markers }: { query: Query; incident: Incident; markers: Marker[] }) {
  const go = useNavigate();
  const range = useMemo(() => aroundOf(incident), [incident]);
  const by = query.by?.length ? ` by ${query.by.join(", ")}` : "";
  const name = `${Array.isArray(query.measure) ? query.measure.join(", ") : query.measure}${by}`;
  const isOne = !by && !Array.isArray(query.measure);
  const course: Query = { ...query, every: everyFor(range, POINTS), limit: GROUPS };
  const before: Query = { ...query, every: undefined, ...beforeOf(incident) };
  const after: Query = { ...query, every: undefined, ...afterOf(incident) };
  const asked = useAsk(isOne ? [course, before, after] : [course]);
  return (
    <div className={css.query}>
      <code>
        {name}
        {query.where ? ` where ${query.where}` : ""}
      </code>
      <Async of={asked} height={CHART}>
        {([told, was, is]) => (
          <>
            {isOne && <Compared was={was} is={is} before={before} after={after} />}
            <TimeChart
              label={`${name} around this incident`}
              series={chartSeries(told!)}
              unit={told!.series[0]?.unit}
              height={CHART}
              range={range}
              markers={markers}
              onRange={(chosen) => void go(links.explore({ ...course, ...chosen }))}
            />
          </>
        )}
      </Async>
      <Link className="link" to={links.explore(course)}>
        Look at it for this incident
      </Link>
    </div>
  );
}
