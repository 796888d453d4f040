import type { ReactNode } from "react";
import { Peek } from "@/features/traces/Peek";
import css from "./beside.module.css";

interface BesideProps {
  /** The trace beside the content, "" for none. */
  traceId: string;
  spanId?: string;
  /** Where it stands, e.g. "3 of 12". */
  place?: string;
  /** Traces its whole page steps through. */
  list?: string[];
  /** Goes to the next trace or the one before. */
  onMove?: (by: 1 | -1) => void;
  onClose: () => void;
  children: ReactNode;
}

/** Content that fills its place, and when one is looked at, a trace beside it. */
export function Beside({ traceId, spanId = "", place = "", list = NONE, onMove, onClose, children }: BesideProps) {
  return (
    <div className={css.row}>
      <div className={css.left}>{children}</div>
      {traceId && (
        <Peek
          traceId={traceId}
          spanId={spanId}
          place={place}
          list={list}
          onMove={onMove ?? null}
          onClose={onClose}
          onSpan={() => undefined}
        />
      )}
    </div>
  );
}

const NONE: string[] = [];
