import { Kbd, Loader, Modal, TextInput, useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFile, IconKeyboard, IconMoon, IconSearch, IconSettings, IconSun, IconWorld } from "@tabler/icons-react";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { openOverlay, takeTyped } from "@/app/overlay";
import { PAGES } from "@/app/registry";
import { shownKeys } from "@/app/shortcuts";
import { setZone, useZone } from "@/lib/time";
import { fit, idsIn } from "./ids";
import { recentItems, remember, searchFor, useDashboards, useFound, type Item } from "./items";
import css from "./palette.module.css";

const NONE: Item[] = [];

/** Jump anywhere: pages, settings, dashboards, and whatever a pasted id or a typed name belongs to. */
export default function Palette() {
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query, 180);
  const go = useNavigate();
  const found = useFound(asked);
  const groups = useGroups(query.trim(), asked.trim() === query.trim() ? found.data : undefined);
  const list = groups.flatMap(([, items]) => items);
  // Until the user moves, the first of all is chosen: what is found stands above what was there before.
  const [moved, setMoved] = useState<string | null>(null);
  const at = Math.max(
    0,
    list.findIndex((item) => item.id === moved),
  );
  const id = useId();
  const close = () => openOverlay(null);
  const choose = (item: Item | undefined) => {
    if (!item || (!item.to && !item.run)) return;
    remember(item);
    close();
    if (item.run) item.run();
    else if (item.to) void go(item.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && list.length) {
      event.preventDefault();
      setMoved(list[(at + step + list.length) % list.length]!.id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(list[at]);
    }
  };
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={620}
      yOffset="12vh"
      centered={false}
      attributes={{ content: { "aria-label": "Search and jump" } }}
    >
      <TextInput
        size="md"
        variant="unstyled"
        className={css.input}
        placeholder="Jump to a page, or paste a trace id, session, user, service…"
        leftSection={<IconSearch size={17} />}
        rightSection={found.isFetching ? <Loader size={14} color="gray" /> : null}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setMoved(null);
        }}
        onKeyDown={onKeyDown}
        onFocus={() => {
          const typed = takeTyped();
          if (typed) setQuery((before) => before + typed);
        }}
        data-autofocus
        spellCheck={false}
        role="combobox"
        aria-label="Search and jump"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={list[at] ? `${id}-${at}` : undefined}
      />
      <div className={css.list} role="listbox" id={id} aria-label="Where to">
        {groups.map(([group, items]) => (
          <div key={group} role="group" aria-label={group}>
            <div className={css.heading} aria-hidden>
              {group}
            </div>
            {items.map((item) => (
              <Option
                key={item.id}
                id={`${id}-${list.indexOf(item)}`}
                item={item}
                isChosen={list[at] === item}
                onChoose={() => choose(item)}
                onHover={() => setMoved(item.id)}
              />
            ))}
          </div>
        ))}
      </div>
      {found.error && <div className={css.note}>{found.error.message}</div>}
      {list.length === 0 && !found.error && (
        <div className={css.note}>{found.isFetching ? "Looking…" : "Nothing is called that"}</div>
      )}
      <div className={css.foot} aria-hidden>
        <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> move <Kbd size="xs">Enter</Kbd> open <Kbd size="xs">Esc</Kbd>{" "}
        close
      </div>
    </Modal>
  );
}

function Option({
  id,
  item,
  isChosen,
  onChoose,
  onHover,
}: {
  id: string;
  item: Item;
  isChosen: boolean;
  onChoose: () => void;
  onHover: () => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    // The keyboard is the combobox's: it keeps the focus and says which option is active.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-disabled={!item.to && !item.run}
      tabIndex={-1}
      className={css.option}
      onClick={onChoose}
      onMouseMove={onHover}
    >
      <item.icon size={16} stroke={1.7} aria-hidden />
      <span className={`${css.title} cut`}>{item.title}</span>
      {item.more && <span className={`${css.more} cut dim`}>{item.more}</span>}
    </div>
  );
}

/** What is offered for a text, by heading; headings without anything are left out. */
function useGroups(typed: string, found: Item[] = NONE): [string, Item[]][] {
  const dashboards = useDashboards();
  const commands = useCommands();
  const [recent] = useState(recentItems);
  return useMemo(() => {
    const fitting = (items: Item[]) =>
      items
        .map((item) => ({ item, rank: fit(typed, item.title, item.more) }))
        .filter(({ rank }) => rank > 0)
        .sort((a, b) => b.rank - a.rank)
        .map(({ item }) => item);
    const groups: [string, Item[]][] = [
      ["Recent", typed ? [] : recent],
      ["Found", found],
      ["Go to", fitting(pageItems())],
      ["Dashboards", typed ? fitting(dashboards) : []],
      ["Do", typed ? fitting(commands) : []],
      ["Search", typed.length >= 2 && !idsIn(typed).trace ? [searchFor(typed)] : []],
    ];
    return groups.filter(([, items]) => items.length > 0);
  }, [typed, found, dashboards, commands, recent]);
}

function pageItems(): Item[] {
  return PAGES.filter((page) => !page.path.includes(":")).map((page) => ({
    id: `page ${page.path}`,
    title: page.title,
    more: page.key ? shownKeys(`g ${page.key}`) : page.path.startsWith("/settings/") ? "settings" : undefined,
    icon: page.icon ?? (page.path.startsWith("/settings") ? IconSettings : IconFile),
    to: page.path,
  }));
}

function useCommands(): Item[] {
  const { setColorScheme } = useMantineColorScheme();
  const zone = useZone();
  return useMemo<Item[]>(
    () => [
      { id: "dark", title: "Dark colours", icon: IconMoon, run: () => setColorScheme("dark") },
      { id: "light", title: "Light colours", icon: IconSun, run: () => setColorScheme("light") },
      { id: "auto", title: "Colours by system", icon: IconSun, run: () => setColorScheme("auto") },
      zone === "UTC"
        ? { id: "zone", title: "Show times in local time", icon: IconWorld, run: () => setZone("local") }
        : { id: "zone", title: "Show times in UTC", icon: IconWorld, run: () => setZone("UTC") },
      {
        id: "shortcuts",
        title: "Keyboard shortcuts",
        icon: IconKeyboard,
        more: "?",
        run: () => openOverlay("shortcuts"),
      },
    ],
    [setColorScheme, zone],
  );
}
