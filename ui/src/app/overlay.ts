/** Which of the dialogs that belong to no page is open. */

import { useSyncExternalStore } from "react";

export type Overlay = "palette" | "shortcuts";

let open: Overlay | null = null;
const listeners = new Set<() => void>();

export function openOverlay(which: Overlay | null): void {
  open = which;
  listeners.forEach((tell) => tell());
}

export function useOverlay(): Overlay | null {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => open,
  );
}
