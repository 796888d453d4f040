/** One registry of shortcuts: what `?` lists is what works. */

import { useEffect, useSyncExternalStore } from "react";

export interface Shortcut {
  /** "mod+k", "j", "shift+e", or a sequence "g t". mod: Command on a Mac, else Control. */
  keys: string;
  does: string;
  /** Heading in the list. */
  where: string;
  run: () => void;
  /** Also while typing in a field. */
  inFields?: boolean;
}

let held: readonly Shortcut[] = [];
const listeners = new Set<() => void>();
let pending = "";
let pendingSince = 0;
const SEQUENCE_MS = 1200;

function tell(): void {
  listeners.forEach((listener) => listener());
}

/** Shortcuts that hold while the component is there. Give a stable (memoised) array. The latest one of the same keys wins. */
export function useShortcuts(shortcuts: Shortcut[]): void {
  useEffect(() => {
    held = [...held, ...shortcuts];
    tell();
    return () => {
      held = held.filter((one) => !shortcuts.includes(one));
      tell();
    };
  }, [shortcuts]);
}

export function useShortcutList(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => held,
  );
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** How keys are shown: "⌘K" or "Ctrl+K". */
export function shownKeys(keys: string): string {
  return keys
    .split(" ")
    .map((stroke) =>
      stroke
        .replace("mod+", isMac ? "⌘" : "Ctrl+")
        .replace("shift+", isMac ? "⇧" : "Shift+")
        .replace(/(^|\+|⌘|⇧)([a-z])$/, (_, before: string, key: string) => before + key.toUpperCase()),
    )
    .join(" then ");
}

function strokeOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase().replace("arrow", "");
  const isLetter = /^[a-z0-9]$/.test(key);
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  return `${mod}${event.altKey ? "alt+" : ""}${event.shiftKey && (isLetter || key.length > 1) ? "shift+" : ""}${key}`;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const stroke = strokeOf(event);
  const typing = isTyping(event.target);
  const inDialog = Boolean(document.querySelector('[role="dialog"][aria-modal="true"]'));
  const isFresh = Date.now() - pendingSince < SEQUENCE_MS;
  const sequence = pending && isFresh ? `${pending} ${stroke}` : "";
  const match = (keys: string) =>
    [...held].reverse().find((one) => one.keys === keys && (!typing || one.inFields) && (!inDialog || one.inFields));
  const chosen = (sequence && match(sequence)) || match(stroke);
  pending = "";
  if (chosen) {
    event.preventDefault();
    chosen.run();
  } else if (!typing && held.some((one) => one.keys.startsWith(`${stroke} `))) {
    pending = stroke;
    pendingSince = Date.now();
  }
}

/** Listens to the keyboard. Called once by the shell. */
export function useKeyboard(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
