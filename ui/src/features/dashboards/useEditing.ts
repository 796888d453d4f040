import { useCallback, useEffect, useMemo, useState } from "react";
import { useBlocker } from "react-router";
import type { Content, Dashboard } from "./change";
import { filledSpec, type Spec, type Widget } from "./spec";

export interface Editing {
  content: Content;
  isDirty: boolean;
  set: (change: Partial<Content>) => void;
  setSpec: (change: Partial<Spec>) => void;
  setWidgets: (change: (widgets: Widget[]) => Widget[]) => void;
  undo: (() => void) | null;
}

const STEPS = 60;

/** What a dashboard holds while it is changed; each step can be taken back. null: it is only looked at. */
export function useEditing(dashboard: Dashboard, isEditing: boolean): Editing {
  const original = useMemo<Content>(
    () => ({ name: dashboard.name, description: dashboard.description, spec: filledSpec(dashboard.spec) }),
    [dashboard],
  );
  const [steps, setSteps] = useState<Content[]>([]);
  const [isOn, setOn] = useState(isEditing);
  if (isOn !== isEditing) {
    setOn(isEditing);
    setSteps([]);
  }
  const content = steps.at(-1) ?? original;
  const change = useCallback(
    (next: (before: Content) => Content) =>
      setSteps((before) => [...before.slice(-STEPS), next(before.at(-1) ?? original)]),
    [original],
  );
  return {
    content,
    isDirty: steps.length > 0 && JSON.stringify(content) !== JSON.stringify(original),
    set: useCallback((part) => change((before) => ({ ...before, ...part })), [change]),
    setSpec: useCallback((part) => change((before) => ({ ...before, spec: { ...before.spec, ...part } })), [change]),
    setWidgets: useCallback(
      (next) => change((before) => ({ ...before, spec: { ...before.spec, widgets: next(before.spec.widgets) } })),
      [change],
    ),
    undo: steps.length > 0 ? () => setSteps((before) => before.slice(0, -1)) : null,
  };
}

/** Asks before changes are lost by going to another page, here or in the browser. */
export function useGuard(isDirty: boolean) {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isDirty]);
  // Another range or variable is another address, too, but loses nothing.
  return useBlocker(
    ({ currentLocation, nextLocation }) => isDirty && currentLocation.pathname !== nextLocation.pathname,
  );
}
