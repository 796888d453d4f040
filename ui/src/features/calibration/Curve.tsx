import type { Schemas } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { Panel } from "@/design/PageFrame";
import { count, number, percent } from "@/lib/format";
import css from "./calibration.module.css";

const SIZE = 260;
const EDGE = 30;

/** Whether a score is a probability: what people say against what the score promises. */
export function Curve({ told }: { told: Schemas["CalibrationAnswer"] }) {
  const curve = told.curve;
  if (!curve)
    return (
      <Panel title="Calibration curve">
        <Empty title="These scores are no probabilities">They reach beyond 0 and 1.</Empty>
      </Panel>
    );
  const across = (score: number) => EDGE + score * (SIZE - EDGE - 8);
  const up = (rate: number) => 8 + (1 - rate) * (SIZE - EDGE - 8);
  return (
    <Panel title="Calibration curve" about={`error ${curve.error.toFixed(3)}, Brier score ${curve.brier.toFixed(3)}`}>
      <figure className={css.square}>
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden>
          {[0, 0.5, 1].map((at) => (
            <g key={at}>
              <line x1={across(0)} x2={across(1)} y1={up(at)} y2={up(at)} className={css.grid} />
              <text x={EDGE - 4} y={up(at) + 4} textAnchor="end" className={css.tick}>
                {percent(at)}
              </text>
              <text x={across(at)} y={SIZE - 8} textAnchor="middle" className={css.tick}>
                {number(at)}
              </text>
            </g>
          ))}
          <line x1={across(0)} y1={up(0)} x2={across(1)} y2={up(1)} className={css.ideal} />
          {curve.bins.map((bin, at) => (
            <g key={at}>
              <line
                x1={across(bin.score)}
                x2={across(bin.score)}
                y1={up(bin.rate.low)}
                y2={up(bin.rate.high)}
                className={css.whisker}
              />
              <circle cx={across(bin.score)} cy={up(bin.rate.estimate)} r={4} className={css.dot}>
                <title>
                  {`score ${number(bin.score)}: people pass ${percent(bin.rate.estimate)}, n = ${count(bin.n)}`}
                </title>
              </circle>
            </g>
          ))}
        </svg>
        <figcaption className="dim">across: score; up: share people pass; dashed: as promised</figcaption>
      </figure>
      <table className="visually-hidden">
        <caption>Calibration curve</caption>
        <thead>
          <tr>
            <th scope="col">Mean score</th>
            <th scope="col">Share people pass</th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {curve.bins.map((bin, at) => (
            <tr key={at}>
              <td>{number(bin.score)}</td>
              <td>{`${percent(bin.rate.estimate)}, ${percent(bin.rate.low)} to ${percent(bin.rate.high)}`}</td>
              <td>{count(bin.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
