/** The list of traces: what came in, what it took, and where it failed. */

import { Drawer } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useShortcuts } from "@/app/shortcuts";
import { PageFrame } from "@/design/PageFrame";
import { useLayout } from "@/design/tableState";
import { links } from "@/lib/links";
import { BulkBar } from "./BulkBar";
import { FacetRail } from "./FacetRail";
import { Histogram } from "./Histogram";
import { List } from "./List";
import { Peek } from "./Peek";
import { isSpan, keyOf, useLive, useRows, type Row } from "./rows";
import { useTracesState } from "./state";
import { HeadActions, Toolbar } from "./Toolbar";
import { useViews } from "./views";
import css from "./traces.module.css";

const PREVIEWS = ["input_preview", "output_preview"];

export default function Traces() {
  const state = useTracesState();
  const views = useViews();
  useDefaultView(views);
  const go = useNavigate();
  const isPhone = useMediaQuery("(max-width: 760px)", undefined, { getInitialValueInEffect: false }) ?? false;
  const [withRail, setRail] = useLocalStorage({
    key: "nervure.facets.shown",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [isDrawerOpen, setDrawer] = useState(false);
  const toggleRail = useCallback(
    () => (isPhone ? setDrawer((before) => !before) : setRail((before) => !before)),
    [isPhone, setRail],
  );

  const [layout] = useLayout(state.level);
  const preview = state.level !== "traces" && PREVIEWS.some((id) => layout.columnVisibility[id]);
  const asked = useMemo(
    () => ({ level: state.level, where: state.asked, range: state.range, order: state.order, preview }),
    [state.level, state.asked, state.range, state.order, preview],
  );
  const { list, rows: listed, again, onEnd } = useRows(asked);
  const isReady = useOnce(!list.isPending);
  const [isAtTop, setAtTop] = useState(true);
  const live = useLive(asked, state.isLive, isAtTop, listed, again);
  const { rows } = live;

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [selectedOf, setSelectedOf] = useState(asked);
  if (selectedOf !== asked) {
    // Another list: what is not seen must not be acted upon.
    setSelectedOf(asked);
    setSelected(new Set());
  }
  const chosen = useMemo(() => rows.filter((row) => selected.has(keyOf(row))), [rows, selected]);

  const { peek, span, setPeek } = state;
  const at = peek
    ? rows.findIndex((row) => row.trace_id === peek && (!isSpan(row) || !span || row.span_id === span))
    : -1;
  const open = useCallback(
    (row: Row) => setPeek(row.trace_id, isSpan(row) ? row.span_id : null, Boolean(peek)),
    [setPeek, peek],
  );
  const latest = useRef({ rows, at });
  useEffect(() => {
    latest.current = { rows, at };
  });
  const onMove = useCallback(
    (by: 1 | -1) => {
      const next = latest.current.rows[latest.current.at + by];
      if (next) open(next);
    },
    [open],
  );
  const onClose = useCallback(() => setPeek(null, null, false), [setPeek]);
  const neighbours = useMemo(() => around(rows, at), [rows, at]);
  const onEnter = useCallback(
    (row: Row) =>
      peek
        ? void go(links.trace(row.trace_id, isSpan(row) ? row.span_id : undefined), { state: { list: neighbours } })
        : open(row),
    [peek, go, open, neighbours],
  );
  useShortcuts(
    useMemo(
      () => [
        { keys: "f", does: "Show or hide the facets", where: "Traces", run: toggleRail },
        { keys: "r", does: "Read the list again", where: "Traces", run: () => void again() },
        { keys: "l", does: "Live rows on or off", where: "Traces", run: () => state.setLive(!state.isLive) },
      ],
      [toggleRail, again, state],
    ),
  );
  const rail = (
    <FacetRail
      asking={{
        where: state.where,
        words: state.words,
        level: state.level,
        range: state.range,
        isReady,
        onWhere: state.setWhere,
      }}
    />
  );
  return (
    <PageFrame title="Traces" range fills actions={<HeadActions state={state} views={views} />}>
      <Toolbar
        state={state}
        onRail={toggleRail}
        isRailOpen={isPhone ? isDrawerOpen : withRail}
        isPhone={isPhone}
        onAgain={again}
        isFetching={list.isFetching}
        isReady={isReady}
      />
      <div className={css.parts}>
        {!isPhone && withRail && (
          <nav className={css.facets} aria-label="Facets">
            {rail}
          </nav>
        )}
        <div className={css.middle}>
          <Histogram state={state} isReady={isReady} />
          <List
            state={state}
            list={list}
            rows={rows}
            waiting={live.waiting}
            onShow={live.show}
            isPhone={isPhone}
            activeKey={at >= 0 ? keyOf(rows[at]!) : undefined}
            selected={selected}
            onSelect={setSelected}
            onOpen={open}
            onEnter={onEnter}
            onEnd={onEnd}
            onScrolled={setAtTop}
          />
          {chosen.length > 0 && <BulkBar rows={chosen} level={state.level} onClear={() => setSelected(new Set())} />}
        </div>
        {peek && (
          <Peek
            traceId={peek}
            spanId={span}
            place={at >= 0 ? `${at + 1} of ${rows.length}${list.hasNextPage ? "+" : ""}` : ""}
            list={neighbours}
            onMove={at >= 0 ? onMove : null}
            onClose={onClose}
            onSpan={(id) => state.level === "traces" && state.set({ span: id }, { replace: true })}
          />
        )}
      </div>
      <Drawer opened={isPhone && isDrawerOpen} onClose={() => setDrawer(false)} title="Facets" size="85%" padding="xs">
        {rail}
      </Drawer>
    </PageFrame>
  );
}

/** True from the first time on that it is. */
function useOnce(is: boolean): boolean {
  const [was, setWas] = useState(is);
  if (is && !was) setWas(true);
  return was || is;
}

/** A page opened without any wish of its own opens with the default view, once. */
function useDefaultView({ views, open, search }: ReturnType<typeof useViews>): void {
  const isDone = useRef(
    search.replace(/(^|&)(from|to)=[^&]*/g, "") !== "" || new URLSearchParams(location.search).has("peek"),
  );
  useEffect(() => {
    if (isDone.current || views.length === 0) return;
    isDone.current = true;
    const wanted = views.find((view) => view.is_default);
    if (wanted) open(wanted, true);
  }, [views, open]);
}

const NEIGHBOURS = 200;

/** Traces near a row, in the order of the list: the trace's own page steps through them. */
function around(rows: Row[], at: number): string[] {
  const first = Math.max(0, at - NEIGHBOURS);
  return [...new Set(rows.slice(first, at + NEIGHBOURS).map((row) => row.trace_id))];
}
