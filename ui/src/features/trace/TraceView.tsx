import { Tooltip } from "@mantine/core";
import { useElementSize, useLocalStorage } from "@mantine/hooks";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { Failed, Loading } from "@/design/Async";
import { KindBadge, StatusBadge, Tag } from "@/design/Badges";
import { PageFrame } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { Facts, Figures } from "./Facts";
import { Fold } from "./Fold";
import { Grip } from "./Grip";
import { Logs } from "./Logs";
import type { Outline } from "./outline";
import { Raw } from "./Raw";
import { closedBelow, UNFOLDED, type Folding } from "./rows";
import { SpanDetail } from "./SpanDetail";
import { useAddress, useMemory, type Change, type Shown, type Tab } from "./state";
import { stepsOf } from "./steps";
import { Strip } from "./Strip";
import { stepped, Toolbar } from "./Toolbar";
import { Transcript } from "./Transcript";
import { Tree, type Score } from "./Tree";
import { useTraceScores } from "./Scores";
import { useOutline, type Trace } from "./useOutline";
import { useSearch } from "./useSearch";
import { stretchOf, stretchText } from "./words";
import css from "./trace.module.css";

const Graph = lazy(() => import("./GraphTab"));

interface Props {
  traceId: string;
  spanId?: string;
  /** In a panel beside something else: no page heading. */
  compact?: boolean;
  onSpan?: (id: string) => void;
}

/** A trace inside another page; what is shown of it is remembered here, not in the address. */
export function TraceView({ traceId, spanId, compact = true, onSpan }: Props) {
  const [shown, change] = useMemory(spanId, onSpan);
  return <Loaded key={traceId} traceId={traceId} shown={shown} change={change} compact={compact} />;
}

/** A trace as a page of its own: everything in the address. */
export function TraceAtAddress({ traceId, actions }: { traceId: string; actions?: ReactNode }) {
  const [shown, change] = useAddress();
  return <Loaded key={traceId} traceId={traceId} shown={shown} change={change} compact={false} actions={actions} />;
}

interface LoadedProps {
  traceId: string;
  shown: Shown;
  change: Change;
  compact: boolean;
  actions?: ReactNode;
}

function Loaded(props: LoadedProps) {
  const { traceId, compact, actions } = props;
  const loaded = useOutline(traceId);
  const { trace, outline, isLive } = loaded;
  const body =
    trace && outline ? (
      <Body {...props} trace={trace} outline={outline} isLive={isLive} />
    ) : loaded.error ? (
      <Failed error={loaded.error} again={loaded.refetch} />
    ) : (
      <Loading height={240} />
    );
  if (compact) return body;
  return (
    <PageFrame fills title={trace ? <Title trace={trace} isLive={isLive} /> : "Trace"} actions={actions}>
      {loaded.error && trace && <Failed error={loaded.error} again={loaded.refetch} />}
      {body}
    </PageFrame>
  );
}

function Title({ trace, isLive }: { trace: Trace; isLive: boolean }) {
  return (
    <>
      <KindBadge kind={trace.root_kind || "other"} size={17} />
      <span className="cut">{trace.name || (isLive ? "Still running" : "No root span")}</span>
      <span style={{ fontSize: 13, fontWeight: 400 }}>
        <StatusBadge
          status={trace.root_status === "error" ? "error" : trace.error_count ? "unset" : trace.root_status}
        />
      </span>
      {isLive && (
        <Tooltip label="Spans may still arrive. What you see is brought up to date.">
          <span>
            <Tag tone="accent">live</Tag>
          </span>
        </Tooltip>
      )}
      {!trace.has_root && !isLive && <Tag tone="warn">the root span never arrived</Tag>}
    </>
  );
}

interface BodyProps extends LoadedProps {
  trace: Trace;
  outline: Outline;
  isLive: boolean;
}

function Body({ traceId, shown, change, compact, trace, outline, isLive }: BodyProps) {
  const steps = useMemo(() => stepsOf(outline), [outline]);
  const tab: Tab = shown.tab || (steps.length ? "transcript" : "tree");
  const chosen = shown.span ? outline.placeOf(shown.span) : -1;
  const [focus, setFocus] = useState<{ place: number } | null>(null);
  const [inView, setInView] = useState<{ from: number; to: number } | null>(null);
  const [folding, setFolding] = useFolding(outline);
  const { ref, width } = useElementSize();
  const field = useRef<HTMLInputElement>(null);
  const scores = useScores(traceId);
  const hits = useSearch(traceId, outline, shown.search);
  const hitSet = useMemo(() => new Set(hits.places), [hits.places]);
  const errors = useMemo(() => deepestErrors(outline), [outline]);
  const choose = useCallback((place: number) => place >= 0 && change({ span: outline.ids[place]! }), [change, outline]);
  const go = useCallback(
    (place: number) => {
      if (place < 0) return;
      choose(place);
      setFocus({ place });
    },
    [choose],
  );
  const onShown = useCallback(
    (from: number, to: number) =>
      setInView((before) => (before?.from === from && before.to === to ? before : { from, to })),
    [],
  );
  useKeys(
    compact,
    change,
    () => field.current?.focus(),
    () => go(stepped(errors, chosen, 1)),
  );
  const isNarrow = width > 0 && width < 860;
  const isPhone = width > 0 && width < 560;
  const zoom = useMemo(() => stretchOf(shown.zoom, outline.spanMs), [shown.zoom, outline.spanMs]);
  const isZoomed = tab === "tree" && zoom.to - zoom.from < outline.spanMs;
  const pane = { outline, chosen, onChoose: choose, focus, onShown };
  return (
    <div className={`${css.view} ${compact ? css.compact : ""}`} ref={ref}>
      <div className={css.top}>
        {compact && (
          <div style={{ display: "flex", gap: 8, alignItems: "center", fontWeight: 600, fontSize: 14, minWidth: 0 }}>
            <Title trace={trace} isLive={isLive} />
          </div>
        )}
        <Figures trace={trace} isLive={isLive} scores={scores.get(traceId) ?? NO_SCORES} />
        {isPhone ? (
          <Fold label="Who and where">
            <Facts trace={trace} compact={compact} />
          </Fold>
        ) : (
          <Facts trace={trace} compact={compact} />
        )}
        {outline.length > 1 && (
          <Strip
            outline={outline}
            shown={isZoomed ? zoom : tab === "transcript" || tab === "tree" ? inView : null}
            onSeek={(ms) => setFocus({ place: nearest(outline, ms) })}
          />
        )}
      </div>
      <Toolbar
        tab={tab}
        onTab={(next) => change({ tab: next })}
        search={shown.search}
        onSearch={(text) => change({ search: text }, { replace: true })}
        hits={hits}
        errors={errors}
        chosen={chosen}
        onGo={go}
        onFoldAll={tab === "tree" ? (folds) => setFolding(folds ? closedBelow(outline, 1) : UNFOLDED) : null}
        field={field}
      />
      {!outline.isWhole && (
        <div className={css.notice} role="status">
          The first {count(outline.length)} of {count(outline.total)} spans are here, the rest is on its way.
        </div>
      )}
      <div className={`${css.panes} ${isPhone ? css.whole : ""}`}>
        <div className={css.main}>
          {tab === "transcript" && (
            <Transcript
              {...pane}
              traceId={traceId}
              steps={steps}
              isLive={isLive}
              onTree={() => change({ tab: "tree" })}
            />
          )}
          {tab === "tree" && (
            <Tree
              {...pane}
              folding={folding}
              onFold={setFolding}
              hits={hitSet}
              scores={scores}
              zoom={zoom}
              onZoom={(next) => change({ zoom: next ? stretchText(next, outline.spanMs) : "" })}
            />
          )}
          {tab === "graph" && (
            <Suspense fallback={<Loading />}>
              <Graph outline={outline} onChoose={choose} />
            </Suspense>
          )}
          {tab === "logs" && <Logs traceId={traceId} outline={outline} onChoose={choose} />}
          {tab === "raw" && <Raw traceId={traceId} trace={trace} />}
        </div>
        {shown.span && (
          <Side isNarrow={isNarrow}>
            <SpanDetail
              traceId={traceId}
              spanId={shown.span}
              outline={outline}
              part={shown.part}
              onPart={(part) => change({ part }, { replace: true })}
              onClose={() => change({ span: "" })}
              onChoose={go}
              isOver={isNarrow}
              isLive={isLive}
            />
          </Side>
        )}
      </div>
    </div>
  );
}

const NO_SCORES: Score[] = [];
const WIDTH = 520;

function Side({ isNarrow, children }: { isNarrow: boolean; children: ReactNode }) {
  const [width, setWidth] = useLocalStorage({
    key: "nervure.trace.side",
    defaultValue: WIDTH,
    getInitialValueInEffect: false,
  });
  return (
    <>
      {!isNarrow && <Grip width={width} onWidth={setWidth} />}
      <div className={`${css.side} ${isNarrow ? css.over : ""}`} style={{ width }}>
        {children}
      </div>
    </>
  );
}

/** Folding by span id, so that it holds when spans arrive in between. */
function useFolding(outline: Outline): [Folding, (next: Folding) => void] {
  const [ids, setIds] = useState<{ closed: string[]; opened: string[] } | null>(null);
  const folding = useMemo(() => {
    if (!ids) return UNFOLDED;
    const places = (list: string[]) => new Set(list.map((id) => outline.placeOf(id)));
    return { closed: places(ids.closed), opened: places(ids.opened) };
  }, [ids, outline]);
  const set = useCallback(
    (next: Folding) => {
      const names = (places: ReadonlySet<number>) =>
        [...places].filter((place) => place >= 0).map((place) => outline.ids[place]!);
      setIds({ closed: names(next.closed), opened: names(next.opened) });
    },
    [outline],
  );
  return [folding, set];
}

function useScores(traceId: string): ReadonlyMap<string, Score[]> {
  const asked = useTraceScores(traceId);
  return useMemo(() => {
    const made = new Map<string, Score[]>();
    for (const score of asked.data?.items ?? [])
      made.set(score.target_id, [...(made.get(score.target_id) ?? []), score]);
    return made;
  }, [asked.data]);
}

function useKeys(compact: boolean, change: Change, find: () => void, nextError: () => void): void {
  const latest = useRef({ find, nextError });
  useEffect(() => {
    latest.current = { find, nextError };
  });
  useShortcuts(
    useMemo(
      () =>
        compact
          ? []
          : [
              { keys: "1", does: "Transcript", where: "Trace", run: () => change({ tab: "transcript" }) },
              { keys: "2", does: "Tree", where: "Trace", run: () => change({ tab: "tree" }) },
              { keys: "3", does: "Graph", where: "Trace", run: () => change({ tab: "graph" }) },
              { keys: "4", does: "Logs", where: "Trace", run: () => change({ tab: "logs" }) },
              { keys: "/", does: "Find in this trace", where: "Trace", run: () => latest.current.find() },
              { keys: "e", does: "Next failure", where: "Trace", run: () => latest.current.nextError() },
              { keys: "escape", does: "Close the span", where: "Trace", run: () => change({ span: "" }) },
            ],
      [compact, change],
    ),
  );
}

/** Failed spans below which nothing failed: where it began. */
function deepestErrors(outline: Outline): number[] {
  const found: number[] = [];
  for (let place = 0; place < outline.length; place++) {
    if (outline.isError(place) && outline.sums(place + 1, outline.end[place]!).errors === 0) found.push(place);
  }
  return found;
}

/** The leaf that began last before a moment. */
function nearest(outline: Outline, ms: number): number {
  let best = 0;
  let distance = Infinity;
  for (let place = 0; place < outline.length; place++) {
    if (!outline.isLeaf(place)) continue;
    const off = Math.abs(outline.startMs(place) - ms);
    if (off < distance) [best, distance] = [place, off];
  }
  return best;
}
