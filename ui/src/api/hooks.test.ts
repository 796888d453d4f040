import { expect, test } from "vitest";
import { subject } from "./hooks";

test("an answer of another time or filter is about the same", () => {
  const before = { measure: "cost.sum", by: ["model"], from: "-1d", where: "" };
  expect(subject({ ...before, from: "-2d", where: 'kind = "llm"' })).toBe(subject(before));
  expect(subject([before, before])).toBe(subject([{ ...before, to: "now" }, before]));
  expect(subject({ query: { from: "-1d", by: "model" } })).toBe(subject({ query: { from: "-2d", by: "model" } }));
});

test("an answer of another field or measure is not", () => {
  const before = { measure: "cost.sum", by: ["model"] };
  expect(subject({ ...before, by: ["user"] })).not.toBe(subject(before));
  expect(subject({ ...before, measure: "count" })).not.toBe(subject(before));
  expect(subject({ query: { by: "user" } })).not.toBe(subject({ query: { by: "model" } }));
  expect(subject([before])).not.toBe(subject([before, before]));
});
