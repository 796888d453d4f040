/** Lists of the API, page after page. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { projectName } from "./client";

interface Page<Item> {
  items: Item[];
  next_cursor?: string | null;
}

/**
 * Items of a list, more of them on demand. key: all that the question depends on. load: one page behind a cursor, ""
 * for the first. Nothing is asked while isOff.
 */
export function useList<Item>(
  key: unknown[],
  load: (cursor: string, signal: AbortSignal) => Promise<Page<Item>>,
  isOff = false,
) {
  const list = useInfiniteQuery({
    queryKey: [...key, projectName()],
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? null,
    placeholderData: keepPreviousData,
    enabled: !isOff,
    // Reading all pages again because somebody came back would cost more than it tells.
    staleTime: 60_000,
  });
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError]);
  return { list, items, onEnd };
}
