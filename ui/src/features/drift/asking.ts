/** What the page asks of /api/v1/drift. */

import { useQuery } from "@tanstack/react-query";
import { api, projectName } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { clock, previous, spanMs, type Range } from "@/lib/time";

export type Answer = Schemas["DriftAnswer"];
export type Column = Schemas["ColumnAnswer"];
export type Topic = Schemas["TopicAnswer"];
export type Question = Schemas["DriftQuestion"];

export const BEFORE = "before";
export const WEEK = "week";
/** Names of kept windows stand in the address behind this, so that none can be mistaken for the two above. */
const NAMED = "named:";
/** A range written out, as an alert of a monitor compared it: at:<from>/<to>. */
const AT = "at:";

export const named = (name: string) => `${NAMED}${name}`;

/** A choice in words, where it is none of the list. */
export const choiceName = (chosen: string) =>
  chosen.startsWith(AT)
    ? chosen
        .slice(AT.length)
        .split("/")
        .map((one) => clock(one))
        .join(" to ")
    : chosen.replace(/^named:/, "");

/**
 * What the current range is compared with: the range before it, the same a week earlier, a kept window or one written
 * out. within: a filter of the written one, such as a release.
 */
export function referenceOf(chosen: string, range: Range, now = new Date(), within = ""): Question["reference"] {
  if (chosen.startsWith(NAMED)) return chosen.slice(NAMED.length);
  const [from, to] = chosen.startsWith(AT) ? chosen.slice(AT.length).split("/") : [];
  if (from && to) return { from, to, where: within };
  if (chosen === WEEK) {
    const [from, to] = [moment(range.from, now), moment(range.to, now)];
    const week = spanMs("7d");
    return window(new Date(from - week).toISOString(), new Date(to - week).toISOString());
  }
  const before = previous(range, now);
  return window(before.from, before.to);
}

/** Fields as typed: separated by commas, but for those within brackets. */
export function fieldsOf(text: string): string[] {
  return (text.match(/(?:[^,["]|\[[^\]]*\]|"[^"]*")+/g) ?? []).map((one) => one.trim()).filter(Boolean);
}

export function useDrift(question: Question) {
  return useQuery<Answer, Error>({
    queryKey: ["/api/v1/drift", question, projectName()],
    queryFn: async ({ signal }) => {
      const { data } = await api.POST("/api/v1/drift", { body: question, signal });
      return data as Answer;
    },
    staleTime: 60_000,
  });
}

function window(from: string, to: string) {
  return { from, to, where: "" };
}

function moment(end: string, now: Date): number {
  const relative = /^(?:now)?\s*-\s*(\S+)$/.exec(end);
  if (end === "now" || end === "") return now.getTime();
  return relative ? now.getTime() - spanMs(relative[1]!) : new Date(end).getTime();
}
