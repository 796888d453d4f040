/** The table with its states: loading, empty, failed, more to come. */

import { Button, Group } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link } from "react-router";
import { useScores } from "@/api/scores";
import { Empty, Failed, Loading } from "@/design/Async";
import { DataTable, type Column } from "@/design/DataTable";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { millis, rangeName } from "@/lib/time";
import { nouns } from "./BulkBar";
import { phoneColumns, spanColumns, traceColumns } from "./columns";
import { isSpan, keyOf, type Row, type useRows } from "./rows";
import { orderOf, sortingOf, type TracesState } from "./state";
import { ValueActions } from "./ValueActions";
import css from "./traces.module.css";

interface ListProps {
  state: TracesState;
  list: ReturnType<typeof useRows>["list"];
  rows: Row[];
  waiting: number;
  onShow: () => void;
  isPhone: boolean;
  activeKey: string | undefined;
  selected: ReadonlySet<string>;
  onSelect: (keys: ReadonlySet<string>) => void;
  onOpen: (row: Row) => void;
  onEnter: (row: Row) => void;
  onEnd: () => void;
  onScrolled: (isAtTop: boolean) => void;
}

export function List(props: ListProps) {
  const { state, list, rows, isPhone } = props;
  const columns = useColumns(state.level, state.order, rows, isPhone);
  if (list.isPending) return <Loading height={280} label={`Loading ${state.level}`} />;
  if (list.error && rows.length === 0) return <Failed error={list.error} again={list.refetch} />;
  if (rows.length === 0) return <NoRows state={state} />;
  return (
    <div className={css.list} style={list.isPlaceholderData ? { opacity: 0.6 } : undefined} aria-busy={list.isFetching}>
      {props.waiting > 0 && (
        <Button
          className={css.waiting}
          size="compact-xs"
          radius="xl"
          leftSection={<IconArrowUp size={13} />}
          onClick={() => {
            props.onShow();
            document.querySelector('[role="grid"]')?.scrollTo({ top: 0 });
          }}
        >
          {count(props.waiting)} new
        </Button>
      )}
      <ValueActions onWhere={state.setWhere}>
        <DataTable
          name={isPhone ? "phone" : state.level}
          label={TITLES[state.level]}
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          rowHeight={isPhone ? 56 : 32}
          sorting={sortingOf(state.order)}
          onSort={(sorting) => state.set({ order: orderOf(sorting) || null, live: null })}
          onOpen={props.onOpen}
          onEnter={props.onEnter}
          activeKey={props.activeKey}
          selected={isPhone ? undefined : props.selected}
          onSelect={isPhone ? undefined : props.onSelect}
          onEnd={props.onEnd}
          isLoadingMore={list.isFetchingNextPage}
          onScrolled={props.onScrolled}
          tone={(row) => ((isSpan(row) ? row.status === "error" : row.error_count > 0) ? "bad" : undefined)}
          foot={
            list.isFetchNextPageError ? (
              <MoreFailed list={list} />
            ) : list.hasNextPage ? undefined : (
              `That is all: ${nouns(rows.length, state.level)}`
            )
          }
        />
      </ValueActions>
    </div>
  );
}

/** A call's trace goes on after it. */
function dayAfter(start: string): string {
  return new Date(millis(start) + 86_400_000).toISOString();
}

const TITLES = { traces: "Traces", calls: "Model calls", spans: "Spans" };

function useColumns(level: TracesState["level"], order: string, rows: Row[], isPhone: boolean): Column<Row>[] {
  const listed = useMemo(
    () => rows.map((row) => ({ key: row.trace_id, start: row.start, end: dayAfter(row.start) })),
    [rows],
  );
  const scores = useScores("trace_id", listed, !isPhone && level !== "spans");
  const most = useMemo(() => usual(rows), [rows]);
  return useMemo(() => {
    if (isPhone) return phoneColumns(order);
    const beside = { most, scores };
    // A list's rows are all of its level's kind (useRows keeps no others).
    return (level === "traces"
      ? traceColumns(beside)
      : spanColumns(beside, level === "calls")) as unknown as Column<Row>[];
  }, [level, order, most, scores, isPhone]);
}

/** A duration that nineteen of twenty rows stay below: one giant must not make all other bars vanish. */
function usual(rows: Row[]): number {
  // The first page stands for all: bars that change with every further page would be drawn anew, and compare nothing.
  const sorted = rows
    .slice(0, 60)
    .map((row) => row.duration_ms ?? 0)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}

function MoreFailed({ list }: { list: ListProps["list"] }) {
  return (
    <>
      <span className="bad">More rows could not be read: {list.error?.message}</span>
      <Button variant="default" size="compact-xs" onClick={() => void list.fetchNextPage()}>
        Try again
      </Button>
    </>
  );
}

function NoRows({ state }: { state: TracesState }) {
  const { level, where, words, range, set, setRange } = state;
  const isNarrowed = Boolean(where || words);
  return (
    <Empty
      title={isNarrowed ? `No ${TITLES[level].toLowerCase()} match` : `No ${TITLES[level].toLowerCase()} in this time`}
    >
      <p>
        {rangeName(range)}
        {words && <>, with the words “{words}”</>}
        {where && (
          <>
            , where <span className="mono">{where}</span>
          </>
        )}
        .
      </p>
      <Group justify="center" gap="xs">
        {isNarrowed && (
          <Button variant="default" onClick={() => set({ where: null, q: null })}>
            Clear the filter
          </Button>
        )}
        <Button variant="default" onClick={() => setRange({ from: "-7d", to: "now" })}>
          Look at the last 7 days
        </Button>
        {!isNarrowed && (
          <Button component={Link} to={links.start()}>
            Send the first trace
          </Button>
        )}
      </Group>
    </Empty>
  );
}
