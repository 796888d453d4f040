import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Empty, Failed } from "@/design/Async";
import { KindBadge, Tag } from "@/design/Badges";
import { count, duration } from "@/lib/format";
import { useContents } from "./contents";
import type { Outline } from "./outline";
import { askersOf, foldedAtFirst, shownSteps, type Step } from "./steps";
import { assemble, type Turn } from "./transcript";
import { TurnView } from "./TurnView";
import { costWords } from "./words";
import css from "./transcript.module.css";
import view from "./trace.module.css";

export interface PaneProps {
  outline: Outline;
  /** Place of the chosen span, -1 for none. */
  chosen: number;
  onChoose: (place: number) => void;
  /** A place to be brought into view; a new object asks again. */
  focus: { place: number } | null;
  /** The stretch of time that is in view, ms after the trace's start. */
  onShown: (fromMs: number, toMs: number) => void;
}

interface Props extends PaneProps {
  traceId: string;
  steps: Step[];
  isLive: boolean;
  onTree: () => void;
}

/** What was asked, thought, called and answered, in order. Only what is in view is drawn and loaded. */
export function Transcript({ traceId, outline, steps, chosen, onChoose, focus, onShown, isLive, onTree }: Props) {
  const [held, store] = useContents(traceId);
  const [folding, setFolding] = useState<ReadonlySet<string> | null>(null);
  const folded = useMemo(
    () => (folding ? new Set([...folding].map((id) => outline.placeOf(id))) : foldedAtFirst(steps)),
    [folding, outline, steps],
  );
  const turns = useMemo(() => {
    const byPlace = new Map([...held.contents].map(([id, content]) => [outline.placeOf(id), content]));
    return assemble(steps, byPlace);
  }, [steps, held.contents, outline]);
  const askers = useMemo(() => askersOf(steps), [steps]);
  // A tool most likely stands in the call before it. Until both are there it is left out, so that nothing jumps.
  const rows = useMemo(
    () =>
      shownSteps(steps, folded).filter(({ place }) =>
        turns.has(place) ? !turns.get(place)?.isJoined : !askers.has(place) || held.gone.has(outline.ids[place]!),
      ),
    [steps, folded, turns, askers, held.gone, outline],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]!.kind === "agent" ? 40 : 150),
    getItemKey: (index) => outline.ids[rows[index]!.place]!,
    overscan: 4,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items[items.length - 1]?.index ?? -1];
  const version = useRef(outline.version);
  useEffect(() => {
    if (version.current !== outline.version) store.renew();
    version.current = outline.version;
    store.need(wanted(outline, steps, rows, first, last));
    if (last >= first && rows[first] && rows[last])
      onShown(outline.startMs(rows[first].place), endOf(outline, rows, first, last));
  }, [store, outline, steps, rows, first, last, onShown]);

  const toggle = useCallback(
    (place: number) => {
      const next = new Set([...folded].map((one) => outline.ids[one]!));
      const id = outline.ids[place]!;
      if (!next.delete(id)) next.add(id);
      setFolding(next);
    },
    [folded, outline],
  );
  useReveal({
    rows,
    turns,
    askers,
    folded,
    outline,
    target: focus?.place ?? chosen,
    token: focus ?? chosen,
    unfold: setFolding,
    show: (index) => virtual.scrollToIndex(index, { align: "start" }),
    isShown: (index) => index > first && index < last,
  });

  if (!steps.length)
    return (
      <Empty
        title="Nothing was said in this trace"
        action={
          <Button variant="default" onClick={onTree}>
            Show the tree
          </Button>
        }
      >
        It has no LLM calls, tools or retrievals. The tree shows all of its {count(outline.total)} spans.
      </Empty>
    );
  return (
    <div className={view.scroll} ref={scroller} role="feed" aria-label="Transcript" aria-busy={isLive}>
      {held.failed && <Failed error={held.failed} again={() => store.again()} />}
      <div className={css.column} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const step = rows[item.index]!;
          const turn = turns.get(step.place);
          const isGone = held.gone.has(outline.ids[step.place]!);
          return (
            <article
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className={css.row}
              style={{ transform: `translateY(${item.start}px)` }}
              aria-posinset={item.index + 1}
              aria-setsize={rows.length}
              aria-label={`${step.kind} ${outline.name(step.place)}`}
            >
              <Indented level={step.level}>
                {step.kind === "agent" ? (
                  <Heading
                    step={step}
                    outline={outline}
                    isOpen={!folded.has(step.place)}
                    isActive={step.place === chosen}
                    onToggle={toggle}
                    onChoose={onChoose}
                  />
                ) : turn ? (
                  <TurnView
                    turn={turn}
                    outline={outline}
                    isActive={step.place === chosen}
                    chosen={chosen}
                    onChoose={onChoose}
                  />
                ) : isGone ? (
                  <div className="dim">{outline.name(step.place)}: its content is no longer kept.</div>
                ) : (
                  <div className={css.wait} role="status" aria-label={`Loading ${outline.name(step.place)}`} />
                )}
              </Indented>
            </article>
          );
        })}
      </div>
    </div>
  );
}

function Indented({ level, children }: { level: number; children: React.ReactNode }) {
  let made = <>{children}</>;
  for (let at = 0; at < Math.min(level, 6); at++) made = <div className={css.level}>{made}</div>;
  return made;
}

interface HeadingProps {
  step: Step;
  outline: Outline;
  isOpen: boolean;
  isActive: boolean;
  onToggle: (place: number) => void;
  onChoose: (place: number) => void;
}

/** A sub-agent: what it is called and what everything below it sums up to. */
function Heading({ step, outline, isOpen, isActive, onToggle, onChoose }: HeadingProps) {
  const { place } = step;
  const sums = outline.isComplete(place) ? step.sums : undefined;
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  const name = outline.word("agent", place) || outline.name(place);
  return (
    <div className={`${css.heading} ${isActive ? css.active : ""}`}>
      <button
        type="button"
        className={css.fold}
        aria-expanded={isOpen}
        aria-label={`${isOpen ? "Fold" : "Unfold"} ${name}`}
        onClick={() => onToggle(place)}
      >
        <Arrow size={15} aria-hidden />
      </button>
      <KindBadge kind="agent" />
      <button type="button" className={css.headingName} onClick={() => onChoose(place)}>
        {name}
      </button>
      {outline.isError(place) && <Tag tone="bad">{outline.word("error", place) || "failed"}</Tag>}
      {sums && (
        <span className="dim num" style={{ fontSize: 12 }}>
          {[
            duration(outline.durationMs(place)),
            sums.calls ? `${count(sums.calls)} call${sums.calls === 1 ? "" : "s"}` : "",
            sums.tokens ? `${count(sums.tokens)} tokens` : "",
            costWords(sums.cost, sums.calls, sums.unpriced),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      )}
      {sums && sums.errors > 0 && <Tag tone="bad">{count(sums.errors)} failed</Tag>}
    </div>
  );
}

const AROUND = 12;

/** Ids to load: what is in view and a little around it, tools below it, and the call before each in its scope. */
function wanted(outline: Outline, steps: Step[], rows: Step[], first: number, last: number): string[] {
  const places = new Set<number>();
  for (let at = Math.max(0, first - AROUND); at <= Math.min(rows.length - 1, last + AROUND); at++) {
    const step = rows[at]!;
    if (step.kind !== "agent") places.add(step.place);
    if (step.kind === "llm" || step.kind === "tool") for (const place of beside(steps, step)) places.add(place);
  }
  return [...places].map((place) => outline.ids[place]!);
}

/** The call before (its messages are not told again) and the tools up to the next call. */
function beside(steps: Step[], step: Step): number[] {
  const found: number[] = [];
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]!.place < step.place) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1, looked = 0; at >= 0 && looked < 40; at--, looked++) {
    const other = steps[at]!;
    if (other.kind === "llm" && other.scope === step.scope) {
      found.push(other.place);
      break;
    }
  }
  for (let at = low + 1; at < steps.length && steps[at]!.kind !== "llm" && at < low + 20; at++)
    if (steps[at]!.kind !== "agent") found.push(steps[at]!.place);
  return found;
}

function endOf(outline: Outline, rows: Step[], first: number, last: number): number {
  let end = 0;
  for (let at = first; at <= last; at++) {
    const place = rows[at]!.place;
    end = Math.max(end, outline.startMs(place) + (rows[at]!.kind === "agent" ? 0 : outline.durationMs(place)));
  }
  return end;
}

interface Reveal {
  rows: Step[];
  turns: ReadonlyMap<number, Turn>;
  askers: ReadonlyMap<number, number>;
  folded: ReadonlySet<number>;
  outline: Outline;
  target: number;
  /** Changes when the target is to be shown again. */
  token: unknown;
  unfold: (ids: ReadonlySet<string>) => void;
  show: (index: number) => void;
  isShown: (index: number) => boolean;
}

/** Brings a span's turn into view once for each time it is asked for, unfolding what hides it. */
function useReveal({ rows, turns, askers, folded, outline, target, token, unfold, show, isShown }: Reveal): void {
  const done = useRef<unknown>(null);
  useEffect(() => {
    if (target < 0 || done.current === token) return;
    const hiding = [...outline.above(target)].filter((up) => folded.has(up));
    if (hiding.length) {
      unfold(new Set([...folded].filter((place) => !hiding.includes(place)).map((place) => outline.ids[place]!)));
      return;
    }
    const caller = callerOf(turns, askers, target);
    let index = rows.findIndex((step) => step.place === caller);
    // A span that is no turn: the turn before it.
    if (index < 0) index = rows.findLastIndex((step) => step.place <= target);
    const row = rows[index];
    // What is drawn before its content is there has another height: it is shown again when it has come.
    if (!row || row.kind === "agent" || turns.has(row.place)) done.current = token;
    if (index >= 0 && !isShown(index)) show(index);
  });
}

/** The turn a tool stands in, as far as is known. */
function callerOf(turns: ReadonlyMap<number, Turn>, askers: ReadonlyMap<number, number>, place: number): number {
  const turn = turns.get(place);
  if (!turn) return askers.get(place) ?? place;
  if (!turn.isJoined) return place;
  for (const [caller, other] of turns) if (other.calls.some((call) => call.place === place)) return caller;
  return askers.get(place) ?? place;
}
