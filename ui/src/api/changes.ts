/** Changes (releases, models, prompts ...) as pages show them: a list, and flags on the time axis. */

import { useMemo } from "react";
import type { Marker } from "@/design/TimeChart";
import { equals } from "@/lib/query";
import { millis, type Range } from "@/lib/time";
import { useGet, type Answer } from "./hooks";

export type Change = Answer<"/api/v1/changes">["items"][number];

/** Recorded and found changes of a range, newest first. */
export function useChanges(range: Range) {
  return useGet("/api/v1/changes", { query: { from: range.from, to: range.to, limit: 100 } }, { keep: true });
}

const WORDS: Record<Change["kind"], string> = {
  release: "Release of",
  prompt: "Prompt",
  model: "Model",
  routing: "Routing of",
  index: "Index",
  config: "Configuration of",
  other: "",
  service: "New service",
  tool: "New tool",
  error: "New error",
};

/** One line: "Release of checkout: 1.4 → 1.5", "New tool search". */
export function changeTitle(change: Change): string {
  const isNew = change.kind === "model" && change.source === "found" && !change.before;
  const what = `${isNew ? "New model" : WORDS[change.kind]} ${change.name}`.trim();
  if (change.kind === "model" && change.after === change.name)
    return change.before ? `Model ${change.before} → ${change.after}` : what;
  const versions = change.before && change.after ? `${change.before} → ${change.after}` : change.after;
  return versions ? `${what}: ${versions}` : what;
}

/** Filter that finds the spans a change concerns; "" when it says none. */
export function changeWhere(change: Change): string {
  return Object.entries(change.scope)
    .map(([field, value]) => equals(field, value))
    .join(" and ");
}

// Services are often released together: one flag for those that would lie on top of each other.
const SAME_PLACE = 1 / 60;

/** Flags on the time axis of a range. onOpen: what a click on one leads to. */
export function markersOf(changes: Change[], lengthMs: number, onOpen?: (change: Change) => void): Marker[] {
  const made: (Marker & { count: number })[] = [];
  for (const change of [...changes].reverse()) {
    const at = millis(change.time);
    const last = made.at(-1);
    if (last && at - last.at < lengthMs * SAME_PLACE) {
      last.count += 1;
      last.label = `${last.label}; ${changeTitle(change)}`;
    } else {
      made.push({ at, label: changeTitle(change), count: 1, onOpen: onOpen && (() => onOpen(change)) });
    }
  }
  return made;
}

/** `markersOf` of a range's changes, kept while they stay the same. */
export function useMarkers(
  changes: Change[] | undefined,
  lengthMs: number,
  onOpen?: (change: Change) => void,
): Marker[] {
  return useMemo(() => markersOf(changes ?? [], lengthMs, onOpen), [changes, lengthMs, onOpen]);
}
