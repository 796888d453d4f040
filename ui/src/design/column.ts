import type { ReactNode } from "react";

/** A column of a DataTable. */
export interface Column<Row> {
  id: string;
  title: string;
  /** Width in px before the user changes it. */
  width: number;
  min?: number;
  align?: "right";
  cell: (row: Row) => ReactNode;
  /** What the table sorts by itself; missing values come last. */
  value?: (row: Row) => number | string | null | undefined;
  /** Whether the server can order by it (with onSort). */
  sortable?: boolean;
  /** Not shown until the user asks for it. */
  hidden?: boolean;
  /** Takes the width that is left. */
  grow?: boolean;
  /** What it means, on hover over its title. */
  about?: string;
}

export interface Sorting {
  column: string;
  desc: boolean;
}

/** The rows in the chosen order; those without a value last. */
export function ordered<Row>(rows: Row[], columns: Column<Row>[], sorting: Sorting | null): Row[] {
  const value = columns.find((column) => column.id === sorting?.column)?.value;
  if (!sorting || !value) return rows;
  const sign = sorting.desc ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    const isLeftMissing = left === null || left === undefined || left === "";
    const isRightMissing = right === null || right === undefined || right === "";
    if (isLeftMissing || isRightMissing) return Number(isLeftMissing) - Number(isRightMissing);
    return (
      sign *
      (typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right)))
    );
  });
}
