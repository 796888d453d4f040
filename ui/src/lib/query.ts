/** The one Query of the API, as a value. */

export interface Query {
  measure: string | string[];
  where?: string;
  by?: string[];
  every?: string;
  from: string;
  to: string;
  limit?: number;
  order?: "" | "asc" | "desc";
  offset?: string;
}

/** A text as a literal of the filter language. */
export function literal(text: string): string {
  return `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
}

const PLAIN = /^[a-z_][a-z0-9_.]*$/i;

/** A field as a filter names it; an attribute's key becomes attr["key"]. */
export function fieldName(field: string): string {
  return PLAIN.test(field) || field.includes("[") ? field : `attr[${literal(field)}]`;
}

/** field = "value", or that it is empty. */
export function equals(field: string, value: string | null, negated = false): string {
  return `${fieldName(field)} ${negated ? "!=" : "="} ${literal(value ?? "")}`;
}

/** Conditions that must all hold; empty ones are left out. */
export function both(...conditions: (string | undefined | null | false)[]): string {
  const held = conditions.map((one) => (one ? one.trim() : "")).filter(Boolean);
  if (held.length <= 1) return held[0] ?? "";
  return held.map((one) => (/\sor\s/i.test(one) ? `(${one})` : one)).join(" and ");
}
