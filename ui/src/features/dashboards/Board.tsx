import type { CSSProperties, ReactNode } from "react";
import { byPlace, GAP_PX, ROW_PX, type Layout, type Widget } from "./spec";
import css from "./dashboards.module.css";

/** Widgets at their places; on a phone one below the other. */
export function Board({ widgets, children }: { widgets: readonly Widget[]; children: (widget: Widget) => ReactNode }) {
  return (
    <div className={css.grid}>
      {/* In the order they are read, which is the order of the keyboard too. */}
      {[...widgets].sort(byPlace).map((widget) => (
        <div
          key={widget.id}
          className={`${css.cell} ${widget.kind === "stat" ? css.small : ""}`}
          style={placeOf(widget.layout)}
        >
          {children(widget)}
        </div>
      ))}
    </div>
  );
}

/** As variables of the style, because on a phone only the height counts. */
function placeOf({ x, y, w, h }: Layout): CSSProperties {
  const places = { "--column": `${x + 1} / span ${w}`, "--row": `${y + 1} / span ${h}` };
  return { ...places, minHeight: h * (ROW_PX + GAP_PX) - GAP_PX } as CSSProperties;
}
