import { beforeAll, describe, expect, it, vi } from "vitest";
import { askedBy, askedByStat, before, passed } from "./asking";
import { newWidget, type Variable } from "./spec";

beforeAll(() => {
  vi.stubGlobal("localStorage", { getItem: () => null });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
});

const RANGE = { from: "-24h", to: "now" };
const SERVICE: Variable = {
  name: "service",
  label: "",
  field: "service",
  type: "text",
  options: [],
  default: [],
  multi: true,
};
const GROUP: Variable = { ...SERVICE, name: "group", field: "", options: ["model", "tenant"] };

describe("what a widget asks", () => {
  const query = { measure: "count", where: '${service} and kind = "llm"', by: ["${group}"], limit: 5 };
  const asked = (kind: "timeseries" | "bar", more = {}) =>
    askedBy(
      { kind, queries: [{ query: { ...query, ...more }, label: "" }], width: 6 },
      [SERVICE, GROUP],
      { service: ["a", "b"], group: ["tenant"] },
      RANGE,
    );

  it("is its query in the range with what is chosen", () => {
    const where = 'service in ("a", "b") and kind = "llm"';
    expect(asked("bar")).toEqual([{ measure: "count", where, by: ["tenant"], limit: 5, ...RANGE }]);
    expect(asked("timeseries")).toEqual([
      { measure: "count", where, by: ["tenant"], limit: 5, every: "30m", ...RANGE },
    ]);
  });

  it("keeps a range and a width of its own", () => {
    expect(asked("timeseries", { from: "-7d", every: "6h" })[0]).toMatchObject({ from: "-7d", to: "now", every: "6h" });
  });
});

describe("a stat", () => {
  it("asks for its number, its course and the period before", () => {
    expect(askedByStat({ measure: "count", ...RANGE }, true)).toEqual([
      { measure: "count", ...RANGE },
      { measure: "count", every: "30m", ...RANGE },
      { measure: "count", from: "-48h", to: "-24h" },
    ]);
    expect(askedByStat({ measure: "count", ...RANGE }, false)).toHaveLength(2);
  });

  it("compares an absolute range with the one just before", () => {
    const range = { from: "2026-11-20T10:00:00.000Z", to: "2026-11-20T12:00:00.000Z" };
    expect(before(range)).toEqual({ from: "2026-11-20T08:00:00.000Z", to: "2026-11-20T10:00:00.000Z" });
  });
});

describe("thresholds", () => {
  const widget = newWidget("stat", [], {
    thresholds: [
      { value: 0.02, level: "warning", when: "above" },
      { value: 0.05, level: "critical", when: "above" },
    ],
  });

  it("tell the worst that is passed; nothing is said of no data", () => {
    expect([0.01, 0.02, 0.2, null].map((value) => passed(widget, value))).toEqual([null, "warning", "critical", null]);
    const low = newWidget("stat", [], { thresholds: [{ value: 0.8, level: "critical", when: "below" }] });
    expect([0.9, 0.5].map((value) => passed(low, value))).toEqual([null, "critical"]);
  });
});
