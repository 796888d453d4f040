/** What a dashboard shows, with every member filled in, and what can be done to it. Pure. */

import type { Schemas } from "@/api/hooks";

export type Variable = Required<Schemas["Variable"]>;
export type WidgetQuery = Required<Schemas["WidgetQuery"]>;
export type Threshold = Required<Schemas["Threshold"]>;
export type Layout = Schemas["Layout"];
export type Widget = Required<Omit<Schemas["Widget"], "queries" | "thresholds">> & {
  queries: WidgetQuery[];
  thresholds: Threshold[];
};
export interface Spec {
  variables: Variable[];
  widgets: Widget[];
}
export type WidgetKind = Widget["kind"];

export const COLUMNS = 12;
export const ROW_PX = 40;
export const GAP_PX = 12;
export const MAX_HEIGHT = 40;

/** Sizes a widget begins with, in columns and rows. */
const SIZES: Record<WidgetKind, { w: number; h: number }> = {
  timeseries: { w: 6, h: 6 },
  bar: { w: 4, h: 6 },
  stat: { w: 2, h: 3 },
  table: { w: 12, h: 7 },
  heatmap: { w: 6, h: 6 },
  text: { w: 4, h: 3 },
};

/** The spec of an answer or a file, with every member filled in. */
export function filledSpec(spec: Schemas["DashboardSpec"]): Spec {
  return {
    variables: (spec.variables ?? []).map((variable) => ({
      ...variable,
      options: variable.options ?? [],
      default: variable.default ?? [],
    })),
    widgets: (spec.widgets ?? []).map((widget) => ({
      ...widget,
      queries: widget.queries ?? [],
      thresholds: widget.thresholds ?? [],
    })),
  };
}

/** A name no widget has yet. */
export function freshId(widgets: readonly Widget[]): string {
  const taken = new Set(widgets.map((widget) => widget.id));
  let number = widgets.length + 1;
  while (taken.has(`w${number}`)) number += 1;
  return `w${number}`;
}

/** The first free row below all widgets. */
export function bottom(widgets: readonly Widget[]): number {
  return Math.max(0, ...widgets.map(({ layout }) => layout.y + layout.h));
}

/** A new widget below the others. */
export function newWidget(kind: WidgetKind, widgets: readonly Widget[], change: Partial<Widget> = {}): Widget {
  return {
    id: freshId(widgets),
    kind,
    title: "",
    description: "",
    queries: kind === "text" ? [] : [{ query: { measure: "count" }, label: "" }],
    text: kind === "text" ? "Write **Markdown** here." : "",
    unit: "",
    draw: "line",
    compare: true,
    thresholds: [],
    layout: { x: 0, y: bottom(widgets), ...SIZES[kind] },
    ...change,
  };
}

/** The widget as another kind: what that kind does not have is taken away. */
export function asKind(widget: Widget, kind: WidgetKind): Widget {
  const asked = widget.queries.length > 0 ? widget.queries : [{ query: { measure: "count" }, label: "" }];
  const isSingle = kind === "stat" || kind === "heatmap" || kind === "bar";
  const queries = kind === "text" ? [] : isSingle ? asked.slice(0, 1) : asked;
  return { ...widget, kind, queries, text: kind === "text" ? widget.text || "Write **Markdown** here." : widget.text };
}

export function replaced(widgets: readonly Widget[], next: Widget): Widget[] {
  return widgets.some((one) => one.id === next.id)
    ? widgets.map((one) => (one.id === next.id ? next : one))
    : [...widgets, next];
}

function collide(a: Layout, b: Layout): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/**
 * Moves or resizes one widget; what it then covers moves down, and all move up into free rows, as when dragging.
 * Steps beyond the edges are shortened.
 */
export function placed(widgets: readonly Widget[], id: string, change: Partial<Layout>): Widget[] {
  const moved = widgets.find((one) => one.id === id);
  if (!moved) return [...widgets];
  const wanted = { ...moved.layout, ...change };
  const w = Math.max(1, Math.min(COLUMNS, wanted.w));
  const layout = {
    w,
    h: Math.max(1, Math.min(MAX_HEIGHT, wanted.h)),
    x: Math.max(0, Math.min(COLUMNS - w, wanted.x)),
    y: Math.max(0, wanted.y),
  };
  const first = { ...moved, layout };
  const others = widgets.filter((one) => one.id !== id);
  const order = [...others].sort(byPlace);
  // What begins at its new place or below makes room.
  const at = order.findIndex((one) => one.layout.y >= layout.y);
  order.splice(at < 0 ? order.length : at, 0, first);
  const settled: Widget[] = [];
  for (const one of order) settled.push({ ...one, layout: risen(one.layout, settled) });
  const places = new Map(settled.map((one) => [one.id, one.layout]));
  return widgets.map((one) => ({ ...one, layout: places.get(one.id) ?? one.layout }));
}

/** Where a step up or down leads: past the next widget in its columns, or to where it is. */
export function stepped(widgets: readonly Widget[], id: string, direction: "up" | "down"): number {
  const moved = widgets.find((one) => one.id === id)?.layout;
  if (!moved) return 0;
  const inColumns = widgets
    .filter((one) => one.id !== id && one.layout.x < moved.x + moved.w && moved.x < one.layout.x + one.layout.w)
    .map((one) => one.layout);
  if (direction === "up") return Math.max(0, ...inColumns.filter((one) => one.y < moved.y).map((one) => one.y));
  const below = inColumns.filter((one) => one.y > moved.y).sort((a, b) => a.y - b.y)[0];
  return below ? below.y + below.h : moved.y;
}

/** The highest free place at the same columns, not above what lies there already. */
function risen(layout: Layout, settled: readonly Widget[]): Layout {
  const above = settled.filter((one) => one.layout.x < layout.x + layout.w && layout.x < one.layout.x + one.layout.w);
  const places = [0, ...above.map((one) => one.layout.y + one.layout.h)].sort((a, b) => a - b);
  const y = places.find((place) => !above.some((one) => collide({ ...layout, y: place }, one.layout))) ?? layout.y;
  return { ...layout, y };
}

export function byPlace(a: Widget, b: Widget): number {
  return a.layout.y - b.layout.y || a.layout.x - b.layout.x;
}

/** What the API takes: without what it answers besides. */
export function sent(spec: Spec): Schemas["DashboardSpec"] {
  return { variables: spec.variables, widgets: spec.widgets };
}
