/** Which of the dialogs that belong to no page is open. */

import { useSyncExternalStore } from "react";

export type Overlay = "palette" | "shortcuts";

let open: Overlay | null = null;
const listeners = new Set<() => void>();

// What is typed between the shortcut and the moment the dialog's field has the focus belongs to that field.
let typed = "";

function hold(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key.length === 1) typed += event.key;
  else if (event.key === "Backspace") typed = typed.slice(0, -1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** What was typed since the palette was asked for. From now on keys go where the focus is. */
export function takeTyped(): string {
  document.removeEventListener("keydown", hold, true);
  const taken = typed;
  typed = "";
  return taken;
}

export function openOverlay(which: Overlay | null): void {
  if (which === "palette" && open !== "palette") document.addEventListener("keydown", hold, true);
  else if (which !== "palette") takeTyped();
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
