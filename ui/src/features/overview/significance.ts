/** Whether a figure differs from the one before by more than chance says. Pure. */

import type { Point } from "@/api/hooks";

/** A figure with its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

// Several figures are compared at once. Bonferroni (1961) for eight of them at 95 % together: z = 2.73 instead of 1.96.
const FAMILY = 2.73 / 1.96;
const Z = 1.96;

/**
 * Whether two independent estimates differ: the interval of their difference, made of their own intervals by squaring
 * and adding (MOVER, Zou and Donner 2008), leaves out nought. Needs no symmetry, so it fits shares and quantiles.
 */
export function differ(now: Estimate | null, before: Estimate | null): boolean {
  if (!now || !before) return false;
  const difference = now.value - before.value;
  const below = FAMILY * Math.hypot(now.value - now.low, before.high - before.value);
  const above = FAMILY * Math.hypot(now.high - now.value, before.value - before.low);
  return difference - below > 0 || difference + above < 0;
}

/** A point as an estimate; null when it has no value or no interval. */
export function estimate(point: Point | undefined): Estimate | null {
  if (!point || point.value === null || point.low === null || point.high === null) return null;
  return { value: point.value, low: point.low, high: point.high };
}

/** A count of independent events: its square root is its standard error (Poisson). */
export function counted(n: number | null | undefined): Estimate | null {
  if (n === null || n === undefined) return null;
  // A little is added so that none at all is not taken for certain.
  const spread = Z * Math.sqrt(n + 1);
  return { value: n, low: n - spread, high: n + spread };
}

/**
 * A sum over a random number of calls (compound Poisson), from the mean of a call and its 95 % interval: the variance of
 * such a sum is n times the mean of the squares.
 */
export function summed(sum: number | null | undefined, mean: Point | undefined): Estimate | null {
  const of = estimate(mean);
  if (sum === null || sum === undefined || !of || !mean) return null;
  const variance = ((of.high - of.low) / (2 * Z)) ** 2 * mean.n;
  const spread = Z * Math.sqrt(mean.n * (variance + of.value ** 2));
  return { value: sum, low: sum - spread, high: sum + spread };
}
