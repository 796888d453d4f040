import { lazy, Suspense } from "react";
import { useOverlay } from "@/app/overlay";
import type { Slots } from "@/app/registry";

const Palette = lazy(() => import("./Palette"));
const ShortcutList = lazy(() => import("./ShortcutList"));

/** The dialogs that belong to no page; their code is loaded when one is first opened. */
function Overlays() {
  const open = useOverlay();
  return (
    <Suspense fallback={null}>
      {open === "palette" && <Palette />}
      {open === "shortcuts" && <ShortcutList />}
    </Suspense>
  );
}

export const SLOTS: Slots = { overlay: Overlays };
