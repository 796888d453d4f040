/** What can be measured and grouped by: for completion. */

import { useMemo } from "react";
import { useGet } from "@/api/hooks";
import type { FieldInfo } from "@/design/filterLanguage";
import { fieldName, literal } from "@/lib/query";

interface Told {
  spans: FieldInfo[];
  measures: { name: string; unit: string; about: string; interval: string }[];
  families: Record<string, string[]>;
}

export interface Choices {
  group: string;
  items: string[];
}

const LASTING = { staleTime: 600_000 };
const RECENT = { staleTime: 60_000 };
// Fields of which each span has another value: groups of one.
const LONG = new Set([
  "input",
  "output",
  "system_prompt",
  "status_message",
  "query",
  "trace_id",
  "span_id",
  "parent_id",
  "response_id",
  "tool_call_id",
]);

/** Measures by family, and what each means. */
export function useMeasures(range: { from: string; to: string }): { choices: Choices[]; about: Map<string, string> } {
  const fields = useGet("/api/v1/fields", {}, LASTING).data as unknown as Told | undefined;
  const query = { from: range.from, to: range.to, limit: 200 };
  const scores = useGet("/api/v1/values", { query: { ...query, field: "score" } }, RECENT).data;
  const metrics = useGet("/api/v1/metrics", { query }, RECENT).data;
  return useMemo(() => {
    const suffixes = (family: string) => fields?.families[family] ?? [];
    const about = new Map(
      (fields?.measures ?? []).map((one) => [one.name, one.unit ? `${one.about}, ${one.unit}` : one.about]),
    );
    const choices = [
      { group: "Spans", items: [...about.keys()] },
      {
        group: "Scores",
        items: (scores?.items ?? []).flatMap((score) =>
          suffixes("score:<name>").map((suffix) => `score:${score.value}${suffix}`),
        ),
      },
      {
        group: "Metrics",
        items: (metrics?.items ?? []).flatMap((metric) =>
          suffixes("metric:<name>").map((suffix) => `metric:${metric.name}${suffix}`),
        ),
      },
      {
        group: "Distinct values",
        items: (fields?.spans ?? [])
          .filter((field) => !field.takes_key && field.type === "text")
          .map((field) => `distinct:${field.name}`),
      },
    ];
    return { choices: choices.filter((one) => one.items.length > 0), about };
  }, [fields, scores, metrics]);
}

/** Fields to group by, and what each means. attributes: also the keys of attributes. */
export function useDimensions(range: { from: string; to: string }): { choices: Choices[]; about: Map<string, string> } {
  const fields = useGet("/api/v1/fields", {}, LASTING).data as unknown as Told | undefined;
  const query = { field: "attr", from: range.from, to: range.to, limit: 100 };
  const keys = useGet("/api/v1/values", { query }, RECENT).data;
  return useMemo(() => {
    const usable = (fields?.spans ?? []).filter(
      (field) => ["text", "list", "bool"].includes(field.type) && !LONG.has(field.name),
    );
    const choices = [
      { group: "Fields", items: usable.map((field) => field.name) },
      { group: "Attributes", items: (keys?.items ?? []).map((key) => `attr[${literal(key.value)}]`) },
    ];
    return {
      choices: choices.filter((one) => one.items.length > 0),
      about: new Map(usable.map((field) => [field.name, field.about])),
    };
  }, [fields, keys]);
}

/** A field as people type it: an unknown plain word stays, a dotted attribute becomes attr["..."]. */
export function typedField(text: string, known: Choices[]): string {
  const plain = text.trim();
  if (plain.startsWith("${") || known.some((one) => one.items.includes(plain))) return plain;
  const attribute = `attr[${literal(plain)}]`;
  return known.some((one) => one.items.includes(attribute)) ? attribute : fieldName(plain);
}
