import { beforeEach, describe, expect, it, vi } from "vitest";
import { bytes, change, count, duration, inUnit, money, percent } from "./format";
import { both, equals, literal } from "./query";

const kept = new Map<string, string>([["nervure.zone", "UTC"]]);
vi.stubGlobal("localStorage", {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => kept.set(name, value),
});
const { BadRange, everyFor, fromTo, parseRange, previous, rangeName } = await import("./time");

describe("numbers", () => {
  it("counts", () =>
    expect([0, 12, 1234, 99_999, 123_456, 1.25e7, null].map((value) => count(value))).toEqual([
      "0",
      "12",
      "1,234",
      "99,999",
      "123K",
      "12.5M",
      "–",
    ]));
  it("never shows a missing price as $0", () =>
    expect([null, 0, 0.0000004, 0.00042, 0.5, 12.345, 12_345].map((usd) => money(usd))).toEqual([
      "–",
      "$0",
      "<$0.000001",
      "$0.00042",
      "$0.50",
      "$12.35",
      "$12,345",
    ]));
  it("durations", () =>
    expect([0.4, 87.4, 870, 999.7, 1240, 61_000, 7_500_000, 2.8e8].map(duration)).toEqual([
      "0.4 ms",
      "87 ms",
      "870 ms",
      "1.00 s",
      "1.24 s",
      "1m 01s",
      "2h 05m",
      "3d 5h",
    ]));
  it("shares", () =>
    expect([0, 0.00001, 0.0123, 0.5, 1].map(percent)).toEqual(["0%", "<0.01%", "1.23%", "50%", "100%"]));
  it("changes", () => expect([0.12, -0.5, 15, Infinity, 0].map(change)).toEqual(["+12%", "−50%", "×16", "new", "±0%"]));
  it("bytes", () => expect([0, 999, 1500, 2.5e9].map(bytes)).toEqual(["0 B", "999 B", "1.5 KB", "2.5 GB"]));
  it("units", () =>
    expect([inUnit(1500, "ms"), inUnit(0.02, "ratio"), inUnit(3, "{request}"), inUnit(1.5, "s")]).toEqual([
      "1.50 s",
      "2%",
      "3 request",
      "1.50 s",
    ]));
});

describe("filters", () => {
  it("quotes what is bound", () => expect(literal('a"b\\c')).toBe('"a\\"b\\\\c"'));
  it("names attributes by key", () =>
    expect(equals("http.status-code", "500")).toBe('attr["http.status-code"] = "500"'));
  it("joins", () => expect(both("a = 1 or b = 2", "", "c = 3")).toBe("(a = 1 or b = 2) and c = 3"));
});

describe("time ranges as people write them", () => {
  const now = new Date("2026-11-19T15:00:00Z");
  beforeEach(() => kept.set("nervure.zone", "UTC"));
  it.each([
    ["25m", "-25m", "now"],
    ["last 3 days", "-3d", "now"],
    ["today", "2026-11-19T00:00:00.000Z", "now"],
    ["yesterday", "2026-11-18T00:00:00.000Z", "2026-11-19T00:00:00.000Z"],
    ["2026-11-10", "2026-11-10T00:00:00.000Z", "2026-11-11T00:00:00.000Z"],
    ["2026-11-10 10:00 to 12:30", "2026-11-10T10:00:00.000Z", "2026-11-10T12:30:00.000Z"],
    ["-2h to -1h", "-2h", "-1h"],
    ["09:15 - now", "2026-11-19T09:15:00.000Z", "now"],
  ])("%s", (text, from, to) => expect(parseRange(text, now)).toEqual({ from, to }));
  it.each(["soon", "12:00 to 11:00", "2026-13-45"])("says what is wrong with %s", (text) =>
    expect(() => parseRange(text, now)).toThrow(BadRange),
  );
  it("goes back by its own length", () =>
    expect(previous({ from: "-1h", to: "now" }, now)).toEqual({
      from: "2026-11-19T13:00:00.000Z",
      to: "2026-11-19T14:00:00.000Z",
    }));
  it("chooses points", () =>
    expect([
      everyFor({ from: "-1h", to: "now" }),
      everyFor({ from: "-24h", to: "now" }),
      everyFor({ from: "-30d", to: "now" }),
    ]).toEqual(["1m", "30m", "12h"]));
  it("is told with its days unless both are today", () => {
    const [now, before] = [new Date(), new Date(Date.now() - 86_400_000)];
    expect(fromTo(now, now)).toMatch(/^[\d:]{8} to [\d:]{8}$/);
    expect(fromTo(before, now)).toMatch(/^\d+ \w+, [\d:]{8} to \d+ \w+, [\d:]{8}$/);
  });
  it("has a name", () => expect(rangeName({ from: "-24h", to: "now" })).toBe("Last 24 hours"));
});
