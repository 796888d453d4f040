import { describe, expect, it } from "vitest";
import { BEFORE, fieldsOf, named, referenceOf, WEEK } from "./asking";

const NOW = new Date("2026-11-20T12:00:00Z");

describe("what the current range is compared with", () => {
  it("is a kept window by its name", () => {
    expect(referenceOf(named("week"), { from: "-1d", to: "now" }, NOW)).toBe("week");
  });
  it("is the same range a week earlier", () => {
    expect(referenceOf(WEEK, { from: "-1d", to: "now" }, NOW)).toEqual({
      from: "2026-11-12T12:00:00.000Z",
      to: "2026-11-13T12:00:00.000Z",
      where: "",
    });
  });
  it("is the range before it", () => {
    const found = referenceOf(BEFORE, { from: "2026-11-20T00:00:00Z", to: "2026-11-20T06:00:00Z" }, NOW);
    expect(found).toMatchObject({ to: expect.stringContaining("2026-11-20T00:00:00") });
  });
  it("is the range an alert wrote out, and its release", () => {
    const [from, to] = ["2026-11-12T12:00:00Z", "2026-11-19T12:00:00Z"];
    const found = referenceOf(`at:${from}/${to}`, { from: "-1d", to: "now" }, NOW, 'release = "1.9"');
    expect(found).toEqual({ from, to, where: 'release = "1.9"' });
  });
});

describe("fields as typed", () => {
  it("are separated by commas outside of brackets", () => {
    expect(fieldsOf(' model, attr["a,b"] ,feature["x"],')).toEqual(["model", 'attr["a,b"]', 'feature["x"]']);
    expect(fieldsOf("")).toEqual([]);
  });
});
