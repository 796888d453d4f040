/** Which facets the rail shows, which are open and which stay on top: kept in this browser. */

import { useLocalStorage } from "@mantine/hooks";
import { useCallback } from "react";

/** A field and how it is called. */
export interface FacetField {
  field: string;
  title: string;
}

export const FACETS: FacetField[] = [
  { field: "status", title: "Status" },
  { field: "service", title: "Service" },
  { field: "error_type", title: "Error" },
  { field: "model", title: "Model" },
  { field: "kind", title: "Kind" },
  { field: "environment", title: "Environment" },
  { field: "feature", title: "Feature" },
  { field: "tenant", title: "Tenant" },
  { field: "release", title: "Release" },
  { field: "prompt_name", title: "Prompt" },
  { field: "prompt_version", title: "Prompt version" },
  { field: "tool_name", title: "Tool" },
  { field: "provider", title: "Provider" },
  { field: "name", title: "Span name" },
  { field: "finish_reason", title: "Finish reason" },
  { field: "user", title: "User" },
  { field: "session", title: "Session" },
  { field: "region", title: "Region" },
  { field: "team", title: "Team" },
  { field: "tag", title: "Tag" },
];

interface Kept {
  open: string[];
  pinned: string[];
  added: string[];
}

const PLAIN: Kept = { open: ["status", "service", "error_type", "model"], pinned: [], added: [] };

export function useFacets() {
  const [held, set] = useLocalStorage<Kept>({
    key: "nervure.facets",
    defaultValue: PLAIN,
    getInitialValueInEffect: false,
  });
  const kept = { ...PLAIN, ...held };
  const change = useCallback(
    (name: keyof Kept, update: (before: string[]) => string[]) =>
      set((before) => ({ ...PLAIN, ...before, [name]: update({ ...PLAIN, ...before }[name]) })),
    [set],
  );
  const added = kept.added.map((field) => ({ field, title: titleOf(field) }));
  const all = [...added, ...FACETS.filter((one) => !kept.added.includes(one.field))];
  const isPinned = (one: FacetField) => kept.pinned.includes(one.field);
  return {
    facets: [...all.filter(isPinned), ...all.filter((one) => !isPinned(one))],
    isOpen: (field: string) => kept.open.includes(field),
    isPinned: (field: string) => kept.pinned.includes(field),
    isAdded: (field: string) => kept.added.includes(field),
    toggleOpen: (field: string) => change("open", (before) => flipped(before, field)),
    togglePin: (field: string) => change("pinned", (before) => flipped(before, field)),
    add: (field: string) => {
      change("added", (before) => [field, ...before.filter((one) => one !== field)]);
      change("open", (before) => [...before.filter((one) => one !== field), field]);
    },
    remove: (field: string) => change("added", (before) => before.filter((one) => one !== field)),
  };
}

export type Facets = ReturnType<typeof useFacets>;

function flipped(list: string[], one: string): string[] {
  return list.includes(one) ? list.filter((held) => held !== one) : [...list, one];
}

/** attr["http.route"] is called http.route. */
export function titleOf(field: string): string {
  const key = /^(?:attr|metadata|resource|param)\["(.*)"\]$/.exec(field)?.[1];
  return key ?? FACETS.find((one) => one.field === field)?.title ?? field;
}
