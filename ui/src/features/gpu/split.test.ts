import { expect, test } from "vitest";
import { gpuTime, shares } from "./split";

test("GPU time is told in seconds at first, then in hours", () => {
  expect(gpuTime(12.5)).toBe("12.5 s");
  expect(gpuTime(5400)).toBe("1.5 h");
  expect(gpuTime(null)).toBe("–");
});

test("a stretch is shown by its shares, one without GPUs not as idle", () => {
  const time = "2026-11-20T10:00:00.000000000Z";
  const points = [
    { time, attributed: 30, unattributed: 10, idle: 60 },
    { time, attributed: 0, unattributed: 0, idle: 0 },
  ];
  const values = shares(points).map((one) => one.points.map((point) => point.value));
  expect(values).toEqual([
    [0.3, null],
    [0.1, null],
    [0.6, null],
  ]);
});
