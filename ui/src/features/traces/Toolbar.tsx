/** Above the list: what to look for, and what a row is. */

import { ActionIcon, Button, Menu, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconDots,
  IconFilter,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSearch,
  IconX,
} from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { ColumnMenu } from "@/design/DataTable";
import { FilterField } from "@/design/FilterField";
import { spanColumns, traceColumns } from "./columns";
import { download, type Format } from "./exporting";
import type { Level, TracesState } from "./state";
import type { Views } from "./views";
import { ViewsMenu } from "./ViewsMenu";
import css from "./traces.module.css";

/** Level, views and live mode, beside the time range. */
export function HeadActions({ state, views }: { state: TracesState; views: Views }) {
  return (
    <>
      <SegmentedControl
        aria-label="What a row is"
        value={state.level}
        onChange={(level) => state.setLevel(level as Level)}
        data={[
          { value: "traces", label: "Traces" },
          { value: "calls", label: "LLM calls" },
          { value: "spans", label: "Spans" },
        ]}
      />
      <ViewsMenu views={views} />
      <Tooltip label={state.isLive ? "Stop following (L)" : "Follow what comes in (L)"}>
        <Button
          variant={state.isLive ? "light" : "default"}
          leftSection={state.isLive ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
          aria-pressed={state.isLive}
          onClick={() => state.setLive(!state.isLive)}
        >
          Live
        </Button>
      </Tooltip>
    </>
  );
}

interface ToolbarProps {
  state: TracesState;
  onRail: () => void;
  isRailOpen: boolean;
  isPhone: boolean;
  onAgain: () => unknown;
  isFetching: boolean;
  isReady: boolean;
}

export function Toolbar({ state, onRail, isRailOpen, isPhone, onAgain, isFetching, isReady }: ToolbarProps) {
  const { level, range } = state;
  const columns = useMemo(() => {
    const beside = { most: 0, scores: new Map() };
    return level === "traces" ? traceColumns(beside).map(plain) : spanColumns(beside, level === "calls").map(plain);
  }, [level]);
  return (
    <div className={css.toolbar} role="search">
      <Tooltip label={isRailOpen ? "Hide the facets (F)" : "Facets (F)"}>
        <ActionIcon
          variant={isRailOpen ? "light" : "default"}
          color={isRailOpen ? "nerve" : "gray"}
          size={30}
          aria-label="Facets"
          aria-expanded={isRailOpen}
          onClick={onRail}
        >
          <IconFilter size={16} />
        </ActionIcon>
      </Tooltip>
      {isReady ? (
        <FilterField
          value={state.where}
          onApply={(where) => state.setWhere(where)}
          from={range.from}
          to={range.to}
          placeholder={isPhone ? "Filter" : 'Filter, such as service = "checkout" and latency > 2s'}
        />
      ) : (
        // The editor is larger than the rest of the page: it comes after the rows.
        <TextInput
          className={css.filter}
          readOnly
          aria-label="Filter"
          value={state.where}
          leftSection={<IconFilter size={14} />}
        />
      )}
      <Words key={state.words} state={state} />
      <Tooltip label="Read again (R)">
        <ActionIcon
          variant="default"
          size={30}
          aria-label="Read the list again"
          loading={isFetching}
          loaderProps={{ size: 14 }}
          onClick={() => void onAgain()}
        >
          <IconRefresh size={16} />
        </ActionIcon>
      </Tooltip>
      {!isPhone && <ColumnMenu name={level} columns={columns} />}
      <More state={state} />
    </div>
  );
}

function plain<C extends { id: string; title: string; hidden?: boolean }>({ id, title, hidden }: C) {
  return { id, title, hidden, width: 0, cell: () => null };
}

/** Full text: words that stand in an input or in an output. */
function Words({ state }: { state: TracesState }) {
  const [written, setWritten] = useState(state.words);
  const field = useRef<HTMLInputElement>(null);
  useShortcuts(
    useMemo(
      () => [{ keys: "s", does: "Search in inputs and outputs", where: "Traces", run: () => field.current?.focus() }],
      [],
    ),
  );
  const search = (words: string) => state.set({ q: words.trim() || null });
  return (
    <form
      className={css.words}
      onSubmit={(event) => {
        event.preventDefault();
        search(written);
      }}
    >
      <TextInput
        ref={field}
        type="search"
        size="xs"
        value={written}
        onChange={(event) => setWritten(event.currentTarget.value)}
        onBlur={() => written.trim() !== state.words && search(written)}
        placeholder="Search inputs and outputs"
        aria-label="Search inputs and outputs"
        leftSection={<IconSearch size={14} />}
        rightSection={
          written ? (
            <ActionIcon
              size="xs"
              aria-label="Clear the search"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => search("")}
            >
              <IconX size={12} />
            </ActionIcon>
          ) : undefined
        }
        styles={{ input: { height: 30, minHeight: 30 } }}
      />
    </form>
  );
}

function More({ state }: { state: TracesState }) {
  const take = (format: Format) =>
    download(state.asked, state.range, format).catch((error: Error) =>
      notifications.show({ color: "red", title: "Nothing was exported", message: error.message, autoClose: false }),
    );
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label="More">
          <ActionIcon variant="default" size={30} aria-label="More">
            <IconDots size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Export all that match</Menu.Label>
        <Menu.Item onClick={() => void take("otlp")}>OTLP (JSON lines)</Menu.Item>
        <Menu.Item onClick={() => void take("parquet")}>Parquet</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
