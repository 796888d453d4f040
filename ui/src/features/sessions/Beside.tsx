import type { ReactNode } from "react";
import { Peek } from "@/features/traces/Peek";
import css from "./beside.module.css";

interface BesideProps {
  /** The trace beside the content, "" for none. */
  traceId: string;
  spanId?: string;
  /** Where it stands, e.g. "3 of 12". */
  place?: string;
  /** Goes to the next trace or the one before. */
  onMove?: (by: 1 | -1) => void;
  onClose: () => void;
  children: ReactNode;
}

/** Content that fills its place, and when one is looked at, a trace beside it. */
export function Beside({ traceId, spanId = "", place = "", onMove, onClose, children }: BesideProps) {
  return (
    <div className={css.row}>
      <div className={css.left}>{children}</div>
      {traceId && (
        <Peek
          traceId={traceId}
          spanId={spanId}
          place={place}
          onMove={onMove ?? null}
          onClose={onClose}
          onSpan={() => undefined}
        />
      )}
    </div>
  );
}
