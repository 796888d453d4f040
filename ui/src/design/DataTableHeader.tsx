import { Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { Column, Sorting } from "./column";
import css from "./DataTable.module.css";

interface HeaderProps<Row> {
  column: Column<Row>;
  width: number;
  grows: boolean;
  sorting: Sorting | null;
  sortsItself: boolean;
  onSort: (sorting: Sorting | null) => void;
  /** Begins resizing by mouse or touch. */
  resize: (event: unknown) => void;
  /** Resizes by keyboard, in px. */
  widen: (by: number) => void;
}

/** A column's title: click sorts (largest first, smallest first, as before), the edge resizes. */
export function Header<Row>({ column, width, grows, sorting, sortsItself, onSort, resize, widen }: HeaderProps<Row>) {
  const isSortable = column.sortable ?? (sortsItself && Boolean(column.value));
  const isSorted = sorting?.column === column.id;
  const next = !isSorted ? { column: column.id, desc: true } : sorting.desc ? { column: column.id, desc: false } : null;
  return (
    <div
      role="columnheader"
      aria-sort={isSorted ? (sorting.desc ? "descending" : "ascending") : undefined}
      className={`${css.th} ${column.align === "right" ? css.right : ""} ${column.grow && grows ? css.grow : ""}`}
      style={{ width }}
    >
      <Tooltip label={column.about} disabled={!column.about}>
        {isSortable ? (
          <button type="button" className={css.sort} onClick={() => onSort(next)}>
            {column.title}
            {isSorted &&
              (sorting.desc ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
          </button>
        ) : (
          <span className="cut">{column.title}</span>
        )}
      </Tooltip>
      <button
        type="button"
        className={css.grip}
        tabIndex={-1}
        aria-label={`Width of ${column.title}`}
        onMouseDown={resize}
        onTouchStart={resize}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") widen(16);
          if (event.key === "ArrowLeft") widen(-16);
        }}
      />
    </div>
  );
}
