/** What the pages of evaluators say, and how a rule's form becomes what the API takes. */

import type { Schemas } from "@/api/hooks";

export type Evaluator = Schemas["EvaluatorAnswer"];
export type RuleBody = Schemas["EvaluationRuleBody"];
type Day = Schemas["EvaluationDay"];

const ORIGINS: Record<Evaluator["origin"], string> = {
  shipped: "shipped",
  installed: "a package",
  judge: "a judge",
  file: "your folder",
  expression: "written here",
};

/** Where an evaluator is from. */
export function originWord(origin: Evaluator["origin"]): string {
  return ORIGINS[origin];
}

/** Letters and digits in lower case: what makes two spellings of a name one. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Whether an evaluator is meant: every word is in its name, an alias (however spelt), its group or what it asks. */
export function fits(one: Evaluator, text: string): boolean {
  const names = [one.name, ...one.aliases].map(plain);
  const words = `${one.name} ${one.group} ${one.summary} ${one.detects}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => words.includes(word) || (plain(word) !== "" && names.some((name) => name.includes(plain(word)))));
}

/** A count over a rule's evaluators. */
export function sumOf(days: readonly Day[], what: "scored" | "passed" | "skipped" | "failed"): number {
  return days.reduce((sum, day) => sum + day[what], 0);
}

/** A setting's value as its default's type has it; text that is no such value stays text, and the server says what is wrong. */
export function typed(text: string, fallback: unknown): unknown {
  if (typeof fallback === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  if (Array.isArray(fallback)) return text.split(",").map((part) => part.trim());
  if (fallback === null) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  return text;
}

/** A setting's value as a field of a form shows it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** A rule to begin with: the default set over traces that call a model. */
export function fresh(evaluators: readonly Evaluator[], wanted = ""): RuleBody {
  const names = wanted ? [wanted] : evaluators.filter((one) => one.default).map((one) => one.name);
  return {
    name: "",
    level: "trace",
    where: 'kind = "llm"',
    evaluators: names.map((evaluator) => ({ evaluator, score: "", settings: {}, fields: {} })),
    sampling: {
      rate: 1,
      stratify_by: "",
      per_hour: 0,
      errors: false,
      tail_by: "",
      tail_share: 0,
      tail_score: "",
      tail_threshold: 0.5,
      rows_per_day: null,
      usd_per_day: null,
    },
    settle_s: null,
    enabled: true,
  };
}

/** A rule as its form holds it. */
export function bodyOf(rule: Schemas["EvaluationRule"]): RuleBody {
  return {
    name: rule.name,
    level: rule.level,
    where: rule.where,
    evaluators: rule.evaluators.map((one) => ({
      ...one,
      score: one.score === one.evaluator.split(":").at(-1) ? "" : one.score,
    })),
    sampling: rule.sampling as RuleBody["sampling"],
    settle_s: rule.settle_s,
    enabled: rule.enabled,
  };
}

/** In one line how much a rule scores. */
export function howMuch(sampling: Schemas["SamplingAnswer"]): string {
  const parts = [];
  if (sampling.rate > 0) parts.push(sampling.rate === 1 ? "all" : `${+(sampling.rate * 100).toFixed(2)}% at random`);
  if (sampling.per_hour) parts.push(`${sampling.per_hour} an hour of each ${sampling.stratify_by}`);
  if (sampling.errors) parts.push("all with errors");
  if (sampling.tail_by === "uncertainty") parts.push(`the ${+(sampling.tail_share * 100).toFixed(2)}% least certain`);
  else if (sampling.tail_by)
    parts.push(
      `the ${+(sampling.tail_share * 100).toFixed(2)}% ${sampling.tail_by === "cost" ? "dearest" : "slowest"}`,
    );
  const limits = [];
  if (sampling.rows_per_day !== null) limits.push(`${sampling.rows_per_day} a day`);
  if (sampling.usd_per_day !== null) limits.push(`$${sampling.usd_per_day} a day`);
  return parts.join(", ") + (limits.length ? `; at most ${limits.join(" and ")}` : "");
}

/** A text cut where marks begin and end; marks that overlap an earlier one are left out. */
export function pieces(
  text: string,
  marks: readonly Schemas["MarkAnswer"][],
): { text: string; mark: Schemas["MarkAnswer"] | null }[] {
  const made: { text: string; mark: Schemas["MarkAnswer"] | null }[] = [];
  let at = 0;
  const ofOutput = marks.filter((mark) => mark.field === "output" && mark.end > mark.start);
  for (const mark of ofOutput.sort((one, other) => one.start - other.start || other.end - one.end)) {
    if (mark.start < at || mark.start >= text.length) continue;
    if (mark.start > at) made.push({ text: text.slice(at, mark.start), mark: null });
    made.push({ text: text.slice(mark.start, mark.end), mark });
    at = mark.end;
  }
  if (at < text.length) made.push({ text: text.slice(at), mark: null });
  return made;
}
