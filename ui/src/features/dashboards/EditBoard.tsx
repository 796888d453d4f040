import "react-grid-layout/css/styles.css";
import { useElementSize } from "@mantine/hooks";
import type { ReactNode } from "react";
import { GridLayout, type Layout } from "react-grid-layout";
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
  // Only what the pointer did: the grid also tells of layouts it was given, late, which would undo what the keyboard did since.
  const take = (layout: Layout) => {
    const places = new Map(layout.map(({ i, x, y, w, h }) => [i, { x, y, w, h }]));
    const moved = widgets.map((widget) => ({ ...widget, layout: places.get(widget.id) ?? widget.layout }));
    if (moved.some((widget, index) => !isSame(widget, widgets[index]!))) onChange(moved);
  };
  return (
    <div ref={ref}>
      {width > 0 && (
        <GridLayout
          width={width}
          layout={widgets.map(({ id, layout }) => ({ i: id, ...layout, maxH: MAX_HEIGHT }))}
          gridConfig={{ cols: COLUMNS, rowHeight: ROW_PX, margin: [GAP_PX, GAP_PX], containerPadding: [0, 0] }}
          dragConfig={{ handle: `.${css.handle}`, cancel: "button, a, input" }}
          onDragStop={take}
          onResizeStop={take}
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
