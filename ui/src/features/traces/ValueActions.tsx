/** What can be done with a value under the pointer: ask for it, shut it out, copy it. One for all cells below it. */

import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useEffect, useRef, useState, type MouseEvent, type ReactNode } from "react";
import { toggled } from "./conditions";
import css from "./traces.module.css";

interface Shown {
  field: string;
  value: string;
  /** In px of the window: the right end of the value, and its middle. */
  right: number;
  middle: number;
}

const WIDTH = 78;

export function ValueActions({
  where,
  onWhere,
  children,
}: {
  where: string;
  onWhere: (where: string) => void;
  children: ReactNode;
}) {
  const [shown, setShown] = useState<Shown | null>(null);
  const { copied, copy } = useClipboard({ timeout: 1200 });
  const leaving = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(leaving.current), []);

  const onOver = (event: MouseEvent) => {
    if (!(event.target instanceof Element)) return;
    window.clearTimeout(leaving.current);
    if (event.target.closest("[data-value-actions]")) return;
    const over = event.target.closest<HTMLElement>("[data-field]");
    const cell = over?.closest<HTMLElement>('[role="gridcell"]');
    if (!over || !cell) {
      leaving.current = window.setTimeout(() => setShown(null), 120);
      return;
    }
    const box = cell.getBoundingClientRect();
    const text = over.getBoundingClientRect();
    setShown({
      field: over.dataset.field ?? "",
      value: over.dataset.value ?? "",
      right: Math.min(Math.max(text.right + 4, box.left + WIDTH), box.right),
      middle: box.top + box.height / 2,
    });
  };
  const ask = (mark: "include" | "exclude") => {
    if (shown) onWhere(toggled(where, shown.field, shown.value, mark));
    setShown(null);
  };
  return (
    // Watches where the pointer is; what can be done is done by the buttons, and by the facets for the keyboard.

    <div
      className={css.hovered}
      // eslint-disable-next-line jsx-a11y/mouse-events-have-key-events
      onMouseOver={onOver}
      onMouseLeave={() => setShown(null)}
      onWheel={() => setShown(null)}
    >
      {children}
      {shown && (
        <div
          className={css.actions}
          data-value-actions
          style={{ left: shown.right - WIDTH, top: shown.middle - 13, width: WIDTH }}
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
