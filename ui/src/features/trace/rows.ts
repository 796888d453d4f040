/** Rows of the tree: what is shown of the outline, given what is folded. */

import type { Outline } from "./outline";

/** Siblings alike and in a row, from so many on, are one row until it is opened. */
export const ALIKE = 4;

export interface Row {
  /** The span, or the first of a group. */
  place: number;
  /** Spans the row stands for: 1, or the size of a folded or opened group. */
  count: number;
  isGroup: boolean;
  level: number;
  isOpen: boolean;
  hasChildren: boolean;
}

/** What is folded. closed: spans whose children are hidden. opened: first places of groups that are shown one by one. */
export interface Folding {
  closed: ReadonlySet<number>;
  opened: ReadonlySet<number>;
}

export const UNFOLDED: Folding = { closed: new Set(), opened: new Set() };

/** The rows in order. Members of an opened group stand one level below its row. */
export function rowsOf(outline: Outline, folding: Folding): Row[] {
  const rows: Row[] = [];
  let place = 0;
  while (place < outline.length) {
    const level = outline.depth(place);
    const count = alike(outline, place);
    if (count >= ALIKE) {
      const isOpen = folding.opened.has(place);
      rows.push({ place, count, isGroup: true, level, isOpen, hasChildren: true });
      if (isOpen) for (let one = 0; one < count; one++) rows.push(single(place + one, level + 1));
      place += count;
      continue;
    }
    const hasChildren = !outline.isLeaf(place);
    const isOpen = hasChildren && !folding.closed.has(place);
    rows.push({ place, count: 1, isGroup: false, level, isOpen, hasChildren });
    place = isOpen || !hasChildren ? place + 1 : outline.end[place]!;
  }
  return rows;
}

function single(place: number, level: number): Row {
  return { place, count: 1, isGroup: false, level, isOpen: false, hasChildren: false };
}

/** How many leaves of one parent follow each other that are of one kind, name and model. */
export function alike(outline: Outline, place: number): number {
  if (!outline.isLeaf(place)) return 1;
  let next = place + 1;
  while (next < outline.length && outline.isLeaf(next) && isSame(outline, place, next)) next++;
  return next - place;
}

function isSame(outline: Outline, one: number, other: number): boolean {
  return (
    outline.parent[one] === outline.parent[other] &&
    outline.depth(one) === outline.depth(other) &&
    outline.wordPlace("name", one) === outline.wordPlace("name", other) &&
    outline.wordPlace("kind", one) === outline.wordPlace("kind", other) &&
    outline.wordPlace("model", one) === outline.wordPlace("model", other)
  );
}

/** The folding in which a span has a row of its own. */
export function revealed(outline: Outline, folding: Folding, place: number): Folding {
  const closed = new Set(folding.closed);
  for (const up of outline.above(place)) closed.delete(up);
  const group = groupOf(outline, place);
  const opened = group >= 0 ? new Set([...folding.opened, group]) : folding.opened;
  return { closed, opened };
}

/** First place of the group a span belongs to, -1 for none. */
export function groupOf(outline: Outline, place: number): number {
  if (!outline.isLeaf(place)) return -1;
  let first = place;
  while (first > 0 && outline.isLeaf(first - 1) && isSame(outline, first - 1, place)) first--;
  return alike(outline, first) >= ALIKE ? first : -1;
}

/** Everything closed from one depth on. */
export function closedBelow(outline: Outline, depth: number): Folding {
  const closed = new Set<number>();
  for (let place = 0; place < outline.length; place++) {
    if (!outline.isLeaf(place) && outline.depth(place) >= depth) closed.add(place);
  }
  return { closed, opened: new Set() };
}

/** Row of a span: its own, that of its group, or that of the nearest ancestor that is shown. Rows are in order of place. */
export function rowAt(rows: Row[], place: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle]!.place <= place) low = middle;
    else high = middle - 1;
  }
  return rows.length ? low : -1;
}

/** Places of spans whose name, kind, model, service, agent, tool or error holds all words. */
export function matches(outline: Outline, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const fields = ["name", "kind", "model", "service", "agent", "tool", "error"] as const;
  const found: number[] = [];
  // The same combination of words occurs in thousands of spans: each is looked at once.
  const known = new Map<string, boolean>();
  for (let place = 0; place < outline.length; place++) {
    const key = fields.map((field) => outline.wordPlace(field, place)).join(",");
    let holds = known.get(key);
    if (holds === undefined) {
      const said = fields
        .map((field) => outline.word(field, place))
        .join("\n")
        .toLowerCase();
      holds = words.every((word) => said.includes(word));
      known.set(key, holds);
    }
    if (holds || outline.ids[place] === text) found.push(place);
  }
  return found;
}
