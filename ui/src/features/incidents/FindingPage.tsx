import { useMemo } from "react";
import { useParams } from "react-router";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Stat, Stats } from "@/design/Stat";
import { count, duration, number } from "@/lib/format";
import { links } from "@/lib/links";
import { millis } from "@/lib/time";
import { apart } from "./flags";
import { Measure } from "./Measures";
import { Scopes } from "./Tags";
import {
  afterOf,
  aroundOf,
  endOf,
  expectedWithin,
  findingWhere,
  inFinding,
  movedName,
  ruleOf,
  scopeName,
  timeOf,
  type Finding,
} from "./words";
import css from "./incidents.module.css";

/** One finding: what was seen against what was expected, over time, and the incident it belongs to. */
export default function FindingPage() {
  const { id = "" } = useParams();
  const asked = useGet("/api/v1/findings/{finding_id}", { path: { finding_id: id } });
  const finding = asked.data;
  return (
    <PageFrame
      title={finding ? `${finding.measure}, ${scopeName(finding.scope)}` : "Finding"}
      about={
        <Link className="link" to={links.findings()}>
          all findings
        </Link>
      }
    >
      <Async of={asked} height={300}>
        {(found) => <Told finding={found} />}
      </Async>
    </PageFrame>
  );
}

function Told({ finding }: { finding: Finding }) {
  // An alert of a rule was seen against the rule's limit: there is no chance to be told apart from.
  const rule = ruleOf(finding);
  const time = useMemo(() => timeOf(finding), [finding]);
  const markers = useMemo(() => {
    const ended = finding.closed ? [{ at: millis(finding.closed), label: "Its incident ended" }] : [];
    const began = { at: millis(finding.onset), label: "Began (estimated)" };
    return apart([began, { at: millis(finding.found), label: "Found" }, ...ended], time);
  }, [finding, time]);
  return (
    <div className={css.page}>
      <p className={css.first}>
        {rule ? finding.details.text : `${finding.measure} went ${movedName(finding)}.`}{" "}
        {rule && (
          <>
            It is an alert of{" "}
            <Link className={`link ${css.beside}`} to={rule.link}>
              a {rule.word}
            </Link>
            .{" "}
          </>
        )}
        {finding.incident ? (
          <>
            It belongs to the incident{" "}
            <Link className={`link ${css.beside}`} to={links.incident(finding.incident)}>
              {finding.incident_title}
            </Link>
            .
          </>
        ) : (
          "It belongs to no incident."
        )}
      </p>
      <div className={css.facts}>
        <Tag tone={finding.state === "open" ? "bad" : "plain"}>{finding.state}</Tag>
        <Scopes of={[finding.scope]} slice={aroundOf(time)} />
        <Fact name="first seen" at={finding.onset} />
        <Fact name="found" at={finding.found} />
        <Fact name="last seen" at={finding.to} />
        <span className={css.fact}>
          <span className="dim">{finding.closed ? "lasted" : "lasts for"}</span>
          <span className="num">{duration(Math.max(0, endOf(time) - millis(finding.onset)))}</span>
        </span>
      </div>
      <Stats>
        <Stat label="Observed" about="Of everything from the first to the last time it was seen">
          {inFinding(finding, finding.observed)}
        </Stat>
        {rule ? <Stat label="Limit">{inFinding(finding, finding.expected)}</Stat> : <Chance finding={finding} />}
      </Stats>
      <Panel
        title="Over time"
        about="with the hours before"
        actions={
          <Link className="link" to={links.traces({ where: findingWhere(finding), level: "traces", ...afterOf(time) })}>
            Requests since it began
          </Link>
        }
      >
        <Measure of={time} finding={finding} markers={markers} />
      </Panel>
    </div>
  );
}

/** What was expected had nothing happened, and how far from chance it is. */
function Chance({ finding }: { finding: Finding }) {
  return (
    <>
      <Stat
        label="Expected"
        about="95 % prediction interval of the same time, had nothing happened"
        below={<span className="dim num">{expectedWithin(finding)}</span>}
      >
        {inFinding(finding, finding.expected)}
      </Stat>
      <Stat label="Effect" about="Observed minus expected in standard deviations of such times">
        {number(finding.effect)} s.d.
      </Stat>
      <Stat label="Observations" about="In brackets: after allowing for clusters and autocorrelation">
        {count(finding.n)} <span className="dim">({count(finding.n_effective)})</span>
      </Stat>
      <Stat label="Evidence" about="How many times likelier than chance; what survived the correction over all series">
        {finding.e_value !== null ? `×${number(finding.e_value)}` : `p = ${number(finding.p_value)}`}
      </Stat>
    </>
  );
}

function Fact({ name, at }: { name: string; at: string }) {
  return (
    <span className={css.fact}>
      <span className="dim">{name}</span> <Time at={at} />
    </span>
  );
}
