import { ActionIcon, Loader, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconFoldDown,
  IconFoldUp,
  IconSearch,
} from "@tabler/icons-react";
import { useState, type RefObject } from "react";
import { count } from "@/lib/format";
import type { Tab } from "./state";
import type { Hits } from "./useSearch";
import css from "./trace.module.css";

const LABELS: Record<Tab, string> = {
  transcript: "Transcript",
  tree: "Tree",
  graph: "Graph",
  logs: "Logs",
  raw: "Raw",
};

interface Props {
  tab: Tab;
  onTab: (tab: Tab) => void;
  search: string;
  onSearch: (text: string) => void;
  hits: Hits;
  /** Failed spans below which nothing failed. */
  errors: number[];
  /** The span stepped from. */
  chosen: number;
  onGo: (place: number) => void;
  onFoldAll: ((folds: boolean) => void) | null;
  field: RefObject<HTMLInputElement | null>;
}

/** Which view, what is searched for, and steps from failure to failure. */
export function Toolbar({ tab, onTab, search, onSearch, hits, errors, chosen, onGo, onFoldAll, field }: Props) {
  return (
    <div className={css.bar}>
      <SegmentedControl
        aria-label="View"
        value={tab}
        onChange={(value) => onTab(value as Tab)}
        data={Object.entries(LABELS).map(([value, label]) => ({ value, label }))}
      />
      {onFoldAll && (
        <span>
          <Tooltip label="Fold all">
            <ActionIcon aria-label="Fold all" onClick={() => onFoldAll(true)}>
              <IconFoldUp size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Unfold all">
            <ActionIcon aria-label="Unfold all" onClick={() => onFoldAll(false)}>
              <IconFoldDown size={16} />
            </ActionIcon>
          </Tooltip>
        </span>
      )}
      {errors.length > 0 && (
        <Steps
          label="failure"
          icon={<IconAlertTriangle size={14} color="var(--bad)" aria-hidden />}
          places={errors}
          chosen={chosen}
          onGo={onGo}
        />
      )}
      <span style={{ marginLeft: "auto" }} />
      {search && (
        <Steps
          label="match"
          places={hits.places}
          chosen={chosen}
          onGo={onGo}
          isBusy={hits.isSearching}
          note={hits.hasMore ? "and more" : hits.error ? "names only: the texts could not be searched" : ""}
        />
      )}
      <Field
        search={search}
        onSearch={onSearch}
        onStep={(by) => onGo(stepped(hits.places, chosen, by))}
        field={field}
      />
    </div>
  );
}

interface FieldProps {
  search: string;
  onSearch: (text: string) => void;
  onStep: (by: 1 | -1) => void;
  field: RefObject<HTMLInputElement | null>;
}

/** What is typed is held here: the address follows a moment later and must not take letters back. */
function Field({ search, onSearch, onStep, field }: FieldProps) {
  const [text, setText] = useState(search);
  const [told, setTold] = useState(search);
  const [isTyping, setTyping] = useState(false);
  if (told !== search) {
    setTold(search);
    if (!isTyping) setText(search);
  }
  const write = (next: string) => {
    setText(next);
    onSearch(next);
  };
  return (
    <TextInput
      ref={field}
      className={css.search}
      placeholder="Find in this trace"
      aria-label="Find in this trace: names and texts"
      leftSection={<IconSearch size={14} />}
      value={text}
      onFocus={() => setTyping(true)}
      onBlur={() => setTyping(false)}
      onChange={(event) => write(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
        if (event.key === "Escape") write("");
      }}
    />
  );
}

interface StepsProps {
  label: string;
  icon?: React.ReactNode;
  places: number[];
  chosen: number;
  onGo: (place: number) => void;
  isBusy?: boolean;
  note?: string;
}

function Steps({ label, icon, places, chosen, onGo, isBusy = false, note = "" }: StepsProps) {
  const at = places.indexOf(chosen);
  const plural = label === "match" ? "matches" : `${label}s`;
  return (
    <span className={css.hits} role="status">
      {icon}
      <span className="num">
        {at >= 0 ? `${count(at + 1)} of ` : ""}
        {count(places.length)} {places.length === 1 ? label : plural} {note}
      </span>
      {isBusy && <Loader size={12} aria-label="Searching" />}
      <ActionIcon
        size="sm"
        aria-label={`Previous ${label}`}
        disabled={!places.length}
        onClick={() => onGo(stepped(places, chosen, -1))}
      >
        <IconChevronUp size={14} />
      </ActionIcon>
      <ActionIcon
        size="sm"
        aria-label={`Next ${label}`}
        disabled={!places.length}
        onClick={() => onGo(stepped(places, chosen, 1))}
      >
        <IconChevronDown size={14} />
      </ActionIcon>
    </span>
  );
}

/** The next place behind (or before) one, around the end; -1 when there are none. */
export function stepped(places: number[], from: number, by: 1 | -1): number {
  if (!places.length) return -1;
  if (by > 0) return places.find((place) => place > from) ?? places[0]!;
  return places.findLast((place) => place < from) ?? places[places.length - 1]!;
}
