import { expect, it } from "vitest";
import { firstOf, isFailing, within, type Name } from "./scores";

function name(name: string, hasMean = true): Name {
  const point = { value: 0.5, low: 0.4, high: 0.6, n: 10 };
  return {
    name,
    data_type: "numeric",
    n: 10,
    human_n: 0,
    sources: ["code"],
    evaluators: [],
    target_types: ["span"],
    latest: "2026-01-01T00:00:00Z",
    least: 0,
    most: 1,
    mean: hasMean ? point : null,
    rate: hasMean ? point : null,
  };
}

it("opens with the most frequent score that judges", () => {
  expect(firstOf([name("latency"), name("comment", false), name("groundedness"), name("helpful")])).toBe(
    "groundedness",
  );
  expect(firstOf([name("latency")])).toBe("latency");
  expect(firstOf([])).toBe("");
});

it("says an estimate with its interval and how many it stands on", () => {
  const say = (value: number) => value.toFixed(2);
  expect(within({ value: 0.8, low: 0.75, high: 0.85, n: 312 }, say, String)).toBe("0.80 [0.75, 0.85], n = 312");
  expect(within({ value: 0.8, low: null, high: null, n: 1 }, say, String)).toBe("0.80, n = 1");
  expect(within(null, say, String)).toBe("too little to say");
});

it("marks bins below one half only where a half means something", () => {
  expect(isFailing(0.5, 0, 1)).toBe(true);
  expect(isFailing(0.55, 0, 1)).toBe(false);
  expect(isFailing(0.3, 0, 12)).toBe(false);
});
