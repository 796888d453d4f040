import type { Schemas } from "@/api/hooks";

/** "release checkout: 1.4 → 1.5". */
export function changeName(change: Schemas["NearChange"]): string {
  const versions = [change.before, change.after].filter((one) => one && one !== change.name).join(" → ");
  return `${change.kind} ${change.name}${versions ? `: ${versions}` : ""}`;
}
