/** Filters whose mistake a field of the page explains: what asks with them need not say it again. */

import { useCallback, useSyncExternalStore } from "react";
import { Problem } from "@/api/client";

const told = new Map<symbol, string>();
const listeners = new Set<() => void>();

function changed() {
  for (const listener of listeners) listener();
}

/** Says that the mistake in a filter is explained; the answer takes that back. */
export function tellMistake(where: string): () => void {
  const key = Symbol(where);
  told.set(key, where);
  changed();
  return () => {
    told.delete(key);
    changed();
  };
}

function listen(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether an error comes from a filter whose mistake is explained where it was written. */
export function useIsTold(error: Error | null): boolean {
  const isTold = useCallback(
    () =>
      error instanceof Problem &&
      error.code === "filter_error" &&
      // A page may add conditions of its own to what was written.
      [...told.values()].some((where) => error.filter.includes(where)),
    [error],
  );
  return useSyncExternalStore(listen, isTold);
}
