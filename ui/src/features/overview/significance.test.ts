import { describe, expect, it } from "vitest";
import { counted, differ, estimate, summed } from "./significance";

const point = (value: number | null, low: number | null, high: number | null, n = 100) => ({
  time: null,
  value,
  low,
  high,
  n,
});

describe("what counts as a change", () => {
  it("overlapping by chance is none", () =>
    expect(differ({ value: 0.05, low: 0.03, high: 0.08 }, { value: 0.04, low: 0.02, high: 0.07 })).toBe(false));
  it("far apart is one, up or down", () => {
    const [little, much] = [
      { value: 0.02, low: 0.015, high: 0.027 },
      { value: 0.2, low: 0.17, high: 0.23 },
    ];
    expect([differ(much, little), differ(little, much)]).toEqual([true, true]);
  });
  it("is stricter than one comparison alone would be", () =>
    // Apart by 2.2 standard errors: beyond 1.96, within the 2.73 that eight comparisons ask for.
    expect(differ({ value: 2.2, low: 0.814, high: 3.586 }, { value: 0, low: -1.386, high: 1.386 })).toBe(false));
  it("says nothing without an interval", () => {
    expect(estimate(point(1, null, null))).toBeNull();
    expect(differ(estimate(point(9, 8, 10)), null)).toBe(false);
  });
  it("knows that counts vary by their square root", () => {
    expect(differ(counted(1000), counted(1100))).toBe(false);
    expect(differ(counted(1000), counted(1300))).toBe(true);
    expect(differ(counted(0), counted(2))).toBe(false);
  });
  it("gives sums the spread of how many calls there were and what each cost", () => {
    // 100 calls of $1 each, all alike: only their number varies, by its root.
    const sum = summed(100, point(1, 1, 1, 100));
    expect(sum?.high).toBeCloseTo(100 + 19.6);
    expect(summed(null, point(1, 1, 1))).toBeNull();
  });
});
