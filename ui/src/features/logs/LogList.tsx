import { ActionIcon, Loader } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { LogRow, type RowActions } from "./LogRow";
import { keyOf, type Line } from "./lines";
import css from "./logs.module.css";

interface ListProps {
  lines: Line[];
  columns: string[];
  wraps: boolean;
  /** Id of the line that was asked for. */
  marked: string;
  actions: Omit<RowActions, "onToggle">;
  onEnd: () => void;
  isLoadingMore: boolean;
  /** The lines are those of an earlier question; the answer is on its way. */
  isStale: boolean;
  foot: ReactNode;
}

/** Lines in a window. Arrows or j and k move, Enter opens a line, t its trace. */
export function LogList({ lines, columns, wraps, marked, actions, onEnd, isLoadingMore, isStale, foot }: ListProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState("");
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 26,
    overscan: 20,
    getItemKey: (index) => keyOf(lines[index]!),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= lines.length - 30 && lines.length > 0) onEnd();
  }, [last, lines.length, onEnd]);
  const markedAt = marked ? lines.findIndex((line) => line.id === marked) : -1;
  const isFound = markedAt >= 0;
  useEffect(() => {
    if (isFound) virtual.scrollToIndex(markedAt, { align: "center" });
    // Only when the line is found, not while the user scrolls.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isFound, marked]);
  const all: RowActions = useMemo(
    () => ({
      ...actions,
      onToggle: (line) => {
        setFocused(keyOf(line));
        if (!window.getSelection()?.toString()) setOpened((before) => flipped(before, keyOf(line)));
      },
    }),
    [actions],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    const at = lines.findIndex((line) => keyOf(line) === focused);
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity }[
      event.key
    ];
    const here = lines[at];
    if (step !== undefined) {
      const next = Math.max(
        0,
        Math.min(lines.length - 1, step === Infinity ? lines.length - 1 : step === -Infinity ? 0 : at + step),
      );
      if (lines[next]) setFocused(keyOf(lines[next]));
      virtual.scrollToIndex(next, { align: "auto" });
    } else if ((event.key === "Enter" || event.key === " ") && here)
      setOpened((before) => flipped(before, keyOf(here)));
    else if (event.key === "t" && here?.trace_id) actions.onTrace(here);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={css.list} style={isStale ? { opacity: 0.6 } : undefined} aria-busy={isStale}>
      <div className={css.titles} aria-hidden>
        <span className={css.time}>Time</span>
        <span className={css.level}>Level</span>
        <span className={css.service}>Service</span>
        {columns.map((column) => (
          <span key={column} className={`${css.column} ${css.taken}`}>
            <span className="cut">{column}</span>
            <ActionIcon size="xs" tabIndex={-1} onClick={() => actions.onColumn(column)}>
              <IconX size={11} />
            </ActionIcon>
          </span>
        ))}
        <span>Message</span>
      </div>
      {/* The list takes the keyboard itself; its lines are reached by arrows. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroll} className={css.scroll} role="region" aria-label="Log lines" tabIndex={0} onKeyDown={onKeyDown}>
        <div style={{ height: virtual.getTotalSize(), position: "relative", minWidth: "100%" }}>
          {items.map((item) => {
            const line = lines[item.index]!;
            const key = keyOf(line);
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={css.place}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LogRow
                  line={line}
                  columns={columns}
                  wraps={wraps}
                  isOpen={opened.has(key)}
                  isMarked={line.id === marked}
                  isFocused={focused === key}
                  actions={all}
                />
              </div>
            );
          })}
        </div>
        <div className={css.foot}>{isLoadingMore ? <Loader size="xs" color="gray" type="dots" /> : foot}</div>
      </div>
    </div>
  );
}

function flipped(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
