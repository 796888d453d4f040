/** What the page shows, as its address holds it. */

import { useMemo } from "react";
import { useParam, useRange, useSetParams, useWhere } from "@/lib/address";
import { both } from "@/lib/query";
import { askedWhere, around, type Line } from "./lines";

export function useLogsState() {
  const [range, setRange] = useRange();
  const [where, setWhere] = useWhere();
  const [words, setWords] = useParam("q");
  const [trace, setTrace] = useParam("trace");
  const [wraps, setWraps] = useParam("wrap");
  const [live] = useParam("live");
  const [line] = useParam("line");
  const [shownColumns, setColumns] = useParam("columns");
  const set = useSetParams();
  const columns = useMemo(() => shownColumns.split(",").filter(Boolean), [shownColumns]);
  return {
    range,
    where,
    words,
    trace,
    /** The filter of all three. */
    asked: askedWhere(where, words, trace),
    wraps: wraps === "1",
    isLive: live === "1" && range.to === "now",
    line,
    columns,
    setRange,
    setWhere,
    setWords: (text: string) => setWords(text, { replace: true }),
    setTrace,
    setWraps: (next: boolean) => setWraps(next ? "1" : null, { replace: true }),
    setColumns: (next: string[]) => setColumns(next.join(",") || null, { replace: true }),
    setLive: (next: boolean) =>
      set(
        { live: next ? "1" : null, ...(next && range.to !== "now" ? { from: "-1h", to: null } : {}) },
        { replace: true },
      ),
    /** Everything one service said within half a minute of a line, the line marked. */
    lookAround: (one: Line) =>
      set({
        ...around(one.time, 30),
        where: one.service ? `service = ${JSON.stringify(one.service)}` : null,
        q: null,
        trace: null,
        live: null,
        line: one.id,
      }),
    /** A condition more. */
    add: (condition: string) => setWhere((now) => both(now, condition)),
  };
}

export type LogsState = ReturnType<typeof useLogsState>;
