import { describe, expect, it } from "vitest";
import { cachedShare, classesOf, type Spent } from "./classes";

const spent: Spent = {
  value: null,
  calls: 2,
  priced: 2,
  unpriced: 0,
  total: 3,
  tokens: { output: 10, input: 60, cached_input: 40 },
  cost: { output: 1, input: 1.5, fees: 0.5 },
  saved: 0,
  premium: 0,
};

describe("token classes", () => {
  it("come in the order of a bill, and only those there are", () =>
    expect(classesOf(spent).map((one) => [one.id, one.tokens, one.usd])).toEqual([
      ["input", 60, 1.5],
      ["cached_input", 40, 0],
      ["output", 10, 1],
      ["fees", 0, 0.5],
    ]));
  it("tell how much of the prompts came from the cache", () => {
    expect(cachedShare(spent)).toBe(0.4);
    expect(cachedShare({ ...spent, tokens: {} })).toBeNull();
  });
});
