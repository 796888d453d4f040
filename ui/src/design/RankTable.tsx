import { Button, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { Long } from "./Long";
import css from "./RankTable.module.css";

/** A figure of a ranked row. */
export interface RankColumn<Row> {
  id: string;
  /** "" for a column of buttons, which cannot be sorted by. */
  title: string;
  about?: string;
  /** What is sorted by and drawn as the bar; rows without it come last. */
  value: (row: Row) => number | null;
  cell: (row: Row) => ReactNode;
  /** Left out where there is little room. */
  minor?: boolean;
}

interface RankProps<Row> {
  /** What is ranked, for people who cannot see it. */
  label: string;
  /** Heading of the names. */
  heading: string;
  rows: Row[];
  rowKey: (row: Row) => string;
  name: (row: Row) => string;
  /** Where the name leads. */
  to?: (row: Row) => string | undefined;
  icon?: (row: Row) => ReactNode;
  /** A second, quieter name. */
  under?: (row: Row) => string;
  columns: RankColumn<Row>[];
  /** Column sorted by at first, largest first. */
  first: string;
  /** Rows shown until the reader asks for all of them. */
  most?: number;
  /** Below the rows, e.g. how much lies beyond them. */
  foot?: ReactNode;
}

/** A short table of names and figures. Its headings sort it, and the figure sorted by is drawn as a bar behind the name. */
export function RankTable<Row>({ columns, rows, most = 8, ...props }: RankProps<Row>) {
  const [sorting, setSorting] = useState({ id: props.first, desc: true });
  const [isWhole, setWhole] = useState(false);
  const column = columns.find((one) => one.id === sorting.id) ?? columns[0]!;
  const sorted = useMemo(
    () =>
      [...rows].sort((a, b) => {
        const [left, right] = [column.value(a), column.value(b)];
        if (left === null || right === null) return Number(left === null) - Number(right === null);
        return sorting.desc ? right - left : left - right;
      }),
    [rows, column, sorting.desc],
  );
  const largest = Math.max(1e-12, ...rows.map((row) => column.value(row) ?? 0));
  const shown = isWhole ? sorted : sorted.slice(0, most);
  return (
    <div className={css.wrap}>
      <table className={css.table}>
        <caption className="visually-hidden">{props.label}</caption>
        <thead>
          <tr>
            <th scope="col">{props.heading}</th>
            {columns.map((one) => {
              if (!one.title)
                return (
                  <td key={one.id} aria-hidden>
                    {null}
                  </td>
                );
              const isSorted = one.id === column.id;
              return (
                <th
                  key={one.id}
                  scope="col"
                  className={one.minor && !isSorted ? css.minor : undefined}
                  aria-sort={isSorted ? (sorting.desc ? "descending" : "ascending") : undefined}
                >
                  <Tooltip label={one.about} disabled={!one.about}>
                    <button
                      type="button"
                      className={css.sort}
                      onClick={() => setSorting({ id: one.id, desc: isSorted ? !sorting.desc : true })}
                    >
                      {isSorted && (sorting.desc ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
                      {one.title}
                    </button>
                  </Tooltip>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={props.rowKey(row)}>
              <th scope="row" className={css.name}>
                <span
                  className={css.bar}
                  style={{ width: `${(Math.max(0, column.value(row) ?? 0) / largest) * 100}%` }}
                  aria-hidden
                />
                <RankName row={row} {...props} />
              </th>
              {columns.map((one) => (
                <td key={one.id} className={one.minor && one.id !== column.id ? css.minor : undefined}>
                  {one.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(props.foot || rows.length > most) && (
        <div className={css.foot}>
          {rows.length > most && (
            <Button variant="subtle" size="compact-xs" onClick={() => setWhole(!isWhole)}>
              {isWhole ? "Show fewer" : `Show all ${rows.length}`}
            </Button>
          )}
          {props.foot && <span className="dim">{props.foot}</span>}
        </div>
      )}
    </div>
  );
}

type NameProps<Row> = Pick<RankProps<Row>, "name" | "to" | "icon" | "under"> & { row: Row };

function RankName<Row>({ row, name, to, icon, under }: NameProps<Row>) {
  const address = to?.(row);
  const text = name(row) || "(none)";
  return (
    <span className={css.word}>
      {icon?.(row)}
      {address ? (
        <Link to={address} className="plain-link cut">
          <Long text={text} />
        </Link>
      ) : (
        <Long text={text} />
      )}
      {under && (
        <span className={`cut ${css.under}`}>
          <Long text={under(row)} />
        </span>
      )}
    </span>
  );
}
