import { Button, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconExclamationCircle, IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useGet, type Answer } from "@/api/hooks";
import { Failed, Loading } from "@/design/Async";
import { Time } from "@/design/Badges";
import { count, number } from "@/lib/format";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { rangeName } from "@/lib/time";
import type { Frame } from "./questions";
import css from "./overview.module.css";

type Attention = Answer<"/api/v1/attention">;
type Fact = Attention["items"][number];

const SHOWN = 5;

/** What the estate's state is in one sentence, and what needs attention first. */
export function Headline({ frame }: { frame: Frame }) {
  const { range } = frame;
  const asked = useGet(
    "/api/v1/attention",
    { query: { from: range.from, to: range.to, limit: 50 } },
    { keep: true, refetchInterval: frame.refetchInterval },
  );
  const [isWhole, setWhole] = useState(false);
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <Loading height={48} label="Comparing with the period before" />;
  const facts = asked.data.items;
  const shown = isWhole ? facts : facts.slice(0, SHOWN);
  return (
    <section className={css.headline} aria-label="What needs attention">
      <Verdict told={asked.data} name={rangeName(range)} />
      {facts.length > 0 && (
        <ul className={css.facts}>
          {shown.map((fact) => (
            <FactLine key={fact.kind + fact.where + fact.sentence} fact={fact} range={range} />
          ))}
          {facts.length > SHOWN && (
            <li className={css.more}>
              <Button variant="subtle" size="compact-xs" onClick={() => setWhole(!isWhole)}>
                {isWhole ? "Show fewer" : `Show all ${facts.length}`}
              </Button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function Verdict({ told, name }: { told: Attention; name: string }) {
  const worse = told.items.filter((fact) => fact.severity !== "info");
  const isCritical = worse.some((fact) => fact.severity === "critical");
  const words = worse.length
    ? `${worse.length === 1 ? "One thing needs" : `${count(worse.length)} things need`} attention`
    : told.before
      ? "Nothing got worse"
      : "Nothing to compare with yet";
  return (
    <h2 className={css.verdict}>
      {isCritical ? (
        <IconExclamationCircle size={20} color="var(--bad)" aria-hidden />
      ) : worse.length ? (
        <IconAlertTriangle size={20} color="var(--warn)" aria-hidden />
      ) : told.before ? (
        <IconCircleCheck size={20} color="var(--ok)" aria-hidden />
      ) : (
        <IconInfoCircle size={20} color="var(--info)" aria-hidden />
      )}
      <span>
        {words}{" "}
        <span className={`dim ${css.compared}`}>
          {told.before ? (
            <Tooltip
              label={`Services by provider, model and tool, against the period from the left. A difference is named when it is large enough to matter and chance is ruled out (false discovery rate 1 %).`}
            >
              <span>
                {name.toLowerCase()} against the period before (from <Time at={told.before.from} />
                ), {count(told.checks)} comparisons
              </span>
            </Tooltip>
          ) : (
            "There is no data in the period before this one."
          )}
        </span>
      </span>
    </h2>
  );
}

function FactLine({ fact, range }: { fact: Fact; range: { from: string; to: string } }) {
  const to = addressOf(fact, range);
  const shift = fact.change;
  const isShare = fact.unit === "ratio";
  const interval =
    shift && fact.kind !== "silence"
      ? isShare
        ? `${number(shift.low * 100)} to ${number(shift.high * 100)} points more`
        : `${number(shift.low)} to ${number(shift.high)} times`
      : "";
  return (
    <li className={css.fact}>
      {fact.severity === "critical" ? (
        <IconExclamationCircle size={16} color="var(--bad)" aria-label="critical" />
      ) : fact.severity === "warning" ? (
        <IconAlertTriangle size={16} color="var(--warn)" aria-label="warning" />
      ) : (
        <IconInfoCircle size={16} color="var(--info)" aria-label="note" />
      )}
      <span className={css.sentence}>
        {to ? (
          <Link className="plain-link" to={to}>
            {fact.sentence}
          </Link>
        ) : (
          fact.sentence
        )}
      </span>
      {interval && (
        <Tooltip label={`95 % interval of the change, from ${count(fact.n)} and ${count(fact.n_before)} observations`}>
          <span className={`${css.sure} ${css.interval}`}>{interval}</span>
        </Tooltip>
      )}
      {fact.query && (
        <Link className={`link ${css.sure}`} to={links.explore(queryOf(fact))}>
          How
        </Link>
      )}
    </li>
  );
}

function queryOf(fact: Fact): Query {
  return fact.query as unknown as Query;
}

function addressOf(fact: Fact, range: { from: string; to: string }): string | null {
  if (fact.kind === "unpriced") return links.cost(range);
  if (["refused", "dropped", "disk", "notice"].includes(fact.kind)) return links.ingest();
  if (fact.kind === "silence" && fact.query) return links.explore(queryOf(fact));
  const order = fact.kind === "latency" ? "duration" : fact.kind === "cost" ? "cost" : undefined;
  return fact.where ? links.traces({ where: fact.where, level: "spans", order, ...range }) : null;
}
