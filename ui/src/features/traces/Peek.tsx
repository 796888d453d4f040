/** The trace beside the list: the next and the one before by key, the whole page on demand. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconExternalLink, IconX } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useNavigate } from "react-router";
import { useShortcuts } from "@/app/shortcuts";
import { Loading } from "@/design/Async";
import { Copy } from "@/design/Copy";
import { links } from "@/lib/links";
import css from "./traces.module.css";
import { Link } from "@/design/Link";

const TraceView = lazy(() => import("@/features/trace/TraceView").then((module) => ({ default: module.TraceView })));

interface PeekProps {
  traceId: string;
  spanId: string;
  /** Where it stands among the loaded rows, "" when it is not one of them. */
  place: string;
  /** Traces of the list around it, for the whole page to step through. */
  list: string[];
  onMove: ((by: 1 | -1) => void) | null;
  onClose: () => void;
  onSpan: (id: string) => void;
}

export function Peek({ traceId, spanId, place, list, onMove, onClose, onSpan }: PeekProps) {
  const go = useNavigate();
  const page = links.trace(traceId, spanId || undefined);
  useShortcuts(
    useMemo(
      () => [
        ...(onMove
          ? [
              { keys: "j", does: "Next row", where: "Traces", run: () => onMove(1) },
              { keys: "k", does: "Row before", where: "Traces", run: () => onMove(-1) },
            ]
          : []),
        { keys: "o", does: "Open the whole page", where: "Traces", run: () => void go(page, { state: { list } }) },
        { keys: "escape", does: "Close the trace", where: "Traces", run: onClose },
      ],
      [onMove, onClose, go, page, list],
    ),
  );
  return (
    <Resizable>
      <header className={css.peekHead}>
        <Tooltip label="Row before (K)">
          <ActionIcon aria-label="Row before" disabled={!onMove} onClick={() => onMove?.(-1)}>
            <IconChevronUp size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Next row (J)">
          <ActionIcon aria-label="Next row" disabled={!onMove} onClick={() => onMove?.(1)}>
            <IconChevronDown size={16} />
          </ActionIcon>
        </Tooltip>
        <span className="dim num">{place}</span>
        <span className={`mono cut ${css.peekId}`} title={traceId}>
          {traceId}
        </span>
        <Copy text={traceId} label="trace id" />
        <Tooltip label="Whole page (O or Enter)">
          <ActionIcon component={Link} to={page} state={{ list }} aria-label="Open the whole page">
            <IconExternalLink size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Close (Esc)">
          <ActionIcon aria-label="Close the trace" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </header>
      <div className={css.peekBody}>
        <Suspense fallback={<Loading height={240} />}>
          <TraceView key={traceId} traceId={traceId} spanId={spanId || undefined} compact onSpan={onSpan} />
        </Suspense>
      </div>
    </Resizable>
  );
}

const NARROWEST = 360;

/** A panel at the right whose width is dragged, or changed by the arrow keys, and remembered. */
function Resizable({ children }: { children: React.ReactNode }) {
  const [share, setShare] = useLocalStorage({
    key: "nervure.peek.share",
    defaultValue: 0.5,
    getInitialValueInEffect: false,
  });
  const panel = useRef<HTMLElement>(null);
  const clamp = (value: number) => Math.min(0.8, Math.max(0.25, value));
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const parent = panel.current?.parentElement;
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !parent) return;
    const box = parent.getBoundingClientRect();
    setShare(clamp((box.right - event.clientX) / box.width));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: 0.04, ArrowRight: -0.04 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setShare((before) => clamp(before + step));
  };
  return (
    <aside
      ref={panel}
      className={css.peek}
      aria-label="Trace"
      style={{ width: `max(${NARROWEST}px, ${share * 100}%)` }}
    >
      {/* A separator that takes the focus is a widget: WAI-ARIA's window splitter. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the trace panel"
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={25}
        aria-valuemax={80}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className={css.splitter}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
      />
      {children}
    </aside>
  );
}
