import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, type MouseEvent } from "react";
import { kindColour } from "@/design/Badges";
import { duration } from "@/lib/format";
import type { Outline } from "./outline";
import { bar } from "./words";
import css from "./trace.module.css";

const LANES = 6;

interface Props {
  outline: Outline;
  /** What is in view below, ms after the start. */
  shown: { from: number; to: number } | null;
  onSeek: (ms: number) => void;
}

/** The whole run as a thin strip: a lane for each depth, failures in red, and a frame around what is in view. */
export function Strip({ outline, shown, onSeek }: Props) {
  const { ref, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, outline, width, height);
  }, [outline, width, height, scheme]);
  const frame = shown && bar(shown.from, shown.to - shown.from, 0, outline.spanMs);
  const seek = (event: MouseEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * outline.spanMs);
  };
  return (
    // What it shows and does is there for the keyboard in the panes below, row by row.
    <div
      ref={ref}
      className={css.strip}
      onClick={seek}
      aria-hidden
      title={`The whole run: ${duration(outline.spanMs)}. Click to go there.`}
    >
      <canvas ref={canvas} />
      {frame && frame.width < 99 && (
        <div className={css.window} style={{ left: `${frame.left}%`, width: `max(${frame.width}%, 4px)` }} />
      )}
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, outline: Outline, width: number, height: number): void {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colours = new Map<string, string>();
  const colourOf = (kind: string) => {
    let found = colours.get(kind);
    if (!found) {
      found = style.getPropertyValue(/var\((.*)\)/.exec(kindColour(kind))?.[1] ?? "").trim() || "gray";
      colours.set(kind, found);
    }
    return found;
  };
  const bad = style.getPropertyValue("--bad").trim();
  let deepest = 0;
  for (let place = 0; place < outline.length; place++) deepest = Math.max(deepest, outline.depth(place));
  const lanes = Math.min(LANES, deepest + 1);
  const lane = (height - 4) / lanes;
  // Of spans that fall on the same pixels one is drawn: a large trace has many times more spans than pixels.
  const last = new Array<number>(lanes).fill(-1);
  for (let place = 0; place < outline.length; place++) {
    const x = (outline.startMs(place) / Math.max(outline.spanMs, 1e-6)) * width;
    const size = Math.max((outline.durationMs(place) / Math.max(outline.spanMs, 1e-6)) * width - 0.5, 1);
    const at = Math.min(outline.depth(place), lanes - 1);
    const isBad = outline.isError(place);
    if (!isBad && x + size <= last[at]!) continue;
    last[at] = Math.max(last[at]!, Math.floor(x + size));
    pen.fillStyle = isBad ? bad : colourOf(outline.kind(place));
    pen.globalAlpha = isBad ? 1 : outline.isLeaf(place) ? 0.85 : 0.3;
    pen.fillRect(x, 2 + at * lane + 0.5, size, Math.max(lane - 1, 1.5));
  }
}
