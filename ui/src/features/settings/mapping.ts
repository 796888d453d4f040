/** What pages of mappings share. */

import { api } from "@/api/client";
import { useChange } from "@/api/change";

/** Last segment of the address of a mapping that is not kept yet. */
export const NEW = "~new";

/** Puts a version in force, or none. */
export function useActivate() {
  return useChange(
    async ({ name, version }: { name: string; version: number | null }) =>
      api.POST("/api/v1/mappings/{name}/activate", { params: { path: { name } }, body: { version } }),
    {
      touches: ["/api/v1/mappings", "/api/v1/audit"],
      done: (_, { name, version }) =>
        version === null
          ? `“${name}” is off for new telemetry`
          : `Version ${version} of “${name}” is in force within seconds`,
    },
  );
}
