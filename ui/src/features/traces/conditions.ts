/**
 * Small edits of a filter's text: what facets and hovered values add, change and take away. Pure.
 *
 * A filter is looked at as conditions that must all hold. Those of the simplest forms (field = "value", field in (...) and
 * their negations) are understood; whatever else stands there is left as it was written.
 */

import { fieldName, literal } from "@/lib/query";

interface Token {
  text: string;
  from: number;
  to: number;
  /** How many brackets are open around it. */
  depth: number;
}

/** A condition. Without `field` it is not understood and kept as `text`. */
export interface Term {
  text: string;
  field?: string;
  isNegated?: boolean;
  values?: string[];
}

export type Mark = "include" | "exclude";

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()[\],]|<=|>=|!=|<>|==|[=<>]|[^\s"'()[\],=<>!]+|\S/gs;
const WORD = /^[a-z_][\w.]*$/i;

function tokensOf(where: string): Token[] {
  let depth = 0;
  return [...where.matchAll(TOKEN)].map((found) => {
    const text = found[0];
    if (text === ")" || text === "]") depth -= 1;
    const token = { text, from: found.index, to: found.index + text.length, depth };
    if (text === "(" || text === "[") depth += 1;
    return token;
  });
}

/** The conditions a filter is made of; one alone when its parts are joined by `or`. */
export function termsOf(where: string): Term[] {
  const tokens = tokensOf(where);
  if (tokens.length === 0) return [];
  const isJoint = (word: string) => (token: Token) => token.depth === 0 && token.text.toLowerCase() === word;
  if (tokens.some(isJoint("or"))) return [{ text: where.trim() }];
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isJoint("and")(token)) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0).map((part) => term(where.slice(part[0]!.from, part.at(-1)!.to), part));
}

function term(text: string, tokens: Token[]): Term {
  const words = tokens.map((token) => token.text);
  const taken = fieldOf(words);
  if (!taken) return { text };
  const [field, used] = taken;
  const rest = words.slice(used);
  const operator = rest[0]?.toLowerCase();
  if ((operator === "=" || operator === "==" || operator === "!=" || operator === "<>") && rest.length === 2) {
    return { text, field, isNegated: operator.startsWith("!") || operator === "<>", values: [valueOf(rest[1]!)] };
  }
  const isNot = operator === "not";
  const list = rest.slice(isNot ? 1 : 0);
  if (list[0]?.toLowerCase() === "in" && list[1] === "(" && list.at(-1) === ")") {
    const values = list.slice(2, -1).filter((word) => word !== ",");
    return { text, field, isNegated: isNot, values: values.map(valueOf) };
  }
  return { text };
}

/** A field at the beginning of some words, and how many of them it takes: model, attr["k"]. */
function fieldOf(words: string[]): [string, number] | null {
  const [name, open, key, close] = words;
  if (!name || !WORD.test(name) || name.toLowerCase() === "not") return null;
  if (open === "[" && key && close === "]") return [`${name}[${literal(valueOf(key))}]`, 4];
  return [name, 1];
}

function valueOf(word: string): string {
  if (!/^["']/.test(word)) return word;
  const inner = word.slice(1, -1);
  return inner.replace(/\\(u[0-9a-f]{4}|.)/gis, (_, escape: string) => {
    const plain: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
    if (/^u/i.test(escape) && escape.length === 5) return String.fromCharCode(parseInt(escape.slice(1), 16));
    return plain[escape] ?? escape;
  });
}

/** The conditions as one filter again. */
export function filterOf(terms: Term[]): string {
  const isAlone = terms.length <= 1;
  return terms.map((one) => (!isAlone && !one.field && hasOr(one.text) ? `(${one.text})` : one.text)).join(" and ");
}

function hasOr(text: string): boolean {
  return tokensOf(text).some((token) => token.depth === 0 && token.text.toLowerCase() === "or");
}

function isSame(one: Term, field: string): boolean {
  return one.field !== undefined && one.field.toLowerCase() === fieldName(field).toLowerCase();
}

function made(field: string, values: string[], mark: Mark): Term {
  const name = fieldName(field);
  const isNegated = mark === "exclude";
  const listed = values.map(literal);
  const text =
    listed.length === 1
      ? `${name} ${isNegated ? "!=" : "="} ${listed[0]}`
      : `${name} ${isNegated ? "not in" : "in"} (${listed.join(", ")})`;
  return { text, field: name, isNegated, values };
}

/** Which values of a field a filter asks for and which it shuts out. */
export function marksOf(where: string, field: string): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const one of termsOf(where)) {
    if (isSame(one, field))
      for (const value of one.values ?? []) marks.set(value, one.isNegated ? "exclude" : "include");
  }
  return marks;
}

/** The filter with a value asked for (or shut out); the same once more takes it away again. */
export function toggled(where: string, field: string, value: string, mark: Mark): string {
  const marks = marksOf(where, field);
  if (marks.get(value) === mark) marks.delete(value);
  else marks.set(value, mark);
  return withMarks(where, field, marks);
}

/** The filter with only this value of the field. */
export function only(where: string, field: string, value: string): string {
  return withMarks(where, field, new Map([[value, "include"]]));
}

/** The filter without its simple conditions on a field: what the counts of a facet are asked with. */
export function without(where: string, field: string): string {
  return withMarks(where, field, new Map());
}

function withMarks(where: string, field: string, marks: Map<string, Mark>): string {
  const terms = termsOf(where);
  const place = terms.findIndex((one) => isSame(one, field));
  const rest = terms.filter((one) => !isSame(one, field));
  const of = (mark: Mark) => [...marks].filter(([, held]) => held === mark).map(([value]) => value);
  const added = (["include", "exclude"] as const).flatMap((mark) =>
    of(mark).length > 0 ? [made(field, of(mark), mark)] : [],
  );
  // Where the field's condition stood, so that the text does not jump about.
  rest.splice(place < 0 ? rest.length : place, 0, ...added);
  return filterOf(rest);
}
