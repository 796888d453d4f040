/**
 * Filters with variables: `${name}` stands where a value or a whole condition stands.
 *
 *     ${service}             service = "shop", or service in ("shop", "desk"): the variable's own field
 *     model = ${model}       model = "gpt-4.1", or model in ("gpt-4.1", "o3")
 *
 * A condition whose variable has no value is left out, with the `not` before it. The server does the same in
 * `nervure.query.template` before it keeps a dashboard; both are held to one table of cases.
 */

export interface TemplateVariable {
  name: string;
  field?: string;
  type?: "text" | "number" | "duration" | "bool";
}

export type Values = Record<string, readonly string[] | undefined>;

/** A template that cannot be filled. position: zero-based character in the template. */
export class TemplateError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
    this.name = "TemplateError";
  }
}

interface Token {
  /** White space before it. */
  lead: string;
  text: string;
  start: number;
  /** Of a placeholder. */
  name?: string;
}

const TOKEN =
  /(\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|[()[\],]|<=|>=|!=|<>|==|[=<>]|[^\s()[\],=<>!"'$]+|.)/gsu;
const PLACEHOLDER = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/;
const WHOLE_PLACEHOLDER = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const LITERALS = {
  number: /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/,
  duration: /^-?[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w)$/,
  bool: /^(true|false)$/,
};
const EQUAL: Record<string, string> = { "=": "in", "==": "in", "!=": "not in", "<>": "not in" };

export interface Filled {
  text: string;
  /** The character of the template that a character of the filter comes from. */
  place: (position: number) => number;
}

/** The filter of a template. Throws TemplateError. */
export function fill(template: string, variables: readonly TemplateVariable[], values: Values): Filled {
  if (!PLACEHOLDER.test(template)) return { text: template, place: (position) => position };
  const kept = new Filler(template, new Map(variables.map((one) => [one.name, one])), values).all();
  let text = "";
  const places: [number, number][] = [];
  for (const piece of kept) {
    const lead = text === "" || text.endsWith("(") ? "" : piece.lead;
    places.push([text.length + lead.length, piece.start]);
    text += lead + piece.text;
  }
  return {
    text: text.trimEnd(),
    place: (position) => {
      const [at, origin] = places.findLast(([place]) => place <= position) ?? [0, 0];
      return origin + position - at;
    },
  };
}

/** Fields to group by; `${name}` stands for the fields chosen in a variable, none of them twice. */
export function fillFields(by: readonly string[], values: Values): string[] {
  const made = by.flatMap((field) => {
    const name = WHOLE_PLACEHOLDER.exec(field)?.[1];
    return name ? (values[name] ?? []) : [field];
  });
  return [...new Set(made)];
}

/** Follows only the outline of a filter: and, or, not and parentheses. What it does not know it leaves as it is. */
class Filler {
  private readonly tokens: Token[];
  private at = 0;

  constructor(
    template: string,
    private readonly variables: Map<string, TemplateVariable>,
    private readonly values: Values,
  ) {
    this.tokens = [...template.matchAll(TOKEN)].map((found) => ({
      lead: found[1] ?? "",
      text: found[2] ?? "",
      start: found.index + (found[1]?.length ?? 0),
      name: found[3],
    }));
  }

  all(): Token[] {
    let kept = this.chain("or");
    // A parenthesis too many: the parser will say so, in its place.
    while (this.at < this.tokens.length) kept = [...(kept ?? []), this.take(), ...(this.chain("or") ?? [])];
    return kept ?? [];
  }

  /** Conditions joined by a word; null when each was left out. */
  private chain(word: "and" | "or"): Token[] | null {
    let kept: Token[] | null = null;
    let joint: Token[] = [];
    for (;;) {
      const part = word === "or" ? this.chain("and") : this.one();
      if (part !== null) kept = kept === null ? part : [...kept, ...joint, ...part];
      if (!this.nextIs(word)) return kept;
      joint = [this.take()];
    }
  }

  private one(): Token[] | null {
    if (this.nextIs("not")) {
      const word = this.take();
      const inner = this.one();
      return inner === null ? null : [word, ...inner];
    }
    if (!this.nextIs("(")) return this.condition();
    const opening = this.take();
    const inner = this.chain("or");
    const closing = this.nextIs(")") ? [this.take()] : [];
    return inner === null ? null : [opening, ...inner, ...closing];
  }

  /** One condition, up to and, or or a closing parenthesis that is not its own. */
  private condition(): Token[] | null {
    const held: Token[] = [];
    let depth = 0;
    while (this.at < this.tokens.length && !(depth === 0 && this.nextIs("and", "or", ")"))) {
      const token = this.take();
      if (token.text === "(" || token.text === "[") depth += 1;
      if (token.text === ")" || token.text === "]") depth -= 1;
      held.push(token);
    }
    const named = held.filter((token) => token.name);
    for (const token of named) this.variable(token);
    if (named.some((token) => !this.values[token.name!]?.length)) return null;
    return named.length > 0 ? this.filled(held) : held;
  }

  private filled(held: Token[]): Token[] {
    if (held.length === 1) return [this.alone(held[0]!)];
    const made: Token[] = [];
    for (const token of held) {
      if (!token.name) {
        made.push(token);
        continue;
      }
      const literals = this.literals(token);
      const before = made.at(-1) ?? token;
      let text = literals.join(", ");
      if (isWord(before, "in")) text = `(${text})`;
      else if (literals.length > 1 && EQUAL[before.text]) {
        made[made.length - 1] = { lead: before.lead || " ", text: EQUAL[before.text]!, start: before.start };
        text = `(${text})`;
      } else if (literals.length > 1 && before.text !== "(" && before.text !== ",") {
        throw new TemplateError(`${token.name} has several values here: write = \${${token.name}} or in`, token.start);
      }
      const isAfterWord = made.length > 0 && isWord(made.at(-1)!, "in", "not in");
      made.push({ lead: token.lead || (isAfterWord ? " " : ""), text, start: token.start });
    }
    return made;
  }

  private alone(token: Token): Token {
    const field = this.variable(token).field;
    const literals = this.literals(token);
    if (!field)
      throw new TemplateError(`${token.name} has no field of its own: write <field> = \${${token.name}}`, token.start);
    const value = literals.length === 1 ? `= ${literals[0]}` : `in (${literals.join(", ")})`;
    return { lead: token.lead, text: `${field} ${value}`, start: token.start };
  }

  private literals(token: Token): string[] {
    const { name, type = "text" } = this.variable(token);
    const values = this.values[name] ?? [];
    // JSON's escapes are those of the filter language.
    if (type === "text") return values.map((value) => JSON.stringify(value));
    for (const value of values) {
      if (!LITERALS[type].test(value))
        throw new TemplateError(`"${value}" is no ${type}, as the variable ${name} takes`, token.start);
    }
    return [...values];
  }

  private variable(token: Token): TemplateVariable {
    const found = this.variables.get(token.name!);
    if (found) return found;
    const known = [...this.variables.keys()].join(", ") || "none";
    throw new TemplateError(`there is no variable ${token.name}; those of this dashboard: ${known}`, token.start);
  }

  private nextIs(...words: string[]): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && isWord(token, ...words);
  }

  private take(): Token {
    const token = this.tokens[this.at]!;
    this.at += 1;
    return token;
  }
}

function isWord(token: Token, ...words: string[]): boolean {
  return words.includes(token.text.toLowerCase());
}
