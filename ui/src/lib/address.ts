/** What a page shows stands in its address: these hooks read and write it. */

import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";
import type { Range } from "./time";

export const DEFAULT_RANGE: Range = { from: "-24h", to: "now" };

interface How {
  /** Replace the entry of the history instead of adding one (for typing and dragging). */
  replace?: boolean;
}

/**
 * What was asked for and is not in the address yet. The router hands an updater the parameters of the last drawing, so
 * that of two changes close together (a search that is typed, a row that is chosen) the second would undo the first.
 */
let coming: { path: string; params: URLSearchParams; since: number } | null = null;
/** A change that has not arrived by then was overtaken by something else, such as the back button. */
const ARRIVES_MS = 5000;

/** A parameter as it is to be, or what makes it of the value it has by then ("" for none), which may not be drawn yet. */
export type Change = string | null | undefined | ((now: string) => string | null);

/** Sets several parameters at once; "", null and undefined remove one. */
export function useSetParams(): (changes: Record<string, Change>, how?: How) => void {
  const [params, set] = useSearchParams();
  const { pathname } = useLocation();
  useEffect(() => {
    if (coming && (coming.path !== pathname || coming.params.toString() === params.toString())) coming = null;
  }, [pathname, params]);
  return useCallback(
    (changes, how = {}) => {
      set(
        (before) => {
          const isOurs = coming?.path === pathname && performance.now() - coming.since < ARRIVES_MS;
          const next = changed(isOurs && coming ? coming.params : before, changes);
          coming =
            next.toString() === before.toString() ? null : { path: pathname, params: next, since: performance.now() };
          return next;
        },
        // Drawn with the address, not some time after it: what is pressed next is meant for what the address says.
        { replace: how.replace ?? false, preventScrollReset: true, flushSync: true },
      );
    },
    [set, pathname],
  );
}

function changed(before: URLSearchParams, changes: Record<string, Change>): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, change] of Object.entries(changes)) {
    const value = typeof change === "function" ? change(before.get(name) ?? "") : change;
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

/** One parameter of the address. The fallback is not written into it. */
export function useParam(name: string, fallback = ""): [string, (value: Change, how?: How) => void] {
  const [params] = useSearchParams();
  const set = useSetParams();
  const write = useCallback(
    (value: Change, how?: How) => set({ [name]: value === fallback ? null : value }, how),
    [set, name, fallback],
  );
  return [params.get(name) ?? fallback, write];
}

/** The one global time range. */
export function useRange(): [Range, (range: Range) => void] {
  const [params] = useSearchParams();
  const set = useSetParams();
  const from = params.get("from") ?? DEFAULT_RANGE.from;
  const to = params.get("to") ?? DEFAULT_RANGE.to;
  const range = useMemo(() => ({ from, to }), [from, to]);
  const write = useCallback((next: Range) => set({ from: next.from, to: next.to, cursor: null }), [set]);
  return [range, write];
}

/** The page's filter. What adds to it or takes away says how: a filter that was just changed is then not undone. */
export function useWhere(): [string, (where: string | ((now: string) => string), how?: How) => void] {
  const [where, set] = useParam("where");
  return [where, set];
}

/** The range as parameters of a link, so that going on keeps it. */
export function useKeepRange(): { from?: string; to?: string } {
  const [params] = useSearchParams();
  return { from: params.get("from") ?? undefined, to: params.get("to") ?? undefined };
}
