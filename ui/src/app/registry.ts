/** All pages, and what features put into the shell, found by folder. */

import type { ComponentType } from "react";
import type { Page } from "./page";

const found = import.meta.glob<{ PAGES: Page[] }>("../features/*/pages.tsx", { eager: true });

export const PAGES: Page[] = Object.values(found)
  .flatMap((module) => module.PAGES)
  .sort((a, b) => (a.order ?? 99) - (b.order ?? 99));

/** `features/<name>/slots.tsx` ends in `export const SLOTS: Slots`; each is drawn once in the shell. */
export interface Slots {
  /** Above the navigation: which project is looked at. */
  project?: ComponentType;
  /** Drawn beside every page: palette, dialogs. */
  overlay?: ComponentType;
  /** Drawn instead of the app when the server asks for a key. */
  signIn?: ComponentType;
  /** In a line above every page, e.g. that this is demo data. */
  banner?: ComponentType;
}

const slotted = import.meta.glob<{ SLOTS: Slots }>("../features/*/slots.tsx", { eager: true });

export const SLOTS: Slots[] = Object.values(slotted).map((module) => module.SLOTS);
