import { Button, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconZoomOut } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { KindBadge, kindColour, Tag } from "@/design/Badges";
import { count, duration, money } from "@/lib/format";
import type { Schemas } from "@/api/hooks";
import type { Outline } from "./outline";
import { revealed, rowAt, rowsOf, type Folding, type Row } from "./rows";
import type { PaneProps } from "./Transcript";
import { useBrush } from "./useBrush";
import { bar, scoreWords, type Stretch } from "./words";
import css from "./tree.module.css";

const ROW = 28;
const HEAD = 26;
const INDENT = 14;
const DEEPEST = 24;
/** Looking closer at a span leaves this share of its length free on both sides. */
const MARGIN = 0.05;
export type Score = Schemas["Score"];

interface Props extends PaneProps {
  folding: Folding;
  onFold: (folding: Folding) => void;
  hits: ReadonlySet<number>;
  scores: ReadonlyMap<string, Score[]>;
  /** What of the trace the time column shows. */
  zoom: Stretch;
  /** null: the whole again. */
  onZoom: (zoom: Stretch | null) => void;
}

/** Tree and waterfall in one: however many spans there are, only the rows in view are drawn. */
export function Tree(props: Props) {
  const { outline, chosen, onChoose, focus, onShown, folding, onFold, hits, scores, zoom, onZoom } = props;
  const rows = useMemo(() => rowsOf(outline, folding), [outline, folding]);
  const [active, setActive] = useState(Math.max(chosen, 0));
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
  });
  const items = virtual.getVirtualItems();
  const activeAt = rowAt(rows, active);
  const [first, last] = [items[0]?.index ?? 0, items[items.length - 1]?.index ?? -1];
  useEffect(() => {
    let [from, to] = [Infinity, 0];
    for (let at = first; at <= last && at < rows.length; at++) {
      const place = rows[at]!.place;
      from = Math.min(from, outline.startMs(place));
      to = Math.max(to, outline.startMs(place) + (outline.isLeaf(place) ? outline.durationMs(place) : 0));
    }
    if (to > 0 || from < Infinity) onShown(from, to);
  }, [first, last, rows, outline, onShown]);

  const wanted = focus?.place ?? chosen;
  const done = useRef<unknown>(undefined);
  useEffect(() => {
    const token = focus ?? chosen;
    if (wanted < 0 || done.current === token) return;
    const next = revealed(outline, folding, wanted);
    if (next.closed.size !== folding.closed.size || next.opened.size !== folding.opened.size) return onFold(next);
    done.current = token;
    setActive(wanted);
    virtual.scrollToIndex(rowAt(rows, wanted), { align: "auto" });
  }, [wanted, focus, chosen, outline, folding, rows, onFold, virtual]);

  const length = zoom.to - zoom.from;
  const isWhole = length >= outline.spanMs;
  const brush = useBrush("[data-time]", (from, to) =>
    onZoom({ from: zoom.from + from * length, to: zoom.from + to * length }),
  );
  const closer = (row: Row) => {
    const { startMs, lengthMs } = extent(outline, row);
    onZoom({ from: startMs - lengthMs * MARGIN, to: startMs + lengthMs * (1 + MARGIN) });
  };
  const fold = (row: Row, opens = !row.isOpen) => onFold(folded(folding, row, opens));
  const go = (index: number) => {
    const at = Math.min(Math.max(index, 0), rows.length - 1);
    const row = rows[at];
    if (!row) return;
    setActive(row.place);
    virtual.scrollToIndex(at, { align: "auto" });
    // With a span open beside the tree, moving on looks at the next one.
    if (chosen >= 0 && !row.isGroup) onChoose(row.place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[activeAt];
    if (!row || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1;
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(activeAt + 1),
      ArrowUp: () => go(activeAt - 1),
      PageDown: () => go(activeAt + page),
      PageUp: () => go(activeAt - page),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.hasChildren && !row.isOpen ? fold(row, true) : go(activeAt + 1)),
      ArrowLeft: () =>
        row.hasChildren && row.isOpen
          ? fold(row, false)
          : outline.parent[row.place]! >= 0 && go(rowAt(rows, outline.parent[row.place]!)),
      Enter: () => (row.isGroup ? fold(row) : onChoose(row.place)),
      " ": () => (row.hasChildren ? fold(row) : onChoose(row.place)),
      z: () => closer(row),
      Z: () => onZoom(null),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  const grid = (
    <div
      ref={scroller}
      className={css.grid}
      role="treegrid"
      aria-label="Spans. Arrows move, fold and unfold; Enter opens; Z looks closer at a span's time, Shift+Z at all"
      aria-rowcount={rows.length + 1}
      // Which row is active is told by id, as a windowed list has to.
      tabIndex={0}
      aria-activedescendant={rows[activeAt] && `${id}-${rows[activeAt].place}`}
      onKeyDown={onKeyDown}
    >
      <div className={css.head} role="row" aria-rowindex={1}>
        <span role="columnheader">Span</span>
        <span role="columnheader" className={`${css.number} ${css.money}`}>
          Cost
        </span>
        <span role="columnheader" className={`${css.number} ${css.tokens}`}>
          Tokens
        </span>
        <span role="columnheader" className={css.number}>
          Duration
        </span>
        <span role="columnheader" className={css.ticks} data-time aria-label="When">
          {[0, 0.5, 1].map((share) => (
            <span key={share} className={`${css.tick} num`} style={{ left: `${share * 100}%` }}>
              {duration(zoom.from + length * share)}
            </span>
          ))}
        </span>
      </div>
      <div role="rowgroup">
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <TreeRow
                key={`${row.place}${row.isGroup ? "g" : ""}`}
                id={`${id}-${row.place}`}
                index={item.index}
                top={item.start - HEAD}
                row={row}
                outline={outline}
                zoom={zoom}
                isActive={item.index === activeAt}
                isChosen={!row.isGroup && row.place === chosen}
                isHit={hits.size > 0 && isHit(hits, row)}
                scores={scores.get(outline.ids[row.place]!)}
                onFold={fold}
                onPick={() => {
                  if (brush.wasDrag()) return;
                  setActive(row.place);
                  if (row.isGroup) fold(row);
                  else onChoose(row.place);
                }}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
  return (
    // What dragging does, the key Z does for the span that is active.
    <div className={css.pane} onPointerDown={brush.onPointerDown}>
      {grid}
      {brush.band && <div className={css.band} style={brush.band} />}
      {!isWhole && (
        <Button
          className={css.reset}
          variant="default"
          size="compact-sm"
          leftSection={<IconZoomOut size={14} />}
          onClick={() => onZoom(null)}
        >
          Show the whole {duration(outline.spanMs)}
        </Button>
      )}
    </div>
  );
}

function isHit(hits: ReadonlySet<number>, row: Row): boolean {
  if (!row.isGroup) return hits.has(row.place);
  for (let at = 0; at < row.count; at++) if (hits.has(row.place + at)) return true;
  return false;
}

function folded(folding: Folding, row: Row, opens: boolean): Folding {
  const set = new Set(row.isGroup ? folding.opened : folding.closed);
  // Spans are open unless closed, groups closed unless opened.
  if (opens === row.isGroup) set.add(row.place);
  else set.delete(row.place);
  return row.isGroup ? { ...folding, opened: set } : { ...folding, closed: set };
}

interface RowProps {
  id: string;
  index: number;
  top: number;
  row: Row;
  outline: Outline;
  zoom: Stretch;
  isActive: boolean;
  isChosen: boolean;
  isHit: boolean;
  scores: Score[] | undefined;
  onFold: (row: Row) => void;
  onPick: () => void;
}

const TreeRow = memo(function TreeRow({
  id,
  index,
  top,
  row,
  outline,
  zoom,
  isActive,
  isChosen,
  isHit: hit,
  scores,
  onFold,
  onPick,
}: RowProps) {
  const { place } = row;
  const end = row.isGroup ? place + row.count : outline.end[place]!;
  const failed = outline.isError(place) || (row.isGroup && outline.sums(place, end).errors > 0);
  const Arrow = row.isOpen ? IconChevronDown : IconChevronRight;
  return (
    // Keys are handled by the rows' box, which has the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.level + 1}
      aria-expanded={row.hasChildren ? row.isOpen : undefined}
      aria-selected={isChosen}
      className={`${css.row} ${isActive ? css.active : ""} ${isChosen ? css.chosen : ""} ${hit ? css.hit : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onPick}
    >
      <div role="gridcell" className={css.what} style={{ paddingLeft: Math.min(row.level, DEEPEST) * INDENT }}>
        {row.hasChildren ? (
          <button
            type="button"
            className={css.arrow}
            tabIndex={-1}
            aria-label={row.isOpen ? "Fold" : "Unfold"}
            onClick={(event) => (event.stopPropagation(), onFold(row))}
          >
            <Arrow size={14} aria-hidden />
          </button>
        ) : (
          <span className={css.arrow} aria-hidden />
        )}
        <KindBadge kind={outline.kind(place)} />
        <span className={`${css.name} cut ${failed && !row.isGroup ? "bad" : ""}`}>
          {outline.name(place) || "(no name yet)"}
        </span>
        <Beside row={row} outline={outline} scores={scores} />
      </div>
      <Money outline={outline} row={row} end={end} />
      <div role="gridcell" className={`${css.number} num`}>
        {duration(row.isGroup ? outline.sums(place, end).busyMs : outline.durationMs(place))}
      </div>
      <Bar outline={outline} row={row} failed={failed} zoom={zoom} />
    </div>
  );
});

function Beside({ row, outline, scores }: Pick<RowProps, "row" | "outline" | "scores">) {
  const { place } = row;
  const errors = row.isGroup ? outline.sums(place, place + row.count).errors : 0;
  const below = outline.end[place]! - place - 1;
  const score = scores?.[0];
  return (
    <>
      {row.isGroup && <Tag>× {count(row.count)}</Tag>}
      {!row.isGroup && row.hasChildren && !row.isOpen && <span className={css.more}>{count(below)} below</span>}
      {!row.isGroup && outline.isError(place) && <Tag tone="bad">{outline.word("error", place) || "error"}</Tag>}
      {errors > 0 && <Tag tone="bad">{count(errors)} failed</Tag>}
      {outline.has("missingParent", place) && (
        <Tooltip label="Its parent has not arrived: it may still come, be sampled away, or belong to another system.">
          <span>
            <Tag tone="warn">parent missing</Tag>
          </span>
        </Tooltip>
      )}
      {outline.has("inCycle", place) && <Tag tone="warn">its parents form a circle</Tag>}
      {score && (
        <Tag tone="accent">
          {score.name} {scoreWords(score)}
          {scores.length > 1 && ` +${scores.length - 1}`}
        </Tag>
      )}
    </>
  );
}

/** Own cost and tokens; of spans that only contain calls, and of groups, what those sum up to. */
function Money({ outline, row, end }: { outline: Outline; row: Row; end: number }) {
  const { place } = row;
  const isOwn = !row.isGroup && outline.isBilled(place);
  const sums = isOwn || !outline.isComplete(place) ? null : outline.sums(place, end);
  const cost = isOwn
    ? outline.has("unpriced", place)
      ? "unpriced"
      : outline.cost(place) >= 0
        ? money(outline.cost(place))
        : ""
    : !sums?.calls
      ? ""
      : sums.unpriced === sums.calls
        ? "unpriced"
        : `${money(sums.cost)}${sums.unpriced ? " +?" : ""}`;
  const tokens = isOwn ? outline.tokens(place) : (sums?.tokens ?? 0);
  const tone = isOwn ? "" : css.sum;
  const note = sums?.unpriced ? `${count(sums.unpriced)} of ${count(sums.calls)} calls have no price` : undefined;
  return (
    <>
      <div role="gridcell" className={`${css.number} ${css.money} ${tone} num`} title={note}>
        {cost}
      </div>
      <div role="gridcell" className={`${css.number} ${css.tokens} ${tone} num`}>
        {tokens > 0 ? count(tokens) : ""}
      </div>
    </>
  );
}

/** When what a row stands for began, and until the last of it ended. */
function extent(outline: Outline, row: Row): { startMs: number; lengthMs: number } {
  const { place } = row;
  const startMs = outline.startMs(place);
  if (!row.isGroup) return { startMs, lengthMs: outline.durationMs(place) };
  let end = 0;
  for (let at = place; at < place + row.count; at++) end = Math.max(end, outline.startMs(at) + outline.durationMs(at));
  return { startMs, lengthMs: end - startMs };
}

function Bar({ outline, row, failed, zoom }: { outline: Outline; row: Row; failed: boolean; zoom: Stretch }) {
  const { place } = row;
  const { startMs, lengthMs } = extent(outline, row);
  const { left, width } = bar(startMs, lengthMs, zoom.from, zoom.to);
  const isBefore = startMs + lengthMs < zoom.from;
  const isOutside = isBefore || startMs > zoom.to;
  return (
    <div role="gridcell" className={css.time} data-time aria-label={`begins after ${duration(startMs)}`}>
      {isOutside ? (
        <span className={css.beyond} style={isBefore ? { left: 0 } : { right: 0 }} aria-hidden>
          {isBefore ? "‹" : "›"}
        </span>
      ) : (
        <div
          className={`${css.bar} ${row.hasChildren || row.isGroup ? css.soft : ""} ${failed ? css.badbar : ""}`}
          style={{
            left: `min(${left}%, calc(100% - 2px))`,
            width: `${width}%`,
            background: kindColour(outline.kind(place)),
          }}
        />
      )}
    </div>
  );
}
