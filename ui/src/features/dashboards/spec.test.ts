import { describe, expect, it } from "vitest";
import { asKind, newWidget, placed, stepped, type Layout, type Widget } from "./spec";

const at = (id: string, x: number, y: number, w: number, h: number): Widget =>
  newWidget("timeseries", [], { id, layout: { x, y, w, h } });

const places = (widgets: Widget[]): Record<string, number[]> =>
  Object.fromEntries(widgets.map(({ id, layout: { x, y, w, h } }) => [id, [x, y, w, h]]));

function overlap(widgets: Widget[]): boolean {
  const cells = new Set<string>();
  let isTwice = false;
  for (const { layout } of widgets)
    for (let x = layout.x; x < layout.x + layout.w; x += 1)
      for (let y = layout.y; y < layout.y + layout.h; y += 1) {
        isTwice ||= cells.has(`${x},${y}`);
        cells.add(`${x},${y}`);
      }
  return isTwice;
}

describe("placing a widget", () => {
  const row = [at("a", 0, 0, 6, 4), at("b", 6, 0, 6, 4), at("c", 0, 4, 12, 4)];

  it("moves down what it covers", () => {
    expect(places(placed(row, "c", { y: 0 }))).toEqual({ c: [0, 0, 12, 4], a: [0, 4, 6, 4], b: [6, 4, 6, 4] });
  });

  it("goes below the one it is moved past", () => {
    const column = [at("a", 0, 0, 6, 4), at("b", 0, 4, 6, 4)];
    expect(places(placed(column, "a", { y: 8 }))).toEqual({ b: [0, 0, 6, 4], a: [0, 4, 6, 4] });
  });

  it("makes room when it grows and gives it back when it shrinks", () => {
    const grown = placed(row, "a", { h: 6 });
    expect(places(grown)).toEqual({ a: [0, 0, 6, 6], b: [6, 0, 6, 4], c: [0, 6, 12, 4] });
    expect(places(placed(grown, "a", { h: 4 }))).toEqual(places(row));
  });

  it("steps past a neighbour of any height, down and up again", () => {
    const column = [at("a", 0, 0, 6, 3), at("b", 2, 3, 8, 9), at("c", 0, 12, 6, 2)];
    const down = placed(column, "a", { y: stepped(column, "a", "down") });
    expect(places(down)).toEqual({ b: [2, 0, 8, 9], a: [0, 9, 6, 3], c: [0, 12, 6, 2] });
    expect(places(placed(down, "a", { y: stepped(down, "a", "up") }))).toEqual(places(column));
    expect(stepped(down, "c", "down")).toBe(12);
    expect(stepped(down, "b", "up")).toBe(0);
  });

  it("stays on the grid", () => {
    expect(places(placed(row, "b", { x: 20, w: 30, h: 0 })).b).toEqual([0, 0, 12, 1]);
    expect(places(placed(row, "a", { x: -3, y: -3 })).a).toEqual([0, 0, 6, 4]);
  });

  it("never lets two overlap", () => {
    let seed = 7;
    const chance = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    let widgets = Array.from({ length: 12 }, (_, n) => at(`w${n}`, (n % 3) * 4, Math.floor(n / 3) * 5, 4, 5));
    for (let step = 0; step < 300; step += 1) {
      const change: Partial<Layout> = { x: chance(14) - 1, y: chance(30) - 1, w: chance(13), h: chance(9) };
      widgets = placed(widgets, `w${chance(12)}`, change);
      expect(overlap(widgets)).toBe(false);
    }
  });
});

describe("changing the kind", () => {
  it("keeps what the new kind can show", () => {
    const two = newWidget("timeseries", [], {
      queries: [
        { query: { measure: "count" }, label: "a" },
        { query: { measure: "rate" }, label: "b" },
      ],
    });
    expect(asKind(two, "bar").queries).toHaveLength(1);
    expect(asKind(two, "text")).toMatchObject({ queries: [], text: "Write **Markdown** here." });
    expect(asKind(asKind(two, "text"), "table").queries).toEqual([{ query: { measure: "count" }, label: "" }]);
  });
});
