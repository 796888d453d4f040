/** A Query while it is being written: what stands in the address of the explorer and in a widget. Pure. */

import { projectName } from "@/api/client";
import type { Query } from "@/lib/query";
import { everyFor, spanMs, utcOffset, type Range } from "@/lib/time";

export interface Draft {
  measure: string[];
  where: string;
  by: string[];
  /** "" for one number, "auto" for as many points as can be seen, else a width such as "5m". */
  every: string;
  limit: number;
  order: "" | "asc" | "desc";
}

export const LIMIT = 20;
export const BLANK: Draft = { measure: ["count"], where: "", by: [], every: "auto", limit: LIMIT, order: "" };
const DAY_MS = 86_400_000;

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string" && one !== "");
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The draft of anything that may be a Query; what it does not say has its default. */
export function draftOf(query: Record<string, unknown>): Draft {
  const order = text(query.order);
  return {
    measure: texts(query.measure),
    where: text(query.where),
    by: texts(query.by),
    every: text(query.every),
    limit: typeof query.limit === "number" && Number.isInteger(query.limit) ? query.limit : LIMIT,
    order: order === "asc" || order === "desc" ? order : "",
  };
}

/** The draft as it is kept: without what has its default. */
export function kept(draft: Draft): Record<string, unknown> {
  return {
    measure: draft.measure.length === 1 ? draft.measure[0] : draft.measure,
    ...(draft.where ? { where: draft.where } : {}),
    ...(draft.by.length > 0 ? { by: draft.by } : {}),
    ...(draft.every ? { every: draft.every } : {}),
    ...(draft.limit !== LIMIT ? { limit: draft.limit } : {}),
    ...(draft.order ? { order: draft.order } : {}),
  };
}

/** The Query that is asked in a range. points: how many an automatic width makes, about. */
export function queryOf(draft: Draft, range: Range, points = 90): Query {
  const every = draft.every === "auto" ? everyFor(range, points) : draft.every;
  const made = kept({ ...draft, every }) as unknown as Omit<Query, "from" | "to">;
  // Days and weeks begin at this user's midnight.
  const offset = every && spanMs(every) >= DAY_MS ? utcOffset() : "";
  return { ...made, from: range.from, to: range.to, ...(offset ? { offset } : {}) };
}

/** The draft in the address; null when there is none or it cannot be read. */
export function draftFrom(address: string): Draft | null {
  try {
    const read: unknown = JSON.parse(address);
    return read && typeof read === "object" && !Array.isArray(read) ? draftOf(read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

// A Query in other languages

const quoted = (value: string): string => `'${value.replace(/'/g, "'\\''")}'`;

/** For a shell: the API call. */
export function asCurl(query: Query, origin: string): string {
  const project = projectName();
  const lines = [
    `curl -s ${origin}/api/v1/query`,
    "-H 'content-type: application/json'",
    '-H "authorization: Bearer $NERVURE_API_KEY"',
    ...(project && project !== "default" ? [`-H ${quoted(`x-nervure-project: ${project}`)}`] : []),
    `-d ${quoted(JSON.stringify(query))}`,
  ];
  return lines.join(" \\\n  ");
}

/** For Python: `nervure.Client`. */
export function asPython(query: Query, origin: string): string {
  const list = (values: string[]) => (values.length === 1 ? JSON.stringify(values[0]) : JSON.stringify(values));
  const given = [
    list(texts(query.measure)),
    ...(query.where ? [`where=${JSON.stringify(query.where)}`] : []),
    ...(query.by?.length ? [`by=${list(query.by)}`] : []),
    ...(query.every ? [`every=${JSON.stringify(query.every)}`] : []),
    `from_=${JSON.stringify(query.from)}`,
    `to=${JSON.stringify(query.to)}`,
    ...(query.limit ? [`limit=${query.limit}`] : []),
    ...(query.order ? [`order=${JSON.stringify(query.order)}`] : []),
  ];
  const project = projectName();
  const where = [
    JSON.stringify(origin),
    ...(project && project !== "default" ? [`project=${JSON.stringify(project)}`] : []),
  ];
  return [
    "import nervure",
    "",
    `with nervure.Client(${where.join(", ")}) as client:  # the key is read from NERVURE_API_KEY`,
    "    answer = client.query(",
    ...given.map((one) => `        ${one},`),
    "    )",
    "for row in answer:",
    "    print(row)",
  ].join("\n");
}

/** For a shell: `nervure query`, which asks one measure at a time. */
export function asCommand(query: Query, origin: string): string {
  return texts(query.measure)
    .map((measure) =>
      [
        `nervure query ${quoted(measure)}`,
        ...(query.where ? [`--where ${quoted(query.where)}`] : []),
        ...(query.by ?? []).map((field) => `--by ${quoted(field)}`),
        ...(query.every ? [`--every ${query.every}`] : []),
        // A relative time begins with a minus: joined by = it is not taken for an option.
        `--from=${query.from}`,
        `--to=${query.to}`,
        ...(query.limit ? [`--limit ${query.limit}`] : []),
        ...(query.order ? [`--order ${query.order}`] : []),
        `--url ${origin}`,
      ].join(" \\\n  "),
    )
    .join("\n\n");
}
