import type { Schemas } from "@/api/hooks";
import { Figure } from "@/design/Figure";
import { Stat, Stats } from "@/design/Stat";
import { count, NOTHING, number, percent } from "@/lib/format";

type Told = Schemas["CalibrationAnswer"];

/** What the machine says of all, what people say of some, and what both together are worth. */
export function Rates({ told, from, to }: { told: Told; from: string; to: string }) {
  const { raw, people, corrected, n, labels, bias, effective_n } = told.rate;
  const of = (suffix: string) => ({ measure: `score:${told.score}.${suffix}`, from, to });
  const at = `at the threshold ${number(told.threshold)}`;
  return (
    <Stats>
      <Stat label="Corrected rate" below={<Ends of={corrected} n={n} />}>
        {corrected ? (
          <Figure
            value={corrected.estimate}
            low={corrected.low}
            high={corrected.high}
            n={n}
            unit="ratio"
            query={of("corrected")}
            how={`Share people would pass, ${at}: prediction-powered inference. The Query is at 0.5.`}
          />
        ) : (
          NOTHING
        )}
      </Stat>
      <Stat label="Raw rate" below={<Ends of={raw} n={n} />}>
        {raw ? (
          <Figure
            value={raw.estimate}
            low={raw.low}
            high={raw.high}
            n={n}
            unit="ratio"
            query={of("rate")}
            how={`Share the machine passes, ${at}; its interval knows nothing of its mistakes. The Query is at 0.5.`}
          />
        ) : (
          NOTHING
        )}
      </Stat>
      <Stat label="By people" below={<Ends of={people} n={labels} />}>
        <span className="num">{people ? percent(people.estimate) : NOTHING}</span>
      </Stat>
      <Stat label="Machine minus people" below={<span className="dim">on {count(labels)} random labels</span>}>
        <span className="num">{bias === null ? NOTHING : points(bias)}</span>
      </Stat>
      <Stat
        label="Worth in labels"
        about="So many labels by people alone would give as narrow an interval"
        below={<span className="dim">of {count(labels)} labels</span>}
      >
        <span className="num">{effective_n === null ? NOTHING : count(Math.round(effective_n))}</span>
      </Stat>
    </Stats>
  );
}

function Ends({ of, n }: { of: Schemas["CalibratedRange"] | null; n: number }) {
  if (!of) return <span className="dim">not enough labels</span>;
  return (
    <span className="dim num">
      {percent(of.low)} – {percent(of.high)}, n = {count(n)}
    </span>
  );
}

/** A difference of shares in percentage points. */
export function points(share: number): string {
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${Math.abs(share * 100).toFixed(1)} pts`;
}
