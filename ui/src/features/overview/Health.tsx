import { Link } from "react-router";
import { useMemo } from "react";
import { useWholeBefore } from "@/api/coverage";
import { useAsk, useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Sparkline } from "@/design/Sparkline";
import { Delta, Stat, Stats, type Meaning } from "@/design/Stat";
import { firstOf } from "@/features/quality/scores";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { utcOffset } from "@/lib/time";
import { inRange, useHeadlines, type Frame, type Headline } from "./questions";
import { counted, differ, estimate, summed } from "./significance";

interface Told {
  measure: string;
  label: string;
  about: string;
  meaning: Meaning;
  isReal: (all: Record<string, Headline>, one: Headline) => boolean;
  colour?: string;
}

const byInterval = (_: Record<string, Headline>, one: Headline) => differ(estimate(one.now), estimate(one.before));
const byCount = (_: Record<string, Headline>, one: Headline) => differ(counted(one.now?.n), counted(one.before?.n));

// Shares and quantiles can be compared with part of a period; sums cannot.
const RATES = new Set(["traces.error_rate", "latency.p95", "ttft.p95"]);

const TOLD: Told[] = [
  {
    measure: "traces",
    label: "Requests",
    about: "Traces that began in this time.",
    meaning: "neutral",
    isReal: byCount,
  },
  {
    measure: "traces.error_rate",
    label: "Failed requests",
    about: "Share of traces whose root ended with an error.",
    meaning: "bad",
    isReal: byInterval,
    colour: "var(--bad)",
  },
  {
    measure: "latency.p95",
    label: "Call latency p95",
    about: "Nineteen of twenty LLM calls answered within this time.",
    meaning: "bad",
    isReal: byInterval,
  },
  {
    measure: "ttft.p95",
    label: "First token p95",
    about: "Time to the first token of streamed LLM calls.",
    meaning: "bad",
    isReal: byInterval,
  },
  {
    measure: "tokens.total",
    label: "Tokens",
    about: "All tokens of LLM, embedding and reranker calls.",
    meaning: "neutral",
    isReal: byCount,
  },
  {
    measure: "cost.sum",
    label: "Cost",
    about: "Cost of all calls that have a price.",
    meaning: "bad",
    isReal: (all, one) =>
      differ(summed(one.now?.value, all["cost.avg"]?.now), summed(one.before?.value, all["cost.avg"]?.before)),
  },
];

/** The headline numbers, each against the period before. */
export function Health({ frame }: { frame: Frame }) {
  const asked = useHeadlines(frame);
  const isWhole = useWholeBefore(frame.range);
  return (
    <Async of={asked} height={96}>
      {(all) => (
        <Stats>
          {TOLD.map((told) => {
            const one = all[told.measure];
            return one ? (
              <HeadlineStat
                key={told.measure}
                told={told}
                one={one}
                isReal={told.isReal(all, one)}
                isWhole={isWhole || RATES.has(told.measure)}
              />
            ) : null;
          })}
          <Quality frame={frame} />
        </Stats>
      )}
    </Async>
  );
}

interface StatProps {
  told: Told;
  one: Headline;
  isReal: boolean;
  /** Whether the period before can be compared with. */
  isWhole: boolean;
}

function HeadlineStat({ told, one, isReal, isWhole }: StatProps) {
  const unpriced = one.now?.unpriced ?? 0;
  // "3,730" under "Requests" says enough.
  const unit = one.unit === "traces" ? "count" : one.unit;
  return (
    <Stat
      label={told.label}
      about={told.about}
      beside={
        isWhole && (
          <Delta
            now={one.now?.value ?? null}
            before={one.before?.value ?? null}
            unit={unit}
            meaning={told.meaning}
            isReal={isReal}
          />
        )
      }
      below={
        <>
          <Sparkline values={one.over} colour={told.colour} width={150} height={26} />
          {unpriced > 0 && (
            <Link className="link" to={`${links.cost({ from: one.query.from, to: one.query.to })}#unpriced`}>
              {count(unpriced)} calls unpriced
            </Link>
          )}
        </>
      }
    >
      <Figure
        value={one.now?.value}
        unit={unit}
        query={one.query}
        low={one.now?.low}
        high={one.now?.high}
        n={one.now?.n}
        how={unpriced > 0 ? `${count(unpriced)} calls have no price and are not in the sum.` : undefined}
      />
    </Stat>
  );
}

/** The score that the quality page opens with, or that there is none. */
function Quality({ frame }: { frame: Frame }) {
  const { range, before, every } = frame;
  const names = useGet("/api/v1/quality/scores", { query: { from: range.from, to: range.to } }, { keep: true });
  const name = useMemo(() => firstOf(names.data?.items ?? []), [names.data]);
  const measure = `score:${name}.mean`;
  const queries = useMemo(
    () =>
      name
        ? [
            inRange(range, { measure }),
            inRange(before, { measure }),
            inRange(range, { measure, every, offset: utcOffset() }),
          ]
        : null,
    [name, measure, range, before, every],
  );
  const asked = useAsk(queries);
  if (!name)
    return names.isPending ? (
      <Stat label="Quality" below={<span className="dim">…</span>}>
        <span className="dim">…</span>
      </Stat>
    ) : (
      <Stat
        label="Quality"
        about="Scores by people, users and evaluators."
        below={<span className="dim">No scores yet</span>}
      >
        –
      </Stat>
    );
  const [now, past, over] = (asked.data ?? []).map((answer) => answer.series[0]?.points ?? []);
  const [point, old] = [now?.[0], past?.[0]];
  return (
    <Stat
      label={`Quality: ${name}`}
      about={`Mean of the score "${name}", the one given most often.`}
      beside={
        <Delta
          now={point?.value ?? null}
          before={old?.value ?? null}
          meaning="good"
          isReal={differ(estimate(point), estimate(old))}
        />
      }
      below={<Sparkline values={over?.map((one) => one.value) ?? []} width={150} height={26} />}
    >
      <Figure
        value={point?.value}
        query={inRange(range, { measure })}
        low={point?.low}
        high={point?.high}
        n={point?.n}
      />
    </Stat>
  );
}
