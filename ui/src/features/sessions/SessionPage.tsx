import { Button } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { get, useGet } from "@/api/hooks";
import { useList } from "@/api/lists";
import { useShortcuts } from "@/app/shortcuts";
import { Async, Empty, Loading } from "@/design/Async";
import { Copy } from "@/design/Copy";
import { PageFrame } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { equals } from "@/lib/query";
import { Beside } from "./Beside";
import { Summary } from "./Summary";
import { TurnRow } from "./TurnRow";
import type { Turn } from "./turns";
import css from "./session.module.css";

/** One session: its turns as a conversation, and what they sum up to. */
export default function SessionPage() {
  const { sessionId = "" } = useParams();
  const session = useGet("/api/v1/sessions/{session}", { path: { session: sessionId } });
  const { list, items, onEnd } = useList<Turn>(["turns", sessionId], (cursor, signal) =>
    get("/api/v1/turns", { query: { session: sessionId, limit: 50, cursor } }, signal),
  );
  const [peek, setPeek] = useParam("peek");
  const traces = useMemo(() => items.map((turn) => turn.trace_id), [items]);
  const at = peek ? items.findIndex((turn) => turn.trace_id === peek) : -1;
  return (
    <PageFrame
      title={
        <>
          Session <span className="mono">{sessionId}</span>
          <Copy text={sessionId} label="session id" />
        </>
      }
      actions={
        <Button
          component={Link}
          variant="default"
          leftSection={<IconListTree size={15} />}
          to={links.traces({
            where: equals("session", sessionId),
            from: session.data?.start,
            to: session.data && after(session.data.end),
          })}
        >
          Traces
        </Button>
      }
      fills
    >
      <Beside
        traceId={peek}
        place={at >= 0 ? `turn ${at + 1} of ${session.data?.trace_count ?? items.length}` : ""}
        list={traces}
        onMove={at >= 0 ? (by) => items[at + by] && setPeek(items[at + by]!.trace_id) : undefined}
        onClose={() => setPeek(null)}
      >
        <Async of={session} fills>
          {(person) => (
            <div className={css.page}>
              <Summary session={person} turns={items} isWhole={!list.hasNextPage} />
              <Async
                fills
                of={{ ...list, data: list.data && items }}
                isEmpty={(turns) => turns.length === 0}
                empty={<Empty title="No turns">Its traces are older than what is kept.</Empty>}
              >
                {(turns) => (
                  <Turns
                    turns={turns}
                    total={person.trace_count}
                    peek={peek}
                    onPeek={setPeek}
                    onEnd={onEnd}
                    isLoadingMore={list.isFetchingNextPage}
                  />
                )}
              </Async>
            </div>
          )}
        </Async>
      </Beside>
    </PageFrame>
  );
}

/** A moment later, because ranges end before their end. */
function after(moment: string): string {
  return new Date(Date.parse(moment) + 1000).toISOString();
}

interface TurnsProps {
  turns: Turn[];
  total: number;
  peek: string;
  onPeek: (traceId: string) => void;
  onEnd: () => void;
  isLoadingMore: boolean;
}

/** The conversation in a window; j and k go from turn to turn, Enter or o opens the trace. */
function Turns({ turns, total, peek, onPeek, onEnd, isLoadingMore }: TurnsProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const [chosen, setFocused] = useState(-1);
  const peeked = peek ? turns.findIndex((turn) => turn.trace_id === peek) : -1;
  const focused = peeked >= 0 ? peeked : chosen;
  const virtual = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 170,
    overscan: 4,
    getItemKey: (index) => turns[index]!.trace_id,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= turns.length - 5) onEnd();
  }, [last, turns.length, onEnd]);
  useEffect(() => {
    if (peeked >= 0) virtual.scrollToIndex(peeked, { align: "auto" });
    // Only when another turn is looked at, not while the user scrolls.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [peeked]);
  const step = useCallback(
    (by: number) => {
      const next = Math.max(0, Math.min(turns.length - 1, focused + by));
      setFocused(next);
      virtual.scrollToIndex(next, { align: "auto" });
      if (peek && turns[next]) onPeek(turns[next].trace_id);
    },
    [focused, turns, virtual, peek, onPeek],
  );
  useShortcuts(
    useMemo(
      () => [
        { keys: "j", does: "Next turn", where: "Session", run: () => step(1) },
        { keys: "k", does: "Previous turn", where: "Session", run: () => step(-1) },
        {
          keys: "o",
          does: "Open the turn's trace",
          where: "Session",
          run: () => turns[focused] && onPeek(turns[focused].trace_id),
        },
      ],
      [step, turns, focused, onPeek],
    ),
  );
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroll} className={css.scroll} tabIndex={0} role="region" aria-label="Turns">
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className={css.place}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <TurnRow
              turn={turns[item.index]!}
              number={item.index + 1}
              isOpen={peek === turns[item.index]!.trace_id}
              isFocused={focused === item.index}
              onPeek={() => {
                setFocused(item.index);
                onPeek(turns[item.index]!.trace_id);
              }}
            />
          </div>
        ))}
      </div>
      {isLoadingMore ? (
        <Loading height={50} />
      ) : (
        <p className={css.end}>{turns.length >= total ? "End of the session" : `${turns.length} of ${total} turns`}</p>
      )}
    </div>
  );
}
