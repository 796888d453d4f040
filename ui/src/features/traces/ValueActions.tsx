/** What can be done with a value under the pointer: ask for it, shut it out, copy it. One for all cells below it. */

import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useEffect, useRef, useState, type MouseEvent, type ReactNode } from "react";
import { toggled } from "./conditions";
import css from "./traces.module.css";

interface Shown {
  field: string;
  value: string;
  /** In px of the window. */
  left: number;
  bottom: number;
}

const WIDTH = 84;
const HEIGHT = 26;
// Who moves on or clicks at once wants the row, not what can be done with one value.
const AFTER_MS = 220;
const LEAVE_MS = 140;

export function ValueActions({
  onWhere,
  children,
}: {
  onWhere: (change: (where: string) => string) => void;
  children: ReactNode;
}) {
  const [shown, setShown] = useState<Shown | null>(null);
  const { copied, copy } = useClipboard({ timeout: 1200 });
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const later = (next: Shown | null, ms: number) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setShown(next), ms);
  };
  const onOver = (event: MouseEvent) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-value-actions]")) {
      window.clearTimeout(timer.current);
      return;
    }
    const over = event.target.closest<HTMLElement>("[data-field]");
    const cell = over?.closest<HTMLElement>('[role="gridcell"]');
    if (!over || !cell) return later(null, LEAVE_MS);
    const box = cell.getBoundingClientRect();
    const left = Math.min(over.getBoundingClientRect().left - 4, window.innerWidth - WIDTH - 8);
    // Above the value, reached without a gap: it must not lie where a click is meant for the row.
    later({ field: over.dataset.field ?? "", value: over.dataset.value ?? "", left, bottom: box.top + 6 }, AFTER_MS);
  };
  const hide = () => later(null, LEAVE_MS);
  const ask = (mark: "include" | "exclude") => {
    if (shown) onWhere((now) => toggled(now, shown.field, shown.value, mark));
    setShown(null);
  };
  return (
    // Watches where the pointer is; what can be done is done by the buttons, and by the facets for the keyboard.

    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={css.hovered}
      // eslint-disable-next-line jsx-a11y/mouse-events-have-key-events
      onMouseOver={onOver}
      onMouseLeave={hide}
      onWheel={() => later(null, 0)}
      onMouseDown={() => !shown && window.clearTimeout(timer.current)}
    >
      {children}
      {shown && (
        <div
          className={css.actions}
          data-value-actions
          style={{ left: shown.left, top: shown.bottom - HEIGHT, width: WIDTH }}
        >
          <button
            type="button"
            onClick={() => ask("include")}
            title={`Only ${shown.field} = ${shown.value}`}
            aria-label={`Filter for ${shown.value}`}
          >
            <IconZoomIn size={15} />
          </button>
          <button
            type="button"
            onClick={() => ask("exclude")}
            title={`Not ${shown.field} = ${shown.value}`}
            aria-label={`Filter out ${shown.value}`}
          >
            <IconZoomOut size={15} />
          </button>
          <button type="button" onClick={() => copy(shown.value)} title="Copy" aria-label={`Copy ${shown.value}`}>
            {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
          </button>
        </div>
      )}
    </div>
  );
}
