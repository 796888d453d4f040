/** A trace's outline: the first rows at once, the rest behind them, and anew while spans arrive. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { projectName } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { millis } from "@/lib/time";
import type { Known } from "./content";
import { Outline, type OutlinePage } from "./outline";
import { outlinePage, outlineQuery } from "./outlineQuery";

export type Trace = Omit<Known<Schemas["OutlineAnswer"]>, "outline">;

const REST = 50_000;
const LOOK_MS = 3000;
/** A root that has not come within this time will not come; after the last span arrived others may follow for a moment. */
const WAIT_FOR_ROOT_MS = 10 * 60_000;
const SETTLE_MS = 15_000;

export interface Loaded {
  trace: Trace | undefined;
  outline: Outline | undefined;
  /** Spans may still arrive. */
  isLive: boolean;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

/** Whether spans of this trace may still arrive. */
export function isLive(trace: Pick<Trace, "received" | "has_root">, now = Date.now()): boolean {
  const quiet = now - millis(trace.received);
  return quiet < SETTLE_MS || (!trace.has_root && quiet < WAIT_FOR_ROOT_MS);
}

export function useOutline(traceId: string): Loaded {
  const client = useQueryClient();
  const first = useQuery({
    ...outlineQuery(traceId),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? LOOK_MS : false),
  });
  const begun = first.data?.outline;
  const rest = useQuery({
    queryKey: ["outline", projectName(), traceId, begun?.version],
    enabled: Boolean(begun?.next_offset),
    staleTime: Infinity,
    queryFn: ({ signal }) => following(traceId, begun!, signal),
  });
  const isTorn = rest.data === null;
  useEffect(() => {
    if (isTorn) void client.invalidateQueries({ queryKey: ["outline", projectName(), traceId] });
  }, [isTorn, client, traceId]);
  const length = first.data?.duration_ms;
  const outline = useMemo(
    () => (begun ? new Outline([begun, ...(rest.data ?? [])], length) : undefined),
    [begun, rest.data, length],
  );
  return {
    trace: first.data,
    outline,
    isLive: first.data ? isLive(first.data) : false,
    error: first.error ?? rest.error,
    isPending: first.isPending,
    refetch: first.error ? first.refetch : rest.refetch,
  };
}

/** The pages behind the first; null when spans arrived in between and the pages do not fit together. */
async function following(traceId: string, first: OutlinePage, signal: AbortSignal): Promise<OutlinePage[] | null> {
  const pages: OutlinePage[] = [];
  for (let offset = first.next_offset; offset !== null;) {
    const { outline } = await outlinePage(traceId, offset, REST, signal);
    if (outline.version !== first.version) return null;
    pages.push(outline);
    offset = outline.next_offset;
  }
  return pages;
}
