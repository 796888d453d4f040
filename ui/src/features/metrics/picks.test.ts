import { describe, expect, it } from "vitest";
import { howOf, howsOf, lineName, picksOf, queryOf, splitsOf, textOf, unitOf, type Metric } from "./picks";

const metric = (more: Partial<Metric>) =>
  ({ name: "m", type: "gauge", unit: "", is_monotonic: false, labels: [], services: ["a"], ...more }) as Metric;
const range = { from: "-1h", to: "now" };

describe("picks in the address", () => {
  it("are read and written the same", () => {
    for (const text of ["", "a.b", "a.b~p95,c", "a~~label,b~rate~http.route"]) expect(textOf(picksOf(text))).toBe(text);
    expect(picksOf("a~~label")).toEqual([{ name: "a", how: "", by: "label" }]);
  });
});

describe("what is asked of a metric", () => {
  it("suits its type", () => {
    expect(howsOf(metric({ type: "exponential_histogram" }))[0]).toBe("quantiles");
    expect(howsOf(metric({ type: "sum", is_monotonic: true }))).toEqual(["sum", "rate"]);
    expect(howsOf(metric({ type: "sum" }))[0]).toBe("avg");
  });
  it("falls back to what its type allows", () => {
    expect(howOf({ name: "m", how: "rate", by: "" }, metric({})).key).toBe("avg");
    expect(howOf({ name: "m", how: "quantiles", by: "route" }, metric({ type: "histogram" })).key).toBe("p95");
  });
  it("is a Query", () => {
    expect(queryOf({ name: "m", how: "", by: 'a"b' }, metric({}), range, "1m", "service = x")).toEqual({
      measure: "metric:m.avg", where: "service = x", by: ['attr["a\\"b"]'], every: "1m", from: "-1h", to: "now", limit: 10,
    }); // prettier-ignore
    expect(queryOf({ name: "m", how: "", by: "service" }, metric({}), range, "1m", "").by).toEqual(["service"]);
    expect(
      queryOf({ name: "m", how: "", by: "" }, metric({ type: "histogram" }), range, "1m", "").measure,
    ).toHaveLength(3);
  });
});

it("units follow what was asked", () => {
  const unit = (one: Metric, how: string) => {
    const found = howOf({ name: "m", how, by: "" }, one);
    return unitOf(one, found.how, found.key);
  };
  expect(unit(metric({ unit: "1", name: "hw.gpu.utilization" }), "avg")).toBe("ratio");
  expect(unit(metric({ unit: "{order}", type: "sum", is_monotonic: true }), "rate")).toBe("order/s");
  expect(unit(metric({ unit: "s", type: "histogram" }), "count")).toBe("count");
  expect(unit(metric({ unit: "s", type: "histogram" }), "rate")).toBe("1/s");
  expect(unit(metric({ unit: "s", type: "histogram" }), "p95")).toBe("s");
});

it("several services can be told apart", () => {
  expect(splitsOf(metric({ labels: ["x"], services: ["a"] }))).toEqual(["x"]);
  expect(splitsOf(metric({ labels: ["x"], services: ["a", "b"] }))).toEqual(["x", "service", "environment"]);
});

it("lines are called by what differs", () => {
  expect(lineName("metric:http.server.request.duration.p95")).toBe("p95");
  expect(lineName("metric:a.p95 · shop")).toBe("p95 · shop");
  expect(lineName("shop")).toBe("shop");
});
