import { describe, expect, it } from "vitest";
import { changeTitle, changeWhere, markersOf, type Change } from "./changes";

function change(rest: Partial<Change>): Change {
  return {
    id: "1",
    time: "2026-11-20T10:00:00Z",
    kind: "release",
    name: "checkout",
    before: "",
    after: "",
    scope: {},
    note: "",
    url: "",
    author: "",
    source: "found",
    ...rest,
  };
}

describe("a change in words", () => {
  it.each<[Partial<Change>, string]>([
    [{ before: "1.4", after: "1.5" }, "Release of checkout: 1.4 → 1.5"],
    [{ after: "1.5" }, "Release of checkout: 1.5"],
    [{ kind: "tool", name: "search" }, "New tool search"],
    [{ kind: "model", name: "gpt-5" }, "New model gpt-5"],
    [{ kind: "model", name: "gpt-5", before: "gpt-4o", after: "gpt-5" }, "Model gpt-4o → gpt-5"],
    [{ kind: "other", name: "moved to another region", source: "recorded" }, "moved to another region"],
  ])("%o", (rest, words) => expect(changeTitle(change(rest))).toBe(words));
  it("finds the spans it concerns", () =>
    expect(changeWhere(change({ scope: { service: 'a"b', release: "1" } }))).toBe(
      'service = "a\\"b" and release = "1"',
    ));
});

describe("flags on the time axis", () => {
  it("stand apart, or are one where they would lie on each other", () => {
    const hour = 3_600_000;
    const changes = [
      change({ id: "3", time: "2026-11-20T12:00:00Z", name: "c" }),
      change({ id: "2", time: "2026-11-20T10:01:00Z", name: "b" }),
      change({ id: "1", time: "2026-11-20T10:00:00Z", name: "a" }),
    ];
    expect(markersOf(changes, 24 * hour).map((marker) => marker.label)).toEqual([
      "Release of a; Release of b",
      "Release of c",
    ]);
    expect(markersOf(changes, hour / 2)).toHaveLength(3);
  });
});
