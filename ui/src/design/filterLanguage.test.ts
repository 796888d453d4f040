import { describe, expect, it } from "vitest";
import { placeOf } from "./filterLanguage";

describe("where the cursor stands in a filter", () => {
  it.each([
    ["", { kind: "field", word: "", from: 0 }],
    ["mod", { kind: "field", word: "mod", from: 0 }],
    ["model ", { kind: "operator", field: "model", word: "", from: 6 }],
    ['model = "gp', { kind: "value", field: "model", word: "gp", from: 8, isQuoted: true }],
    ["model =", { kind: "value", field: "model", word: "", from: 7, isQuoted: false }],
    ['model = "gpt" ', { kind: "joint", word: "", from: 14 }],
    ['model = "gpt" and ', { kind: "field", word: "", from: 18 }],
    ['model in ("a", ', { kind: "value", field: "model", word: "", from: 15, isQuoted: false }],
    ['name starts with "ch', { kind: "value", field: "name", word: "ch", from: 17, isQuoted: true }],
    ['attr["http.', { kind: "key", field: "attr", word: "http.", from: 6 }],
    ['attr["k"] ', { kind: "operator", field: 'attr["k"]', word: "", from: 10 }],
    ['not (kind = "llm" or ', { kind: "field", word: "", from: 21 }],
  ])("%j", (text, place) => {
    expect(placeOf(text)).toEqual(place);
  });
});
