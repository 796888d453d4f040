/** Thresholds on a slider. Pure. */

export interface Step {
  threshold: number;
  true_positive: number;
  false_positive: number;
  false_negative: number;
  true_negative: number;
}

/** The step whose decisions a threshold makes: the last one at or below it. */
export function stepAt(steps: readonly { threshold: number }[], threshold: number): number {
  let found = 0;
  steps.forEach((step, at) => {
    if (step.threshold <= threshold) found = at;
  });
  return found;
}

/** Shares of a confusion; null where there is nothing to divide by. */
export function shares(step: Step): { precision: number | null; recall: number | null; found: number | null } {
  const part = (some: number, all: number) => (all > 0 ? some / all : null);
  return {
    precision: part(step.true_positive, step.true_positive + step.false_positive),
    recall: part(step.true_positive, step.true_positive + step.false_negative),
    found: part(step.true_negative, step.true_negative + step.false_positive),
  };
}
