import { expect, it } from "vitest";
import { draftOf, isWhole, newDraft, readDraft } from "./draft";

it("reads categories a line, with what they mean", () => {
  const draft = {
    ...newDraft(),
    name: " tone ",
    type: "categorical" as const,
    choices: "rude: insults: or worse\n\nkind",
  };
  expect(readDraft(draft)).toEqual({
    name: "tone",
    type: "categorical",
    description: "",
    least: null,
    most: null,
    choices: [
      { value: "rude", description: "insults: or worse" },
      { value: "kind", description: "" },
    ],
    is_ordered: false,
    is_required: true,
  });
  expect(draftOf(readDraft(draft)).choices).toBe("rude: insults: or worse\nkind");
});

it("forgets what belongs to another kind of answer", () => {
  const draft = {
    ...newDraft(),
    name: "x",
    type: "text" as const,
    least: 1,
    most: 5,
    choices: "a\nb",
    isOrdered: true,
  };
  expect(readDraft(draft)).toMatchObject({ least: null, most: null, choices: [], is_ordered: false });
});

it("knows when a question is whole", () => {
  expect(isWhole(newDraft())).toBe(false);
  expect(isWhole({ ...newDraft(), name: "x", type: "categorical", choices: "only one" })).toBe(false);
  expect(isWhole({ ...newDraft(), name: "x" })).toBe(true);
});
