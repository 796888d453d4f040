import { useMemo } from "react";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Link } from "@/design/Link";
import { Markdown } from "@/design/Markdown";
import { Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { aroundOf, causeName, runbookParts, type Incident } from "./words";
import css from "./incidents.module.css";

/** What to do about this cause; its Queries ask about this incident's scope and time. */
export function Runbook({ incident }: { incident: Incident }) {
  const asked = useGet("/api/v1/runbooks/{name}", { path: { name: incident.runbook } }, { staleTime: 600_000 });
  return (
    <Panel title="Runbook" about={causeName(incident.runbook)}>
      <Async of={asked}>{({ text }) => <Told text={text} incident={incident} />}</Async>
    </Panel>
  );
}

function Told({ text, incident }: { text: string; incident: Incident }) {
  const parts = useMemo(
    () => runbookParts(demoted(text), incident.scope[0] ?? {}, aroundOf(incident)),
    [text, incident],
  );
  return parts.map((part, index) =>
    "text" in part ? <Markdown key={index} text={part.text} /> : <Asked key={index} query={part.query} />,
  );
}

/** The page has its heading, and this panel its own: those of the text lie below them. */
function demoted(text: string): string {
  return text.replace(/^(#+) /gm, "##$1 ");
}

function Asked({ query }: { query: Query }) {
  const by = query.by?.length ? ` by ${query.by.join(", ")}` : "";
  return (
    <div className={css.query}>
      <code>
        {Array.isArray(query.measure) ? query.measure.join(", ") : query.measure}
        {by}
        {query.where ? ` where ${query.where}` : ""}
      </code>
      <Link className="link" to={links.explore(query)}>
        Look at it for this incident
      </Link>
    </div>
  );
}
