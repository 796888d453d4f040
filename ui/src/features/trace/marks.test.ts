import { describe, expect, it } from "vitest";
import { markedScores, marksOf, pieces } from "./marks";

const mark = (start: number, end: number, label = "unsupported") => ({ field: "output", start, end, label });

describe("pieces of a marked text", () => {
  it("cuts at the marks and loses nothing", () => {
    const text = "True. Made up. True again.";
    const found = pieces(text, [mark(6, 14)]);
    expect(found.map((one) => [one.text, one.mark?.label])).toEqual([
      ["True. ", undefined],
      ["Made up.", "unsupported"],
      [" True again.", undefined],
    ]);
    expect(found.map((one) => one.text).join("")).toBe(text);
  });
  it("counts as people do: a smiley is one character", () => {
    expect(pieces("😀😀 no", [mark(3, 5)]).map((one) => one.text)).toEqual(["😀😀 ", "no"]);
  });
  it("takes overlapping marks, and marks beyond the end, as far as they go", () => {
    const found = pieces("abcdef", [mark(1, 4), mark(2, 6, "later"), mark(5, 99, "beyond")]);
    expect(found.map((one) => [one.text, one.mark?.label])).toEqual([
      ["a", undefined],
      ["bcd", "unsupported"],
      ["ef", "later"],
    ]);
  });
});

describe("marks of scores", () => {
  it("are read as a list or as its JSON, and are nothing else", () => {
    expect(marksOf({ metadata: { marks: [mark(0, 2)] } })).toHaveLength(1);
    expect(marksOf({ metadata: { marks: JSON.stringify([mark(0, 2)]) } })).toHaveLength(1);
    expect(marksOf({ metadata: { marks: "four stars" } })).toEqual([]);
    expect(marksOf({ metadata: { marks: [{ start: 5, end: 2 }] } })).toEqual([]);
    expect(marksOf({ metadata: {} })).toEqual([]);
  });
  it("belong to the span that was judged, also when the whole trace was", () => {
    const about = { marks: [mark(0, 2)] };
    const own = { id: "1", target_type: "span", target_id: "s", metadata: about };
    const whole = { id: "2", target_type: "trace", target_id: "t", metadata: { ...about, output_span: "s" } };
    const other = { id: "3", target_type: "span", target_id: "x", metadata: about };
    expect(markedScores([own, whole, other] as never, "s").map((one) => one.id)).toEqual(["1", "2"]);
  });
});
