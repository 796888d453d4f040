import { Checkbox } from "@mantine/core";
import { memo, type MouseEvent, type ReactElement } from "react";
import type { Column } from "./column";
import css from "./DataTable.module.css";

export interface Shown<Row> {
  column: Column<Row>;
  width: number;
}

interface RowProps<Row> {
  row: Row;
  id: string;
  index: number;
  /** px from the top of the body. */
  start: number;
  height: number;
  visible: Shown<Row>[];
  isActive: boolean;
  /** undefined: rows cannot be selected. */
  isSelected: boolean | undefined;
  isBad: boolean;
  opens: boolean;
  /** The same function as long as the table lives. */
  onClick: (index: number, opens: boolean) => void;
  onTick: (index: number, isRange: boolean) => void;
}

/** One row. Scrolling draws only those that come into sight: what a row is given stays the same in between. */
function TableRow<Row>({
  row,
  id,
  index,
  start,
  height,
  visible,
  isActive,
  isSelected,
  isBad,
  opens,
  onClick,
  onTick,
}: RowProps<Row>) {
  return (
    // Keys are handled by the grid.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={`${css.row} ${opens ? css.opens : ""} ${isActive ? css.active : isBad ? css.badRow : ""}`}
      style={{ height, transform: `translateY(${start}px)` }}
      onClick={(event) => onClick(index, !isOfCell(event))}
    >
      {isSelected !== undefined && (
        <div className={css.tick} role="gridcell">
          <Checkbox
            tabIndex={-1}
            aria-label="Select row"
            checked={isSelected}
            onClick={(event) => onTick(index, event.shiftKey)}
            onChange={() => undefined}
          />
        </div>
      )}
      {visible.map(({ column, width }) => (
        <div
          key={column.id}
          role="gridcell"
          className={`${css.td} ${column.align === "right" ? `${css.right} num` : ""} ${column.grow ? css.grow : ""}`}
          style={{ width }}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

export const MemoRow = memo(TableRow) as <Row>(props: RowProps<Row>) => ReactElement;

/** Whether a click was meant for something inside a cell: a link, a button, or text being marked. */
function isOfCell(event: MouseEvent): boolean {
  if (event.target instanceof Element && event.target.closest("a, button, input, label")) return true;
  return (window.getSelection()?.toString().length ?? 0) > 0;
}
