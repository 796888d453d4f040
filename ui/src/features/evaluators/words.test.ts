import { describe, expect, it } from "vitest";
import { fits, howMuch, pieces, typed, type Evaluator } from "./words";

const groundedness = {
  name: "groundedness",
  aliases: ["Faithfulness", "HallucinationMetric"],
  group: "rag",
  summary: "Is the answer supported?",
  detects: "",
} as unknown as Evaluator;

describe("fits", () => {
  it.each([
    ["", true],
    ["ground", true],
    ["faithful", true],
    ["hallucination_metric", true],
    ["rag supported", true],
    ["toxicity", false],
    ["ground toxicity", false],
  ])("%s", (text, expected) => expect(fits(groundedness, text)).toBe(expected));
});

describe("typed", () => {
  it("gives a setting the type of its default", () => {
    expect(typed("0.4", 0.5)).toBe(0.4);
    expect(typed("soon", 0.5)).toBe("soon");
    expect(typed("a, b", ["x"])).toEqual(["a", "b"]);
    expect(typed('{"type": "object"}', null)).toEqual({ type: "object" });
    expect(typed("output", "auto")).toBe("output");
  });
});

describe("pieces", () => {
  it("cuts a text at its marks and leaves out those within another", () => {
    const mark = (start: number, end: number) => ({ field: "output", start, end, label: "unsupported", evidence: "" });
    expect(pieces("one two three", [mark(4, 7), mark(5, 6)]).map((piece) => [piece.text, piece.mark !== null])).toEqual(
      [
        ["one ", false],
        ["two", true],
        [" three", false],
      ],
    );
    expect(pieces("one", [])).toEqual([{ text: "one", mark: null }]);
  });
});

describe("howMuch", () => {
  it("says a sampling in one line", () => {
    const plan = {
      rate: 0.1,
      stratify_by: "model",
      per_hour: 20,
      errors: true,
      tail_by: "cost",
      tail_share: 0.05,
      tail_score: "",
      tail_threshold: 0.5,
      rows_per_day: 1000,
      usd_per_day: 2,
    };
    expect(howMuch(plan)).toBe(
      "10% at random, 20 an hour of each model, all with errors, the 5% dearest; at most 1000 a day and $2 a day",
    );
  });
});
