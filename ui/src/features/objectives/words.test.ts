import { expect, test } from "vitest";
import { promise, within } from "./words";

const slo = { target: 0.995, threshold_ms: 0, score: "", threshold: 0, good: "", period_days: 28 };

test("a promise reads as a sentence", () => {
  expect(promise({ ...slo, kind: "availability" })).toBe("99.5 % without an error, over 28 days");
  expect(promise({ ...slo, kind: "ttft", threshold_ms: 1500 })).toBe("99.5 % beginning within 1.5 s, over 28 days");
  expect(promise({ ...slo, kind: "quality", target: 0.9, score: "groundedness", threshold: 0.7 })).toBe(
    "90 % with groundedness of at least 0.7, over 28 days",
  );
});

test("a time to come is told in its largest unit", () => {
  expect([30, 60, 7200, 86_399, 200_000].map(within)).toEqual([
    "a minute",
    "1 minute",
    "2 hours",
    "23 hours",
    "2 days",
  ]);
});
