/** Lines of the filter: older ones on demand, and in live mode those that come. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "@/api/hooks";
import { projectName } from "@/api/client";
import { useList } from "@/api/lists";
import { merged, type Line } from "./lines";
import type { LogsState } from "./state";

const FIRST = 100;
const MORE = 400;
const LIVE_EVERY_MS = 2000;
const LIVE_MOST = 500;
/** Lines held at most in live mode; older ones come again by scrolling. */
const MOST = 5000;

export function useLines({ asked, range, isLive }: Pick<LogsState, "asked" | "range" | "isLive">) {
  const client = useQueryClient();
  const key = useMemo(() => ["logs", asked, range.from, range.to], [asked, range]);
  const { list, items, onEnd } = useList<Line>(key, (cursor, signal) =>
    get(
      "/api/v1/logs",
      { query: { where: asked, from: range.from, to: range.to, limit: cursor ? MORE : FIRST, cursor } },
      signal,
    ),
  );
  const tailKey = useMemo(() => ["tail", ...key, projectName()], [key]);
  const tail = useQuery({
    queryKey: tailKey,
    queryFn: async ({ signal }) => {
      const held = client.getQueryData<Line[]>(tailKey) ?? [];
      const from = (held[0] ?? items[0])?.time ?? range.from;
      const found = await get("/api/v1/logs", { query: { where: asked, from, limit: LIVE_MOST } }, signal);
      if (!found.next_cursor) return merged(found.items, held, MOST);
      // More came at once than one page holds: begin anew rather than leave a gap.
      await client.resetQueries({ queryKey: [...key, projectName()], exact: true });
      return [];
    },
    enabled: isLive && list.data !== undefined && !list.isPlaceholderData,
    refetchInterval: LIVE_EVERY_MS,
    staleTime: 0,
    gcTime: 0,
  });
  const fresh = tail.data;
  const lines = useMemo(() => (fresh?.length ? merged(fresh, items, items.length + MOST) : items), [fresh, items]);
  return { list, lines, onEnd, tailError: isLive ? tail.error : null };
}
