import { expect, test } from "vitest";
import { shares, stepAt } from "./steps";

const STEPS = [{ threshold: 0.1 }, { threshold: 0.5 }, { threshold: 0.9 }];

test.each([
  [0.05, 0],
  [0.1, 0],
  [0.49, 0],
  [0.5, 1],
  [2, 2],
])("the threshold %d decides like step %d", (threshold, step) => {
  expect(stepAt(STEPS, threshold)).toBe(step);
});

test("shares are those of the counts, and unknown without any", () => {
  const none = { threshold: 1, true_positive: 0, false_positive: 0, false_negative: 4, true_negative: 6 };
  expect(shares(none)).toEqual({ precision: null, recall: 0, found: 1 });
  expect(shares({ ...none, true_positive: 3, false_positive: 1, false_negative: 1, true_negative: 5 })).toEqual({
    precision: 0.75,
    recall: 0.75,
    found: 5 / 6,
  });
});
