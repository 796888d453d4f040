import { Button } from "@mantine/core";
import { useState } from "react";
import { Async, type Asked } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Markdown } from "@/design/Markdown";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { inZone, useZone } from "@/lib/time";
import { FindingTable } from "./FindingTable";
import { Measures } from "./Measures";
import { Nearby } from "./Nearby";
import { Nature, Scopes, Severity, Status } from "./Tags";
import { Why } from "./Why";
import { afterOf, aroundOf, lasted, narrated, scopeWhere, type Finding, type Incident } from "./words";
import css from "./incidents.module.css";

const SHOWN = 8;

/** What it is, since when, how urgent, and who does what. */
export function Facts({ incident }: { incident: Incident }) {
  useZone();
  const isOver = incident.status === "closed";
  return (
    <>
      <p className={css.first}>{inZone(narrated(incident.narrative).first)}</p>
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
          <span className="dim">{isOver ? "lasted" : "lasts for"}</span> <span className="num">{lasted(incident)}</span>
        </span>
        {Object.entries(incident.roles).map(([role, person]) => (
          <span className={css.fact} key={role}>
            <span className="dim">{role}</span> {person}
          </span>
        ))}
      </div>
    </>
  );
}

/** Where, what and why: what detection and diagnosis say of an incident. isKept: whether its findings have pages. */
export function Diagnosis({
  incident,
  findings,
  isKept = true,
}: {
  incident: Incident;
  findings: Asked<Finding[]>;
  isKept?: boolean;
}) {
  useZone();
  const { rest } = narrated(incident.narrative);
  return (
    <>
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
            <Markdown text={inZone(rest)} />
          </Panel>
        )}
      </div>
      <Measures incident={incident} findings={findings} isKept={isKept} />
      <Why incident={incident} />
      <Nearby incident={incident} />
      <Async of={findings} isEmpty={(all) => all.length === 0} empty={<></>}>
        {(all) => <Belonging findings={all} isKept={isKept} />}
      </Async>
    </>
  );
}

function Belonging({ findings, isKept }: { findings: Finding[]; isKept: boolean }) {
  const [isWhole, showWhole] = useState(false);
  const isCut = findings.length > SHOWN && !isWhole;
  return (
    <Panel
      title="Findings"
      about={`${count(findings.length)} that belong together`}
      flush
      actions={
        isCut && (
          <Button variant="default" size="compact-sm" onClick={() => showWhole(true)}>
            Show all {count(findings.length)}
          </Button>
        )
      }
    >
      <FindingTable findings={isCut ? findings.slice(0, SHOWN) : findings} isKept={isKept} />
    </Panel>
  );
}
