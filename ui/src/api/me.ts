/** Whose key this browser uses, and what it may do. */

import { useGet, type Schemas } from "./hooks";

export type Right = Schemas["MeAnswer"]["rights"][number];

export function useMe() {
  return useGet("/api/v1/me", {}, { staleTime: 60_000 });
}

/** Whether the key may change settings; until the server has said so, it may not. */
export function useIsAdmin(): boolean {
  return useMe().data?.rights.includes("admin") ?? false;
}
