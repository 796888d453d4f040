/** Search inside a trace: names at once, then the texts of inputs and outputs by the server. */

import { useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import { projectName } from "@/api/client";
import { get } from "@/api/hooks";
import { literal } from "@/lib/query";
import { millis } from "@/lib/time";
import type { Outline } from "./outline";
import { matches } from "./rows";

const MOST = 1000;

export interface Hits {
  /** In the order of the tree. */
  places: number[];
  isSearching: boolean;
  /** The server found more texts than it tells. */
  hasMore: boolean;
  error: Error | null;
}

export function useSearch(traceId: string, outline: Outline | undefined, text: string): Hits {
  const [settled] = useDebouncedValue(text.trim(), 300);
  const asked = useQuery({
    queryKey: ["search", projectName(), traceId, settled],
    enabled: settled.length > 1 && outline !== undefined,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      get(
        "/api/v1/spans",
        {
          query: {
            where: `trace_id = ${literal(traceId)} and (input contains ${literal(settled)} or output contains ${literal(settled)})`,
            from: outline!.start,
            to: new Date(millis(outline!.start) + outline!.spanMs + 1000).toISOString(),
            limit: MOST,
          },
        },
        signal,
      ),
  });
  const named = useMemo(() => (outline ? matches(outline, text) : []), [outline, text]);
  const places = useMemo(() => {
    if (!outline || !text.trim()) return [];
    const found = new Set(named);
    if (settled === text.trim()) for (const span of asked.data?.items ?? []) found.add(outline.placeOf(span.span_id));
    found.delete(-1);
    return [...found].sort((one, other) => one - other);
  }, [named, asked.data, outline, settled, text]);
  return {
    places,
    isSearching: asked.isFetching || settled !== text.trim(),
    hasMore: Boolean(asked.data?.next_cursor),
    error: asked.error,
  };
}
