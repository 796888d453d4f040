import type { ReactNode } from "react";
import css from "./Rows.module.css";

export interface Column<Row> {
  title: string;
  /** What the cell shows. */
  cell: (row: Row) => ReactNode;
  isNumber?: boolean;
  /** For columns of buttons: the title is read out only. */
  isHidden?: boolean;
  width?: string;
}

/** A short table of settings: every row is shown, wide ones scroll sideways. */
export function Rows<Row>({
  label,
  columns,
  rows,
  keyOf,
  isDim,
}: {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  isDim?: (row: Row) => boolean;
}) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.scroll} role="region" aria-label={label} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                className={column.isNumber ? css.number : undefined}
                style={{ width: column.width }}
              >
                {column.isHidden ? <span className="visually-hidden">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={isDim?.(row) ? css.off : undefined}>
              {columns.map((column) => (
                <td key={column.title} className={column.isNumber ? `${css.number} num` : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
