import { describe, expect, it } from "vitest";
import { around, askedWhere, levelOf, merged, textOf, type Line } from "./lines";

const line = (id: string, more: Partial<Line> = {}) =>
  ({ id, time: `2026-11-21T10:00:0${id}.123456789Z`, ...more }) as Line;

describe("a level", () => {
  it.each([
    [24, "", "fatal"],
    [17, "info", "error"],
    [13, "", "warn"],
    [10, "", "info"],
    [5, "", "debug"],
    [1, "", "trace"],
    [0, "Warning", "warn"],
    [0, "CRITICAL", "fatal"],
    [0, "", "unset"],
    [0, "loud", "unset"],
  ])("of %d %s is %s", (severity, severity_text, level) => expect(levelOf({ severity, severity_text })).toBe(level));
});

describe("the text of a line", () => {
  it("is its body, structured or not", () => {
    expect(textOf({ body: "hello", event_name: "e", attributes: {} })).toBe("hello");
    expect(textOf({ body: { a: 1 }, event_name: "", attributes: {} })).toBe('{"a":1}');
    expect(textOf({ body: 0, event_name: "", attributes: {} })).toBe("0");
  });
  it("of an event is its name and attributes", () => {
    expect(textOf({ body: null, event_name: "score", attributes: { name: "good", value: 1 } })).toBe(
      "score  name=good  value=1",
    );
  });
});

it("the filter joins trace, words and what was typed", () => {
  expect(askedWhere('level = "error" or severity = 0', 'say "x"', "abc")).toBe(
    'trace_id = "abc" and "say \\"x\\"" and (level = "error" or severity = 0)',
  );
  expect(askedWhere("", "", "")).toBe("");
});

describe("live lines", () => {
  it("come on top, none twice, the oldest leave", () => {
    const held = [line("2"), line("1")];
    expect(merged([line("3"), line("2")], held, 3).map((one) => one.id)).toEqual(["3", "2", "1"]);
    expect(merged([line("3")], held, 2).map((one) => one.id)).toEqual(["3", "2"]);
    expect(merged([line("2")], held, 9)).toBe(held);
  });
});

it("a moment has a range around it", () => {
  expect(around("2026-11-21T10:00:30.500123456Z", 30)).toEqual({
    from: "2026-11-21T10:00:00.500Z",
    to: "2026-11-21T10:01:00.501Z",
  });
});
