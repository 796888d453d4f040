import { Button, NumberInput, Slider } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/hooks";
import { Panel } from "@/design/PageFrame";
import { count, NOTHING, number, percent } from "@/lib/format";
import { RateCurve } from "./RateCurve";
import { shares, stepAt } from "./steps";
import css from "./calibration.module.css";

type Told = Schemas["CalibrationAnswer"];

interface Props {
  told: Told;
  /** As the address says it, while the answer is still on its way; null for the evaluator's own. */
  wanted: number | null;
  onThreshold: (threshold: number | null) => void;
  falsePass: string;
  falseFail: string;
  onFalsePass: (cost: string) => void;
  onFalseFail: (cost: string) => void;
}

/** Every threshold and what it would mean: mistakes of either kind, what they cost, and the rate. */
export function Thresholds({ told, wanted, onThreshold, falsePass, falseFail, onFalsePass, onFalseFail }: Props) {
  const { steps } = told;
  const [dragged, setDragged] = useState<number | null>(null);
  const at = dragged ?? stepAt(steps, wanted ?? told.threshold);
  const step = steps[Math.min(at, steps.length - 1)];
  if (!step) return null;
  const { precision, recall, found } = shares(step);
  return (
    <Panel title="Threshold" about={`in force: ${number(told.threshold)}, ${told.threshold_why}`}>
      <div className={css.slider}>
        <Slider
          thumbLabel="Threshold"
          min={0}
          max={steps.length - 1}
          step={1}
          value={at}
          onChange={setDragged}
          onChangeEnd={(end) => {
            setDragged(null);
            onThreshold(steps[end]?.threshold ?? null);
          }}
          label={(value) => number(steps[value]?.threshold)}
        />
        <div className={css.buttons}>
          {told.best_threshold && (
            <Button size="xs" variant="default" onClick={() => onThreshold(told.best_threshold?.estimate ?? null)}>
              Best: {number(told.best_threshold.estimate)} ({number(told.best_threshold.low)} –{" "}
              {number(told.best_threshold.high)})
            </Button>
          )}
          {told.cheapest_threshold && (
            <Button size="xs" variant="default" onClick={() => onThreshold(told.cheapest_threshold?.estimate ?? null)}>
              Cheapest: {number(told.cheapest_threshold.estimate)} ({number(told.cheapest_threshold.low)} –{" "}
              {number(told.cheapest_threshold.high)})
            </Button>
          )}
          <Button size="xs" variant="subtle" onClick={() => onThreshold(null)}>
            The evaluator&apos;s own
          </Button>
        </div>
      </div>
      <div className={css.effect}>
        <table className={css.confusion} aria-label={`Confusion at ${number(step.threshold)}`}>
          <thead>
            <tr>
              <td />
              <th scope="col">passes</th>
              <th scope="col">fails</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">people say yes</th>
              <td className={css.right}>{count(step.true_positive)}</td>
              <td className={css.wrong}>{count(step.false_negative)}</td>
            </tr>
            <tr>
              <th scope="row">people say no</th>
              <td className={css.wrong}>{count(step.false_positive)}</td>
              <td className={css.right}>{count(step.true_negative)}</td>
            </tr>
          </tbody>
        </table>
        <dl className={css.list} aria-live="polite">
          <Fact name="Threshold" value={number(step.threshold)} />
          <Fact name="Of what passes, people pass" value={percent(precision)} />
          <Fact name="Of what people pass, passes" value={percent(recall)} />
          <Fact name="Of what people fail, is caught" value={percent(found)} />
          <Fact name="Raw rate" value={percent(step.raw)} />
          <Fact
            name="Corrected rate"
            value={
              step.corrected
                ? `${percent(step.corrected.estimate)} (${percent(step.corrected.low)} – ${percent(step.corrected.high)})`
                : NOTHING
            }
          />
          <Fact name="Cost of mistakes, a row" value={number(step.cost)} />
        </dl>
        <div className={css.costs}>
          <NumberInput
            label="A bad answer that passes costs"
            min={0}
            value={Number(falsePass)}
            onChange={(value) => onFalsePass(String(value || 0))}
          />
          <NumberInput
            label="A good answer that fails costs"
            min={0}
            value={Number(falseFail)}
            onChange={(value) => onFalseFail(String(value || 0))}
          />
        </div>
      </div>
      <RateCurve steps={steps} at={at} />
    </Panel>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="dim">{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}
