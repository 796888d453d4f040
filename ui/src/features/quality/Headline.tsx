import { useAsk } from "@/api/hooks";
import { single } from "@/design/chartData";
import { Figure } from "@/design/Figure";
import { Stat, Stats } from "@/design/Stat";
import { useRange } from "@/lib/address";
import { count, NOTHING, number, percent } from "@/lib/format";
import { Link } from "@/design/Link";
import { links } from "@/lib/links";
import { both } from "@/lib/query";

/** The score as it stands, each figure with its interval and what it stands on. */
export function Headline({ score, where, human }: { score: string; where: string; human: number }) {
  const [range] = useRange();
  const of = (suffix: string) => ({ measure: `score:${score}.${suffix}`, where, ...range });
  const asked = useAsk([of("mean"), of("rate"), of("p50")]);
  // Answers only where people have judged enough of the same; a server without calibration says so by refusing.
  const corrected = useAsk(human > 0 ? of("corrected") : null, { retry: false });
  const [mean, rate, middle] = (asked.data ?? []).map((answer) => single(answer));
  const right = corrected.data ? single(corrected.data) : null;
  const failing = both(where, `score["${score}"] < 0.5`);
  return (
    <Stats>
      <Stat label="Mean" below={<Ends point={mean} say={number} />}>
        {mean ? <Figure {...mean} query={of("mean")} how="Student's interval" /> : NOTHING}
      </Stat>
      <Stat label="Pass rate" below={<Ends point={rate} say={percent} />}>
        {rate ? (
          <Figure {...rate} unit="ratio" query={of("rate")} how="Share of at least 0.5; Wilson's interval" />
        ) : (
          NOTHING
        )}
      </Stat>
      <Stat label="Median" below={<Ends point={middle} say={number} />}>
        {middle ? <Figure {...middle} query={of("p50")} /> : NOTHING}
      </Stat>
      {right && right.value !== null && (
        <Stat label="Corrected by people" below={<Ends point={right} say={percent} />}>
          <Figure
            {...right}
            unit="ratio"
            query={of("corrected")}
            how="Prediction-powered: the machine's rate, corrected by what people said of a sample"
          />
        </Stat>
      )}
      <Stat label="Judged" below={<span className="dim">{count(human)} by people</span>}>
        <Link className="link" to={links.traces({ ...range, where: both(where, `score["${score}"] exists`) })}>
          {mean ? count(mean.n) : NOTHING}
        </Link>
      </Stat>
      <Stat label="Failed">
        <Link className="link" to={links.traces({ ...range, where: failing })}>
          {rate?.value === null || rate === undefined ? NOTHING : count(Math.round(rate.n * (1 - rate.value)))}
        </Link>
      </Stat>
    </Stats>
  );
}

function Ends({
  point,
  say,
}: {
  point: { low: number | null; high: number | null; n: number } | undefined;
  say: (value: number) => string;
}) {
  if (!point || point.low === null || point.high === null)
    return <span className="dim">{point ? `n = ${count(point.n)}` : ""}</span>;
  return (
    <span className="dim num">
      {say(point.low)} – {say(point.high)}, n = {count(point.n)}
    </span>
  );
}
