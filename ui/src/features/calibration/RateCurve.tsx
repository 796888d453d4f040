import type { Schemas } from "@/api/hooks";
import { number, percent } from "@/lib/format";
import css from "./calibration.module.css";

type Step = Schemas["StepAnswer"];
const WIDTH = 600;
const HEIGHT = 150;
const EDGE = 34;

/** Raw and corrected rate at every threshold: the raw one moves with it, the corrected one should not. */
export function RateCurve({ steps, at }: { steps: Step[]; at: number }) {
  const across = (place: number) => EDGE + (place / Math.max(1, steps.length - 1)) * (WIDTH - EDGE - 6);
  const up = (rate: number) => 8 + (1 - rate) * (HEIGHT - 28);
  const line = (pick: (step: Step) => number | null | undefined) =>
    steps
      .flatMap((step, place) => {
        const rate = pick(step);
        return rate === null || rate === undefined ? [] : [`${across(place).toFixed(1)},${up(rate).toFixed(1)}`];
      })
      .join(" ");
  const band = `${line((step) => step.corrected?.high)} ${line((step) => step.corrected?.low)
    .split(" ")
    .reverse()
    .join(" ")}`;
  return (
    <figure className={css.curve}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Raw and corrected rate by threshold">
        {[0, 0.5, 1].map((rate) => (
          <g key={rate}>
            <line x1={EDGE} x2={WIDTH - 6} y1={up(rate)} y2={up(rate)} className={css.grid} />
            <text x={EDGE - 4} y={up(rate) + 4} textAnchor="end" className={css.tick}>
              {percent(rate)}
            </text>
          </g>
        ))}
        <polygon points={band} className={css.band} />
        <polyline points={line((step) => step.corrected?.estimate)} className={css.correctedLine} />
        <polyline points={line((step) => step.raw)} className={css.rawLine} />
        <line x1={across(at)} x2={across(at)} y1={8} y2={HEIGHT - 20} className={css.cursor} />
        <text x={EDGE} y={HEIGHT - 6} className={css.tick}>
          {number(steps[0]?.threshold)}
        </text>
        <text x={WIDTH - 6} y={HEIGHT - 6} textAnchor="end" className={css.tick}>
          {number(steps.at(-1)?.threshold)}
        </text>
      </svg>
      <figcaption className={css.legend}>
        <span className={css.rawKey}>raw rate</span>
        <span className={css.correctedKey}>corrected rate with its 95 % interval</span>
      </figcaption>
    </figure>
  );
}
