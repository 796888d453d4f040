import { useGet } from "@/api/hooks";
import type { Incident } from "./words";

const MOST = 500;

/** The findings of an incident. */
export function useFindings(incident: Incident) {
  const asked = useGet("/api/v1/findings", { query: { incident: incident.id, limit: MOST } });
  return { ...asked, data: asked.data?.items };
}
