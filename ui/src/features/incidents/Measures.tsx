import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useAsk, useGet, type QueryAnswer } from "@/api/hooks";
import { Async, Empty, type Asked } from "@/design/Async";
import { chartSeries, single } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { TimeChart, type Marker } from "@/design/TimeChart";
import { inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import { both, type Query } from "@/lib/query";
import { everyFor, millisOf } from "@/lib/time";
import { flagsOf } from "./flags";
import {
  afterOf,
  aroundOf,
  beforeOf,
  carriers,
  inFinding,
  isSum,
  ruleOf,
  scopeName,
  scopeWhere,
  versioned,
  type Finding,
  type Incident,
  type Lasting,
} from "./words";
import css from "./incidents.module.css";

const SHOWN = 6;
// The share below a service level's threshold ("score:x.low") is no measure of a Query.
const SCORE = /^score:.*(?<!\.low)$/;
const VERSIONS_SHOWN = 5;
const HOUR_MS = 3_600_000;
// Detection judges what one call needs; the Query of the same name adds all calls up.
const SUMMED = new Set(["tokens.input", "tokens.output"]);

/**
 * What changed: each measure by the finding that carries most of its change, over time. isKept: whether the findings
 * have pages of their own.
 */
export function Measures({
  incident,
  findings,
  isKept = true,
}: {
  incident: Incident;
  findings: Asked<Finding[]>;
  isKept?: boolean;
}) {
  const markers = useMemo(() => flagsOf(incident), [incident]);
  return (
    <Panel title="What" about="each measure where it changed most">
      <Async
        of={findings}
        height={220}
        isEmpty={(all) => all.length === 0}
        empty={<Empty title="Its findings are part of another incident" />}
      >
        {(all) => (
          <div className={css.measures}>
            {carriers(incident, all)
              .slice(0, SHOWN)
              .map((finding) => (
                <Measure key={finding.id} of={incident} finding={finding} markers={markers} isLinked={isKept} />
              ))}
          </div>
        )}
      </Async>
    </Panel>
  );
}

function useIsAskable(measure: string): boolean | undefined {
  const fields = useGet("/api/v1/fields", {}, { staleTime: 600_000 }).data as unknown as
    { measures: { name: string }[] } | undefined;
  return SCORE.test(measure) || fields?.measures.some((one) => one.name === measure);
}

/** A finding over time, with what was before and what is since. of: the time it lasts. */
export function Measure({
  of,
  finding,
  markers,
  isLinked = false,
}: {
  of: Lasting;
  finding: Finding;
  markers: Marker[];
  isLinked?: boolean;
}) {
  const isAskable = useIsAskable(finding.measure);
  const rule = ruleOf(finding);
  return (
    <section className={css.measure} aria-label={`${finding.measure}, ${scopeName(finding.scope)}`}>
      <h3>
        {isLinked ? (
          <Link className={`link ${css.beside}`} to={links.finding(finding.id)}>
            {finding.measure}
          </Link>
        ) : (
          finding.measure
        )}{" "}
        <span className="dim">{scopeName(finding.scope)}</span>
      </h3>
      {isAskable && <Chart of={of} finding={finding} markers={markers} />}
      {rule ? (
        <div className="dim">
          {finding.details.text}{" "}
          <Link className={`link ${css.beside}`} to={rule.link}>
            the {rule.word}
          </Link>
        </div>
      ) : (
        <div className="dim">
          Detection saw {inFinding(finding, finding.observed)} where {inFinding(finding, finding.expected)} was expected
          (95 % between {inFinding(finding, finding.low)} and {inFinding(finding, finding.high)}), from{" "}
          {inUnit(finding.n, "count")} observations.
          {isAskable === false && " No single Query asks this measure: detection makes it of whole requests."}
          {SUMMED.has(finding.measure) && " It judges one call; the chart adds all calls up."}
        </div>
      )}
    </section>
  );
}

function Chart({ of, finding, markers }: { of: Lasting; finding: Finding; markers: Marker[] }) {
  const go = useNavigate();
  const range = useMemo(() => aroundOf(of), [of]);
  const { wider, version } = versioned(finding.scope);
  const where = both(finding.details.where, scopeWhere(finding.scope));
  const around = both(finding.details.where, scopeWhere(wider));
  const by = version ? { by: [version], limit: VERSIONS_SHOWN } : {};
  const over: Query = { measure: finding.measure, where: around, every: everyFor(range, 60), ...by, ...range };
  const before: Query = { measure: finding.measure, where: around, ...beforeOf(of) };
  const after: Query = { measure: finding.measure, where, ...afterOf(of) };
  const asked = useAsk([over, before, after]);
  return (
    <Async of={asked} height={200}>
      {([course, was, is]) => (
        <>
          <Compared was={was} is={is} before={before} after={after} />
          <TimeChart
            label={`${finding.measure} around the onset`}
            series={chartSeries(course!)}
            unit={course!.series[0]?.unit ?? finding.unit}
            height={160}
            intervals
            range={range}
            markers={markers}
            onRange={(chosen) => void go(links.traces({ ...chosen, where, level: "spans" }))}
          />
        </>
      )}
    </Async>
  );
}

/** A number from before the onset beside the one since; the Queries are those that were answered. */
export function Compared({
  was,
  is,
  before,
  after,
}: {
  was?: QueryAnswer;
  is?: QueryAnswer;
  before: Query;
  after: Query;
}) {
  return (
    <div className={css.numbers}>
      <Number label="before" answer={was} query={before} />
      <Number label="since it began" answer={is} query={after} />
    </div>
  );
}

function Number({ label, answer, query }: { label: string; answer?: QueryAnswer; query: Query }) {
  const { value, low, high, n } = single(answer);
  const unit = answer?.series[0]?.unit;
  const measure = String(query.measure);
  const hours = (millisOf(query.to) - millisOf(query.from)) / HOUR_MS;
  return (
    <span>
      <span className="dim">{label}</span>{" "}
      <Figure value={value} low={low} high={high} n={n} unit={unit} query={query}>
        {isSum(measure) && value !== null && value !== undefined && hours > 0
          ? `${inUnit(value / hours, unit)} an hour`
          : undefined}
      </Figure>
    </span>
  );
}
