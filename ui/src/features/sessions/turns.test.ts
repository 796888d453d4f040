import { describe, expect, it } from "vitest";
import { hasFailed, judged, ratingOf, thumbOf, type Score, type Turn } from "./turns";

const score = (name: string, value: number | null, more: Partial<Score> = {}) =>
  ({ id: name, name, value, data_type: "numeric", source: "judge", revision: 0, ...more }) as Score;

describe("scores of a session", () => {
  it("are averaged by name, without comments", () => {
    const found = judged([
      score("b", 1),
      score("a", 0.5),
      score("b", 0),
      score("comment", null),
      score("c", null, { data_type: "categorical" }),
    ]);
    expect(found).toEqual([
      { name: "a", mean: 0.5, isShare: false, n: 1 },
      { name: "b", mean: 0.5, isShare: false, n: 2 },
      { name: "c", mean: null, isShare: false, n: 1 },
    ]);
  });

  it("tell the share of booleans", () => {
    expect(
      judged([score("ok", 1, { data_type: "boolean" }), score("ok", 0, { data_type: "boolean" })])[0],
    ).toMatchObject({ mean: 0.5, isShare: true });
  });
});

describe("a person's thumb", () => {
  it("is the latest of a human, not of a judge", () => {
    const mine = score("thumbs", 0, { source: "human", id: "mine" });
    expect(thumbOf([score("thumbs", 1), mine])).toBe(mine);
    expect(thumbOf([score("thumbs", 1)])).toBeUndefined();
  });

  it("replaces the one before", () => {
    const target = { target_type: "trace" as const, target_id: "t" };
    expect(ratingOf(target, true, "")).not.toHaveProperty("id");
    expect(ratingOf(target, false, "no", score("thumbs", 1, { id: "x", revision: 2 }))).toMatchObject({
      id: "x",
      revision: 3,
      value: false,
      explanation: "no",
    });
  });
});

describe("a turn", () => {
  const turn = (root: string, errors: number, output: unknown) =>
    ({ root_status: root, error_count: errors, output }) as Turn;
  it("failed when its root did, or nothing was answered after an error", () => {
    expect(hasFailed(turn("error", 1, {}))).toBe(true);
    expect(hasFailed(turn("unset", 1, null))).toBe(true);
    expect(hasFailed(turn("unset", 1, {}))).toBe(false);
    expect(hasFailed(turn("ok", 0, null))).toBe(false);
  });
});
