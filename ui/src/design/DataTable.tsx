import { Checkbox, Loader } from "@mantine/core";
import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  functionalUpdate,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useLayout } from "./tableState";
import { Header } from "./DataTableHeader";
import { MemoRow } from "./DataTableRow";
import { ordered, type Column, type Sorting } from "./column";
import css from "./DataTable.module.css";

export { ColumnMenu } from "./ColumnMenu";
export type { Column, Sorting } from "./column";

const features = tableFeatures({
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
});

export interface TableProps<Row> {
  /** Under this name the browser remembers the columns. */
  name: string;
  /** What the rows are, for people who cannot see them. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  /** Order asked of the server; without it the table sorts its rows itself. */
  sorting?: Sorting | null;
  onSort?: (sorting: Sorting | null) => void;
  /** Enter or a click on a row. */
  onOpen?: (row: Row) => void;
  /** Enter, when it means something else than a click. */
  onEnter?: (row: Row) => void;
  /** The row that is open beside the table. */
  activeKey?: string;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: ReadonlySet<string>) => void;
  /** The end of the rows came near: load more. */
  onEnd?: () => void;
  isLoadingMore?: boolean;
  /** Below the last row: "all 312 traces", or why there are no more. */
  foot?: ReactNode;
  tone?: (row: Row) => "bad" | undefined;
  rowHeight?: number;
  /** Height of the whole table; by default it fills what there is. Rows of short tables: "auto". */
  height?: number | "auto";
  /** The user scrolled away from the top, or came back. */
  onScrolled?: (isAtTop: boolean) => void;
}

/** Rows in a window: however many there are, only those seen are drawn. Arrows or j/k move, Enter opens, space selects. */
export function DataTable<Row>(props: TableProps<Row>) {
  const {
    name,
    label,
    columns,
    rows,
    rowKey,
    onOpen,
    activeKey,
    selected,
    onSelect,
    onEnd,
    rowHeight = 34,
    height,
  } = props;
  const [layout, setLayout] = useLayout(name);
  const [ownSorting, setOwnSorting] = useState<Sorting | null>(null);
  const sorting = props.onSort ? (props.sorting ?? null) : ownSorting;
  const shown = useMemo(
    () => (props.onSort ? rows : ordered(rows, columns, sorting)),
    [props.onSort, rows, columns, sorting],
  );
  const definitions = useMemo(
    () => columns.map((column) => ({ id: column.id, size: column.width, minSize: column.min ?? 48, maxSize: 1600 })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    columnResizeMode: "onChange",
    state: {
      columnOrder: layout.columnOrder,
      columnSizing: layout.columnSizing,
      columnVisibility: {
        ...Object.fromEntries(columns.filter((column) => column.hidden).map((column) => [column.id, false])),
        ...layout.columnVisibility,
      },
    },
    onColumnSizingChange: (change) =>
      setLayout((before) => ({ ...before, columnSizing: functionalUpdate(change, before.columnSizing) })),
  });
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const headers = (table.getHeaderGroups()[0]?.headers ?? []).filter((header) => byId.has(header.column.id));
  const widths = headers.map((header) => `${header.column.id}:${header.getSize()}`).join();
  const visible = useMemo(
    () => headers.map((header) => ({ column: byId.get(header.column.id)!, width: header.getSize() })),
    // The headers are made anew with every drawing; their order and widths say whether anything changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [byId, widths],
  );

  const scroll = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const [hasFocus, setHasFocus] = useState(false);
  const anchor = useRef<number | null>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rowKey(shown[index]!),
    scrollPaddingStart: 34,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= shown.length - 15 && shown.length > 0) onEnd?.();
  }, [last, shown.length, onEnd]);

  const activeIndex = activeKey === undefined ? -1 : shown.findIndex((row) => rowKey(row) === activeKey);
  useEffect(() => {
    if (activeIndex < 0) return;
    setFocused(activeIndex);
    virtual.scrollToIndex(activeIndex, { align: "auto" });
    // Only when another row becomes active, not while the user scrolls.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [activeIndex]);

  const select = (index: number, isRange: boolean) => {
    if (!onSelect || !selected) return;
    const next = new Set(selected);
    const key = rowKey(shown[index]!);
    if (isRange && anchor.current !== null) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (const row of shown.slice(from, to + 1)) next.add(rowKey(row));
    } else if (!next.delete(key)) next.add(key);
    anchor.current = index;
    onSelect(next);
  };
  const move = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setFocused(next);
    virtual.scrollToIndex(next, { align: "auto" });
    if (activeKey !== undefined && shown[next]) onOpen?.(shown[next]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 300) / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) move(step === -Infinity ? 0 : step === Infinity ? shown.length - 1 : focused + step);
    else if (event.key === "Enter" && shown[focused]) (props.onEnter ?? onOpen)?.(shown[focused]);
    else if (event.key === " " && shown[focused]) select(focused, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const latest = useRef({ select, onOpen, shown });
  useEffect(() => {
    latest.current = { select, onOpen, shown };
  });
  const onTick = useCallback((index: number, isRange: boolean) => latest.current.select(index, isRange), []);
  const onRowClick = useCallback((index: number, opens: boolean) => {
    setFocused(index);
    const row = latest.current.shown[index];
    if (opens && row) latest.current.onOpen?.(row);
  }, []);
  const hasTicks = Boolean(onSelect && selected);
  const areAll = hasTicks && shown.length > 0 && selected!.size >= shown.length;
  const total = visible.reduce((sum, { width }) => sum + width, hasTicks ? 34 : 0);
  const grows = visible.some(({ column }) => column.grow);
  return (
    <div className={css.wrap} style={typeof height === "number" ? { flex: "none", height } : undefined}>
      {/* The grid takes the keyboard itself; its rows are reached by arrows. */}
      <div
        ref={scroll}
        className={`${css.scroll} ${height === "auto" ? css.auto : ""}`}
        role="grid"
        aria-label={label}
        aria-rowcount={shown.length + 1}
        aria-colcount={visible.length}
        aria-multiselectable={hasTicks || undefined}
        aria-activedescendant={hasFocus && shown[focused] ? `${name}-${focused}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => setHasFocus(true)}
        onBlur={() => setHasFocus(false)}
        onScroll={(event) => props.onScrolled?.(event.currentTarget.scrollTop < 4)}
      >
        <div className={css.head} role="row" aria-rowindex={1}>
          {hasTicks && (
            <div className={css.tick} role="columnheader">
              <Checkbox
                aria-label="Select all loaded rows"
                checked={areAll}
                indeterminate={selected!.size > 0 && !areAll}
                onChange={() => onSelect!(areAll || selected!.size > 0 ? new Set() : new Set(shown.map(rowKey)))}
              />
            </div>
          )}
          {headers.map((header) => (
            <Header
              key={header.id}
              column={byId.get(header.column.id)!}
              width={header.getSize()}
              grows={grows}
              sorting={sorting}
              sortsItself={!props.onSort}
              onSort={props.onSort ?? setOwnSorting}
              resize={header.getResizeHandler()}
              widen={(by) =>
                setLayout((before) => ({
                  ...before,
                  columnSizing: { ...before.columnSizing, [header.column.id]: Math.max(48, header.getSize() + by) },
                }))
              }
            />
          ))}
        </div>
        <div className={css.body} style={{ height: virtual.getTotalSize(), width: total }} role="rowgroup">
          {items.map((item) => {
            const row = shown[item.index]!;
            const key = rowKey(row);
            return (
              <MemoRow
                key={key}
                row={row}
                id={`${name}-${item.index}`}
                index={item.index}
                start={item.start}
                height={rowHeight}
                visible={visible}
                isActive={key === activeKey || (hasFocus && item.index === focused)}
                isSelected={hasTicks ? selected!.has(key) : undefined}
                isBad={props.tone?.(row) === "bad"}
                opens={Boolean(onOpen)}
                onClick={onRowClick}
                onTick={onTick}
              />
            );
          })}
        </div>
        {(props.isLoadingMore || props.foot) && (
          <div className={css.foot}>
            {props.isLoadingMore ? <Loader size="xs" color="gray" type="dots" /> : props.foot}
          </div>
        )}
      </div>
    </div>
  );
}

const NO_ROWS: never[] = [];
