/** Whether the period before a range can be compared with. */

import { useMemo } from "react";
import { previous, type Range } from "@/lib/time";
import { useAsk } from "./hooks";

/**
 * False when data only began within the period before: a sum of half a period, held against a whole one, would look
 * like growth. True until it is known.
 */
export function useWholeBefore(range: Range): boolean {
  const query = useMemo(() => {
    const before = previous(range);
    const length = new Date(before.to).getTime() - new Date(before.from).getTime();
    // The first tenth of the period: somebody was there when it began.
    const to = new Date(new Date(before.from).getTime() + length / 10).toISOString();
    return { measure: "count", from: before.from, to };
  }, [range]);
  const asked = useAsk(query, { staleTime: 60_000 });
  return asked.data ? Boolean(asked.data.series[0]?.points[0]?.value) : true;
}
