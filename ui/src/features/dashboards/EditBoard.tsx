import "react-grid-layout/css/styles.css";
import { useElementSize } from "@mantine/hooks";
import type { ReactNode } from "react";
import { GridLayout } from "react-grid-layout";
import { byPlace, COLUMNS, GAP_PX, MAX_HEIGHT, ROW_PX, type Widget } from "./spec";
import css from "./dashboards.module.css";

interface EditProps {
  widgets: readonly Widget[];
  onChange: (widgets: Widget[]) => void;
  children: (widget: Widget) => ReactNode;
}

/** Widgets that are dragged by their heads and resized by their corners. */
export default function EditBoard({ widgets, onChange, children }: EditProps) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref}>
      {width > 0 && (
        <GridLayout
          width={width}
          layout={widgets.map(({ id, layout }) => ({ i: id, ...layout, maxH: MAX_HEIGHT }))}
          gridConfig={{ cols: COLUMNS, rowHeight: ROW_PX, margin: [GAP_PX, GAP_PX], containerPadding: [0, 0] }}
          dragConfig={{ handle: `.${css.handle}`, cancel: "button, a, input" }}
          onLayoutChange={(layout) => {
            const places = new Map(layout.map(({ i, x, y, w, h }) => [i, { x, y, w, h }]));
            const moved = widgets.map((widget) => ({ ...widget, layout: places.get(widget.id) ?? widget.layout }));
            // It is also told when nothing has moved.
            if (moved.some((widget, index) => !isSame(widget, widgets[index]!))) onChange(moved);
          }}
        >
          {[...widgets].sort(byPlace).map((widget) => (
            <div key={widget.id}>{children(widget)}</div>
          ))}
        </GridLayout>
      )}
    </div>
  );
}

function isSame({ layout: a }: Widget, { layout: b }: Widget): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}
