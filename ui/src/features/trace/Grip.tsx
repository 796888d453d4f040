import type { KeyboardEvent, PointerEvent } from "react";
import css from "./trace.module.css";

const LEAST = 320;
const STEP = 24;

/** The border between two panes: drag it, or move it with the arrows. */
export function Grip({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const most = Math.max(LEAST, Math.round(window.innerWidth * 0.7));
  const set = (next: number) => onWidth(Math.round(Math.min(Math.max(next, LEAST), most)));
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const grip = event.currentTarget;
    const from = event.clientX;
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (moved) => set(width + from - moved.clientX);
    grip.onpointerup = () => {
      grip.onpointermove = null;
      grip.onpointerup = null;
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? STEP : event.key === "ArrowRight" ? -STEP : 0;
    if (!by) return;
    event.preventDefault();
    set(width + by);
  };
  return (
    // A separator that moves is a widget with a value, and takes the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the span's pane"
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={most}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className={css.grip}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
