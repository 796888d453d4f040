import type { CSSProperties, ReactNode } from "react";
import { byPlace, type Layout, type Widget } from "./spec";
import css from "./dashboards.module.css";

/** Widgets at their places; on a phone one below the other. */
export function Board({ widgets, children }: { widgets: readonly Widget[]; children: (widget: Widget) => ReactNode }) {
  return (
    <div className={css.grid}>
      {/* In the order they are read, which is the order of the keyboard too. */}
      {[...widgets].sort(byPlace).map((widget) => (
        <div key={widget.id} className={css.cell} style={placeOf(widget.layout)}>
          {children(widget)}
        </div>
      ))}
    </div>
  );
}

function placeOf({ x, y, w, h }: Layout): CSSProperties {
  // On a phone the grid is a column: then only the height counts.
  return { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}`, minHeight: h * 52 - 12 };
}
