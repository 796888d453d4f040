import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useAsk, useGet, type QueryAnswer } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { chartSeries, single } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { Panel } from "@/design/PageFrame";
import { TimeChart, type Marker } from "@/design/TimeChart";
import { inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import { both, type Query } from "@/lib/query";
import { everyFor, millis } from "@/lib/time";
import { changeName } from "./Nearby";
import { useFindings } from "./useFindings";
import {
  afterOf,
  aroundOf,
  beforeOf,
  carriers,
  endOf,
  scopeName,
  scopeWhere,
  versioned,
  type Finding,
  type Incident,
} from "./words";
import css from "./incidents.module.css";

const SHOWN = 6;
const VERSIONS_SHOWN = 5;
const SAME_PLACE = 1 / 40;
// Detection judges what one call needs; the Query of the same name adds all calls up.
const SUMMED = new Set(["tokens.input", "tokens.output"]);

/** What changed: each measure by the finding that carries most of its change, over time. */
export function Measures({ incident }: { incident: Incident }) {
  const asked = useFindings(incident);
  const markers = useMemo(() => flags(incident), [incident]);
  return (
    <Panel title="What" about="each measure where it changed most">
      <Async
        of={asked}
        height={220}
        isEmpty={(all) => all.length === 0}
        empty={<Empty title="Its findings are part of another incident" />}
      >
        {(all) => (
          <div className={css.measures}>
            {carriers(incident, all)
              .slice(0, SHOWN)
              .map((finding) => (
                <Measure key={finding.id} incident={incident} finding={finding} markers={markers} />
              ))}
          </div>
        )}
      </Async>
    </Panel>
  );
}

/** Flags: when it began, was found and ended, and what else changed; one for those that would hide each other. */
function flags(incident: Incident): Marker[] {
  const { from } = aroundOf(incident);
  const least = (endOf(incident) - millis(from)) * SAME_PLACE;
  const changes = incident.changes.map((one) => ({ at: millis(one.time), label: changeName(one) }));
  const ended = incident.closed_at ? [{ at: millis(incident.closed_at), label: "Closed" }] : [];
  const all = [
    ...changes,
    { at: millis(incident.onset_at), label: "Began (estimated)" },
    { at: millis(incident.opened_at), label: "Found" },
    ...ended,
  ].sort((one, other) => one.at - other.at);
  return all.reduce<Marker[]>((made, one) => {
    const last = made.at(-1);
    if (last && one.at - last.at < least) last.label += `; ${one.label}`;
    else made.push({ ...one });
    return made;
  }, []);
}

function useIsAskable(measure: string): boolean | undefined {
  const fields = useGet("/api/v1/fields", {}, { staleTime: 600_000 }).data as unknown as
    { measures: { name: string }[] } | undefined;
  return measure.startsWith("score:") || fields?.measures.some((one) => one.name === measure);
}

function Measure({ incident, finding, markers }: { incident: Incident; finding: Finding; markers: Marker[] }) {
  const isAskable = useIsAskable(finding.measure);
  return (
    <section className={css.measure} aria-label={`${finding.measure}, ${scopeName(finding.scope)}`}>
      <h3>
        {finding.measure} <span className="dim">{scopeName(finding.scope)}</span>
      </h3>
      {isAskable && <Chart incident={incident} finding={finding} markers={markers} />}
      <div className="dim">
        Detection saw {inUnit(finding.observed, finding.unit)} where {inUnit(finding.expected, finding.unit)} was
        expected (95 % between {inUnit(finding.low, finding.unit)} and {inUnit(finding.high, finding.unit)}), from{" "}
        {inUnit(finding.n, "count")} observations.
        {isAskable === false && " No single Query asks this measure: detection makes it of whole requests."}
        {SUMMED.has(finding.measure) && " It judges one call; the chart adds all calls up."}
      </div>
    </section>
  );
}

function Chart({ incident, finding, markers }: { incident: Incident; finding: Finding; markers: Marker[] }) {
  const go = useNavigate();
  const range = useMemo(() => aroundOf(incident), [incident]);
  const { wider, version } = versioned(finding.scope);
  const where = both(finding.details.where, scopeWhere(finding.scope));
  const around = both(finding.details.where, scopeWhere(wider));
  const by = version ? { by: [version], limit: VERSIONS_SHOWN } : {};
  const over: Query = { measure: finding.measure, where: around, every: everyFor(range, 60), ...by, ...range };
  const before: Query = { measure: finding.measure, where: around, ...beforeOf(incident) };
  const after: Query = { measure: finding.measure, where, ...afterOf(incident) };
  const asked = useAsk([over, before, after]);
  return (
    <Async of={asked} height={200}>
      {([course, was, is]) => (
        <>
          <div className={css.numbers}>
            <Told label="before" answer={was} query={before} />
            <Told label="since it began" answer={is} query={after} />
          </div>
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

function Told({ label, answer, query }: { label: string; answer?: QueryAnswer; query: Query }) {
  const { value, low, high, n } = single(answer);
  return (
    <span>
      <span className="dim">{label}</span>{" "}
      <Figure value={value} low={low} high={high} n={n} unit={answer?.series[0]?.unit} query={query} />
    </span>
  );
}
