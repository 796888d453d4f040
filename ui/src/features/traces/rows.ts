/** The rows of the list: page after page from the API, and in live mode those that came since. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { get, type Schemas } from "@/api/hooks";
import { projectName } from "@/api/client";
import { millis, millisOf, type Range } from "@/lib/time";
import type { Level } from "./state";

export type Trace = Schemas["TraceSummary"];
export type Span = Schemas["Span"];
export type Row = Trace | Span;

interface Listed {
  items: Row[];
  next_cursor: string | null;
}

interface Asked {
  level: Level;
  where: string;
  range: Range;
  order: string;
  /** With the beginnings of inputs and outputs (spans only). */
  preview: boolean;
}

const FIRST = 60;
const MORE = 200;
const LIVE_EVERY_MS = 3000;
/** Traces go on after they began: so far back, rows in live mode are read again. */
const GROWING_MS = 120_000;
const MOST_LIVE = 2000;

export function isSpan(row: Row): row is Span {
  return "span_id" in row;
}

export function keyOf(row: Row): string {
  return isSpan(row) ? `${row.trace_id}/${row.span_id}` : row.trace_id;
}

async function page(asked: Asked, from: string, limit: number, cursor: string, signal?: AbortSignal): Promise<Listed> {
  const query = { where: asked.where, from, to: asked.range.to, order: asked.order, limit, cursor };
  if (asked.level === "traces") return (await get("/api/v1/traces", { query }, signal)) as Listed;
  return (await get("/api/v1/spans", { query: { ...query, preview: asked.preview } }, signal)) as Listed;
}

/** Rows of the filter, more of them on demand. */
export function useRows(asked: Asked) {
  const client = useQueryClient();
  const key = useMemo(() => ["list", asked, projectName()], [asked]);
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(asked, asked.range.from, pageParam ? MORE : FIRST, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    // Until the answer is there the rows before stand, unless they are of another kind.
    placeholderData: (before, query) => (isLike(query?.queryKey[1], asked) ? before : undefined),
    // Reading all pages again because somebody came back would cost more than it tells: `again` begins anew.
    staleTime: Infinity,
  });
  const rows = useMemo(() => distinct(list.data?.pages.flatMap((one) => one.items) ?? []), [list.data]);
  const again = useCallback(() => client.resetQueries({ queryKey: key, exact: true }), [client, key]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return { list, rows, again, onEnd };
}

function isLike(before: unknown, asked: Asked): boolean {
  return (before as Asked | undefined)?.level === asked.level;
}

/** The same rows without repeats: a trace that grew while it was listed may stand on two pages. */
function distinct(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

interface Live {
  rows: Row[];
  /** Rows that came since and wait for the user to look at the top. */
  waiting: number;
  show: () => void;
}

interface Came {
  rows: Map<string, Row>;
  /** More came than is read at a time: only a new list is whole. */
  isGap: boolean;
}

/** Puts what arrives on top while the user looks at the top; otherwise it waits, so that nothing moves under the eyes. */
export function useLive(asked: Asked, isOn: boolean, isAtTop: boolean, rows: Row[], again: () => unknown): Live {
  const client = useQueryClient();
  const newest = rows[0]?.start ?? "";
  // With another list begins another tale of what came since.
  const key = useMemo(() => ["live", asked, projectName()], [asked]);
  const latest = useQuery({
    queryKey: key,
    enabled: isOn && rows.length > 0,
    refetchInterval: LIVE_EVERY_MS,
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Came> => {
      const from = Math.max(millis(newest) - GROWING_MS, millisOf(asked.range.from));
      const came = await page(asked, new Date(from).toISOString(), MORE, "", signal);
      const held = new Map(client.getQueryData<Came>(key)?.rows);
      for (const row of came.items) held.set(keyOf(row), row);
      return { rows: held, isGap: came.next_cursor !== null || held.size > MOST_LIVE };
    },
  });
  const came = isOn ? latest.data : undefined;
  const known = useMemo(() => new Set(rows.map(keyOf)), [rows]);
  const fresh = useMemo(
    () => [...(came?.rows.values() ?? [])].filter((row) => !known.has(keyOf(row)) && row.start >= newest),
    [came, known, newest],
  );
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const waiting = fresh.filter((row) => !accepted.has(keyOf(row))).length;
  const isShown = isOn && isAtTop;
  const isGap = came?.isGap ?? false;
  if (isShown && !isGap && waiting > 0) setAccepted(new Set(fresh.map(keyOf)));
  useEffect(() => {
    if (!isShown || !isGap) return;
    client.removeQueries({ queryKey: key, exact: true });
    void again();
  }, [isShown, isGap, client, key, again]);
  const shown = useMemo(() => {
    if (!came || came.rows.size === 0) return rows;
    const top = fresh.filter((row) => accepted.has(keyOf(row))).sort((a, b) => (a.start < b.start ? 1 : -1));
    return [...top, ...rows.map((row) => came.rows.get(keyOf(row)) ?? row)];
  }, [came, rows, fresh, accepted]);
  const show = useCallback(() => setAccepted(new Set(fresh.map(keyOf))), [fresh]);
  return { rows: shown, waiting, show };
}
