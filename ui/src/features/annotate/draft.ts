/** A rubric's question while it is written. Pure. */

import type { Criterion } from "./answers";

export interface CriterionDraft {
  name: string;
  type: Criterion["type"];
  description: string;
  least: number | string;
  most: number | string;
  /** One category a line, after a colon what it means. */
  choices: string;
  isOrdered: boolean;
  isRequired: boolean;
}

export function newDraft(): CriterionDraft {
  return {
    name: "",
    type: "boolean",
    description: "",
    least: "",
    most: "",
    choices: "",
    isOrdered: false,
    isRequired: true,
  };
}

export function draftOf(criterion: Criterion): CriterionDraft {
  return {
    name: criterion.name,
    type: criterion.type,
    description: criterion.description ?? "",
    least: criterion.least ?? "",
    most: criterion.most ?? "",
    choices: (criterion.choices ?? [])
      .map((one) => (one.description ? `${one.value}: ${one.description}` : one.value))
      .join("\n"),
    isOrdered: criterion.is_ordered ?? false,
    isRequired: criterion.is_required ?? true,
  };
}

export function readDraft(draft: CriterionDraft): Criterion {
  const bound = (value: number | string) => (draft.type === "numeric" && value !== "" ? Number(value) : null);
  return {
    name: draft.name.trim(),
    type: draft.type,
    description: draft.description.trim(),
    least: bound(draft.least),
    most: bound(draft.most),
    choices: draft.type === "categorical" ? choicesOf(draft.choices) : [],
    is_ordered: draft.type === "categorical" && draft.isOrdered,
    is_required: draft.isRequired,
  };
}

export function isWhole(draft: CriterionDraft): boolean {
  return draft.name.trim() !== "" && (draft.type !== "categorical" || choicesOf(draft.choices).length > 1);
}

function choicesOf(text: string): { value: string; description: string }[] {
  return text
    .split("\n")
    .map((line) => {
      const [value = "", ...rest] = line.split(":");
      return { value: value.trim(), description: rest.join(":").trim() };
    })
    .filter((one) => one.value);
}
