import { useGet } from "@/api/hooks";
import { utcOffset } from "@/lib/time";

/** History, forecast and the month's projection of cost, for the spans of a filter. */
export function useMonth(where: string) {
  return useGet(
    "/api/v1/forecast",
    { query: { measure: "cost.sum", where, offset: utcOffset() } },
    { keep: true, staleTime: 60_000 },
  );
}
