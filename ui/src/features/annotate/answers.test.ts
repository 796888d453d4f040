import { describe, expect, it } from "vitest";
import { answerWords, missing, optionAt, optionsOf, type Criterion } from "./answers";

const base = { description: "", least: null, most: null, choices: [], is_ordered: false, is_required: true };
const TRUE: Criterion = { ...base, name: "correct", type: "boolean" };
const STARS: Criterion = { ...base, name: "stars", type: "numeric", least: 0, most: 5 };
const TONE: Criterion = {
  ...base,
  name: "tone",
  type: "categorical",
  choices: [
    { value: "rude", description: "" },
    { value: "kind", description: "would please me" },
  ],
};

describe("options of a rubric's question", () => {
  it("gives yes and no, categories, and whole grades", () => {
    expect(optionsOf(TRUE).map((one) => one.label)).toEqual(["Yes", "No"]);
    expect(optionsOf(TONE)[1]).toEqual({ value: "kind", label: "kind", about: "would please me" });
    expect(optionsOf(STARS).map((one) => one.value)).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it("offers none for free numbers", () => {
    expect(optionsOf({ ...STARS, most: 100 })).toEqual([]);
    expect(optionsOf({ ...STARS, least: 0.5 })).toEqual([]);
    expect(optionsOf({ ...STARS, most: null })).toEqual([]);
  });
  it("takes a digit as the place of an answer, and as the grade itself", () => {
    expect(optionAt(TRUE, 2)?.value).toBe(false);
    expect(optionAt(STARS, 4)?.value).toBe(4);
    expect(optionAt(STARS, 9)).toBeUndefined();
    expect(optionAt(TONE, 3)).toBeUndefined();
  });
});

it("asks for what is required and not answered: no and 0 are answers", () => {
  const criteria = [TRUE, STARS, { ...TONE, is_required: false }];
  expect(missing(criteria, {})).toEqual(["correct", "stars"]);
  expect(missing(criteria, { correct: false, stars: 0 })).toEqual([]);
});

it("says answers in words", () => {
  expect([true, false, 3, "kind", null].map(answerWords)).toEqual(["yes", "no", "3", "kind", "–"]);
});
