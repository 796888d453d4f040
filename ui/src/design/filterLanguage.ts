/** Where in a filter the cursor stands, and what could come next. Pure; the server's parser decides what is right. */

export interface FieldInfo {
  name: string;
  type: string;
  about: string;
  aliases: string[];
  values: string[];
  operators: string[];
  takes_key: boolean;
}

export type Place =
  | { kind: "field"; from: number; word: string }
  | { kind: "operator"; from: number; field: string; word: string }
  | { kind: "value"; from: number; field: string; word: string; isQuoted: boolean }
  | { kind: "key"; from: number; field: string; word: string }
  | { kind: "joint"; from: number; word: string };

const TOKEN = /"(?:\\.|[^"\\])*"?|[A-Za-z_][\w.]*(?:\["(?:\\.|[^"\\])*"\]?)?|-?\d[\w.]*|[()[\],]|[=!<>~]+|\S/g;
const COMPARES = /^(=|!=|<|>|<=|>=|~|!~|contains|like|matches|in)$/i;

/** What is being written at the end of `text` (the filter up to the cursor). */
export function placeOf(text: string): Place {
  const key = /([A-Za-z_]\w*)\["((?:\\.|[^"\\])*)$/.exec(text);
  if (key) return { kind: "key", field: key[1]!, word: key[2]!, from: text.length - key[2]!.length };
  const tokens = [...text.matchAll(TOKEN)].map((found) => ({ text: found[0], from: found.index }));
  const endsInSpace = /\s$/.test(text) || text === "";
  const current = endsInSpace ? undefined : tokens.pop();
  const from = current?.from ?? text.length;
  const word = current?.text ?? "";
  const before = tokens.at(-1)?.text ?? "";
  const beforeThat = tokens.at(-2)?.text ?? "";
  if (/^[=!<>~]+$/.test(word)) return { kind: "value", field: before, word: "", from: text.length, isQuoted: false };
  if (COMPARES.test(before) && !(before.toLowerCase() === "in"))
    return valueAt(beforeThat === "not" ? (tokens.at(-3)?.text ?? "") : beforeThat, word, from);
  if (/^with$/i.test(before) && /^starts$/i.test(beforeThat)) return valueAt(tokens.at(-3)?.text ?? "", word, from);
  if (before === "(" || before === ",") {
    const listOf = fieldOfList(tokens.map((token) => token.text));
    if (listOf) return valueAt(listOf, word, from);
  }
  if (!before || before === "(" || /^(and|or|not)$/i.test(before)) return { kind: "field", word, from };
  const isEnd =
    before.startsWith('"') || /^-?\d/.test(before) || before === ")" || /^(exists|true|false|null)$/i.test(before);
  return isEnd ? { kind: "joint", word, from } : { kind: "operator", field: before, word, from };
}

function valueAt(field: string, word: string, from: number): Place {
  const isQuoted = word.startsWith('"');
  return { kind: "value", field, word: isQuoted ? word.slice(1).replace(/"$/, "") : word, from, isQuoted };
}

/** The field of `field in ("a", `, when the tokens end inside such a list. */
function fieldOfList(tokens: string[]): string {
  let at = tokens.length - 1;
  while (at >= 0 && tokens[at] !== "(") at -= 1;
  if (tokens[at - 1]?.toLowerCase() !== "in") return "";
  const named = tokens[at - 2] ?? "";
  return named.toLowerCase() === "not" ? (tokens[at - 3] ?? "") : named;
}
