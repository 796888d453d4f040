/** A stretch of time chosen by dragging over the time column of the waterfall. */

import { useEffect, useRef, useState, type PointerEvent } from "react";

/** Shorter drags are clicks. */
const LEAST_PX = 5;

export interface Brush {
  /** The band that is drawn meanwhile, px from the left of the element that has `onPointerDown`. */
  band: { left: number; width: number } | null;
  onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  /** Whether the click that is being told ended a drag: it chooses no row. */
  wasDrag: () => boolean;
}

/** Drags that begin on what `selector` matches. onChosen: both ends as shares of the matched element's width, 0 to 1. */
export function useBrush(selector: string, onChosen: (from: number, to: number) => void): Brush {
  const [band, setBand] = useState<Brush["band"]>(null);
  const ended = useRef(-Infinity);
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), []);
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const column = (event.target as Element).closest(selector);
    // A finger scrolls the rows.
    if (!column || event.button !== 0 || event.pointerType === "touch") return;
    const box = column.getBoundingClientRect();
    const origin = event.currentTarget.getBoundingClientRect().left;
    const within = (x: number) => Math.min(Math.max(x, box.left), box.right);
    const begin = within(event.clientX);
    let last = begin;
    const move = (moved: globalThis.PointerEvent) => {
      last = within(moved.clientX);
      const isDrag = Math.abs(last - begin) >= LEAST_PX;
      setBand(isDrag ? { left: Math.min(begin, last) - origin, width: Math.abs(last - begin) } : null);
    };
    const up = () => {
      stop.current();
      if (Math.abs(last - begin) < LEAST_PX) return;
      ended.current = performance.now();
      onChosen((Math.min(begin, last) - box.left) / box.width, (Math.max(begin, last) - box.left) / box.width);
    };
    stop.current = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", stop.current);
      setBand(null);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", stop.current);
    // No text is marked while time is.
    event.preventDefault();
  };
  return { band, onPointerDown, wasDrag: () => performance.now() - ended.current < 50 };
}
