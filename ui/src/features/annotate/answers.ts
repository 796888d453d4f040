/** A rubric and the answers to it, as the form and its keys treat them. Pure. */

import type { Schemas } from "@/api/hooks";

export type Criterion = Schemas["RubricCriterion"];
export type Values = Record<string, unknown>;

/** One answer that a digit gives. */
export interface Option {
  value: unknown;
  label: string;
  about: string;
}

const MOST_OPTIONS = 9;

/** The answers offered as buttons, in the order of their digits; [] for free numbers and texts. */
export function optionsOf(criterion: Criterion): Option[] {
  if (criterion.type === "boolean")
    return [
      { value: true, label: "Yes", about: "" },
      { value: false, label: "No", about: "" },
    ];
  if (criterion.type === "categorical")
    return (criterion.choices ?? []).map((one) => ({
      value: one.value,
      label: one.value,
      about: one.description ?? "",
    }));
  const { least, most } = criterion;
  if (criterion.type === "numeric" && typeof least === "number" && typeof most === "number") {
    const steps = most - least + 1;
    if (Number.isInteger(least) && Number.isInteger(most) && steps <= MOST_OPTIONS && steps > 1)
      return Array.from({ length: steps }, (_, at) => ({ value: least + at, label: String(least + at), about: "" }));
  }
  return [];
}

/** What the digit means for the criterion: for grades it is the grade itself, else the place of the answer. */
export function optionAt(criterion: Criterion, digit: number): Option | undefined {
  const options = optionsOf(criterion);
  if (criterion.type === "numeric") return options.find((one) => one.value === digit);
  return options[digit - 1];
}

export function isAnswered(criterion: Criterion, values: Values): boolean {
  const value = values[criterion.name];
  return value !== undefined && value !== null && value !== "";
}

/** The names still to be answered. */
export function missing(criteria: Criterion[], values: Values): string[] {
  return criteria.filter((one) => one.is_required !== false && !isAnswered(one, values)).map((one) => one.name);
}

/** An answer in words. */
export function answerWords(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  return value === null || value === undefined ? "–" : String(value as string | number);
}
