import { ActionIcon, Button, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconFilter, IconPlayerPause, IconPlayerPlay, IconTextWrap, IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import { useAsk } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { chartSeries } from "@/design/chartData";
import { FilterField } from "@/design/FilterField";
import { PageFrame } from "@/design/PageFrame";
import { SearchField } from "@/design/SearchField";
import { TimeChart } from "@/design/TimeChart";
import { Beside } from "@/features/sessions/Beside";
import { useParam, useSetParams } from "@/lib/address";
import { count } from "@/lib/format";
import { everyFor, utcOffset } from "@/lib/time";
import { LogFacets } from "./LogFacets";
import { LogList } from "./LogList";
import type { RowActions } from "./LogRow";
import { COLOURS, LEVELS, type Level } from "./lines";
import { useLogsState, type LogsState } from "./state";
import { useLines } from "./useLines";
import css from "./logs.module.css";

/** Log records: filter, facets, levels over time, and each line's way to its trace. */
export default function LogsPage() {
  const state = useLogsState();
  const { list, lines, onEnd, tailError } = useLines(state);
  const [peek] = useParam("peek");
  const [span] = useParam("span");
  const set = useSetParams();
  const isNarrow = useMediaQuery("(max-width: 900px)");
  const [isRailOpen, rail] = useDisclosure(false);
  const actions = useActions(state, set);
  return (
    <PageFrame
      title="Logs"
      range
      fills
      actions={
        <>
          <Button
            variant={state.isLive ? "light" : "default"}
            aria-pressed={state.isLive}
            leftSection={state.isLive ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
            onClick={() => state.setLive(!state.isLive)}
          >
            Live
          </Button>
        </>
      }
    >
      <Beside traceId={peek} spanId={span} onClose={() => set({ peek: null, span: null })}>
        <div className={css.tools2}>
          <FilterField
            table="logs"
            value={state.where}
            onApply={(next) => state.setWhere(next)}
            from={state.range.from}
            to={state.range.to}
            placeholder='level = "error" and service = "support-chat"'
            label="Filter log lines"
          />
          <SearchField className={css.words} label="Words in messages" value={state.words} onChange={state.setWords} />
          {isNarrow && (
            <Button variant="default" leftSection={<IconFilter size={14} />} onClick={rail.open}>
              Facets
            </Button>
          )}
          <Tooltip label={state.wraps ? "One line each" : "Wrap long lines"}>
            <ActionIcon
              variant="default"
              size={30}
              aria-label="Wrap long lines"
              aria-pressed={state.wraps}
              onClick={() => state.setWraps(!state.wraps)}
            >
              <IconTextWrap size={16} color={state.wraps ? "var(--accent)" : undefined} />
            </ActionIcon>
          </Tooltip>
        </div>
        {state.trace && (
          <div className={css.chips}>
            <Tag tone="accent">of trace {state.trace.slice(0, 12)}…</Tag>
            <ActionIcon size="xs" aria-label="Lines of all traces" onClick={() => state.setTrace(null)}>
              <IconX size={12} />
            </ActionIcon>
          </div>
        )}
        <Histogram state={state} />
        {tailError && <Failed error={tailError} />}
        <div className={css.columns}>
          {isNarrow ? (
            <Drawer
              opened={isRailOpen}
              onClose={rail.close}
              title="Facets"
              size={300}
              closeButtonProps={{ "aria-label": "Close" }}
            >
              <LogFacets state={state} />
            </Drawer>
          ) : (
            <div className={`${css.rail} ${peek ? css.yields : ""}`}>
              <LogFacets state={state} />
            </div>
          )}
          <Async
            fills
            of={{ ...list, data: list.data && lines }}
            isEmpty={(found) => found.length === 0}
            empty={
              <Empty title="No log lines in this range">
                {state.asked
                  ? "None match. Clear the filter or widen the range."
                  : "Send logs over OTLP to /v1/logs: with an OpenTelemetry SDK they arrive joined to their traces."}
              </Empty>
            }
          >
            {(found) => (
              <LogList
                lines={found}
                columns={state.columns}
                wraps={state.wraps}
                marked={state.line}
                actions={actions}
                onEnd={onEnd}
                isLoadingMore={list.isFetchingNextPage}
                isStale={list.isPlaceholderData}
                foot={list.hasNextPage ? "" : `${count(found.length)} lines, the beginning of the range`}
              />
            )}
          </Async>
        </div>
      </Beside>
    </PageFrame>
  );
}

function useActions(state: LogsState, set: ReturnType<typeof useSetParams>): Omit<RowActions, "onToggle"> {
  return useMemo(
    () => ({
      onAdd: state.add,
      onAround: state.lookAround,
      onTrace: (line) => set({ peek: line.trace_id, span: line.span_id }),
      onColumn: (key) =>
        state.setColumns(
          state.columns.includes(key) ? state.columns.filter((one) => one !== key) : [...state.columns, key],
        ),
    }),
    [state, set],
  );
}

/** Lines over time by level, the worst at the bottom so that it is seen. */
function Histogram({ state }: { state: LogsState }) {
  const { range } = state;
  const answer = useAsk(
    {
      measure: "log.count",
      by: ["level"],
      where: state.asked,
      every: everyFor(range, 80),
      ...range,
      offset: utcOffset(),
    },
    state.isLive ? { refetchInterval: 10_000 } : {},
  );
  return (
    <div className={css.histogram}>
      <Async of={answer} height={116}>
        {(data) => (
          <TimeChart
            label="Log lines over time by level"
            kind="bars"
            height={92}
            legend
            series={chartSeries(data)
              .map((one) => ({ ...one, level: (one.by?.level ?? "unset") as Level }))
              .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
              .map(({ level, ...one }) => ({ ...one, colour: COLOURS[level] }))}
          />
        )}
      </Async>
    </div>
  );
}
