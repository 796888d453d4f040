/** The first question of a trace's page, apart from the page: it is asked while the page's own code is on its way. */

import { projectName } from "@/api/client";
import { get, queries } from "@/api/hooks";

/** Spans of the first page: enough for a screen of any height. */
export const FIRST = 1000;

export function outlinePage(traceId: string, offset: number, limit: number, signal?: AbortSignal) {
  return get("/api/v1/traces/{trace_id}/outline", { path: { trace_id: traceId }, query: { offset, limit } }, signal);
}

export function outlineQuery(traceId: string) {
  return {
    queryKey: ["outline", projectName(), traceId] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) => outlinePage(traceId, 0, FIRST, signal),
  };
}

/** Asks for the trace the address names, if it names one. */
export function warmUp(path: string): void {
  const found = /\/traces\/([^/]+)$/.exec(path);
  if (found?.[1]) void queries.prefetchQuery(outlineQuery(decodeURIComponent(found[1])));
}
