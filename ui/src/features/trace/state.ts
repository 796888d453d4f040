/** What of a trace is shown: in the address on its own page, in memory when it is embedded. */

import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useSetParams } from "@/lib/address";

export const TABS = ["transcript", "tree", "graph", "logs", "raw"] as const;
export type Tab = (typeof TABS)[number];

export interface Shown {
  /** "" until somebody chose: then what the trace has. */
  tab: Tab | "";
  span: string;
  search: string;
  /** Part of the span's detail. */
  part: string;
  /** Stretch of time the waterfall shows, "" for the whole. */
  zoom: string;
}

export type Change = (changes: Partial<Shown>, how?: { replace?: boolean }) => void;

const NAMES: Record<keyof Shown, string> = { tab: "tab", span: "span", search: "find", part: "part", zoom: "zoom" };

export function useAddress(): [Shown, Change] {
  const [params] = useSearchParams();
  const set = useSetParams();
  const shown = useMemo(() => {
    const tab = TABS.find((one) => one === params.get("tab")) ?? "";
    return {
      tab,
      span: params.get("span") ?? "",
      search: params.get("find") ?? "",
      part: params.get("part") ?? "",
      zoom: params.get("zoom") ?? "",
    } satisfies Shown;
  }, [params]);
  const change = useCallback<Change>(
    (changes, how) =>
      set(Object.fromEntries(Object.entries(changes).map(([name, value]) => [NAMES[name as keyof Shown], value])), how),
    [set],
  );
  return [shown, change];
}

export function useMemory(spanId: string | undefined, onSpan: ((id: string) => void) | undefined): [Shown, Change] {
  const [own, setOwn] = useState<Shown>({ tab: "", span: spanId ?? "", search: "", part: "", zoom: "" });
  const [given, setGiven] = useState(spanId);
  if (given !== spanId) {
    setGiven(spanId);
    setOwn({ ...own, span: spanId ?? "" });
  }
  const change = useCallback<Change>(
    (changes) => {
      setOwn((before) => ({ ...before, ...changes }));
      if (changes.span !== undefined) onSpan?.(changes.span);
    },
    [onSpan],
  );
  return [own, change];
}
