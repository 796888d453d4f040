/** What the palette offers. */

import {
  IconClock,
  IconLayoutDashboard,
  IconMessages,
  IconPoint,
  IconSearch,
  IconServer,
  IconTimeline,
  IconUser,
  type Icon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Problem } from "@/api/client";
import { get } from "@/api/hooks";
import { count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { equals, literal } from "@/lib/query";
import { ago } from "@/lib/time";
import { idsIn } from "./ids";

export interface Item {
  id: string;
  title: string;
  /** At the right, dim. */
  more?: string;
  icon: Icon;
  /** Where it leads, or what it does. */
  to?: string;
  run?: () => void;
  /** Not to be remembered among the recent ones. */
  isFleeting?: boolean;
}

const SINCE = "-7d";
const EACH = 4;

function spans(number: number): string {
  return `${count(number)} ${number === 1 ? "span" : "spans"}`;
}

/** What the server knows of what is typed. */
export function useFound(text: string) {
  const typed = text.trim();
  return useQuery({
    queryKey: ["palette", typed],
    queryFn: ({ signal }) => find(typed, signal),
    enabled: typed.length >= 2,
    staleTime: 30_000,
  });
}

async function find(typed: string, signal: AbortSignal): Promise<Item[]> {
  const ids = idsIn(typed);
  if (ids.trace || ids.span) {
    const [trace, span, rest] = await Promise.all([
      ids.trace ? findTrace(ids.trace, ids.span, signal) : null,
      ids.span && !ids.trace ? findSpan(ids.span, signal) : null,
      findNames(typed, signal),
    ]);
    return [trace, span, ...rest].filter((item) => item !== null);
  }
  return findNames(typed, signal);
}

async function findTrace(id: string, span: string | undefined, signal: AbortSignal): Promise<Item> {
  try {
    const trace = await get(
      "/api/v1/traces/{trace_id}",
      { path: { trace_id: id }, query: { limit: 1, content: false } },
      signal,
    );
    return {
      id: `trace ${id}`,
      title: `${trace.name || "Trace"} ${span ? `· span ${span}` : ""}`,
      more: `${spans(trace.span_count)}, ${duration(trace.duration_ms)}, ${ago(trace.start)}`,
      icon: IconTimeline,
      to: links.trace(id, span),
    };
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    return {
      id: `trace ${id}`,
      title: `There is no trace ${id} in this project`,
      icon: IconTimeline,
      isFleeting: true,
    };
  }
}

async function findSpan(id: string, signal: AbortSignal): Promise<Item> {
  const { items } = await get("/api/v1/spans", { query: { where: equals("span_id", id), limit: 1 } }, signal);
  const span = items[0];
  if (!span)
    return { id: `span ${id}`, title: `There is no span ${id} in this project`, icon: IconPoint, isFleeting: true };
  return {
    id: `span ${id}`,
    title: span.name,
    more: `span of ${span.service || "no service"}, ${ago(span.start)}`,
    icon: IconPoint,
    to: links.trace(span.trace_id, id),
  };
}

interface Kind {
  field: string;
  word: string;
  icon: Icon;
  to: (value: string) => string;
}

const KINDS: Kind[] = [
  {
    field: "service",
    word: "service",
    icon: IconServer,
    to: (value) => links.traces({ where: equals("service", value), from: SINCE }),
  },
  { field: "session", word: "session", icon: IconMessages, to: links.session },
  { field: "user", word: "user", icon: IconUser, to: links.user },
  {
    field: "model",
    word: "model",
    icon: IconPoint,
    to: (value) => links.traces({ where: equals("model", value), from: SINCE, level: "spans" }),
  },
];

async function findNames(typed: string, signal: AbortSignal): Promise<Item[]> {
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const { items } = await get(
        "/api/v1/values",
        { query: { field: kind.field, prefix: typed, from: SINCE, limit: EACH } },
        signal,
      );
      return items
        .filter((one) => one.value)
        .map(({ value, count: times }): Item => ({
          id: `${kind.word} ${String(value)}`,
          title: String(value),
          more: `${kind.word}, ${spans(times)}`,
          icon: kind.icon,
          to: kind.to(String(value)),
        }));
    }),
  );
  return found.flat();
}

/** Looks for the typed words in prompts and answers. */
export function searchFor(typed: string): Item {
  const words = literal(typed.trim());
  return {
    id: "search",
    title: `Search prompts and answers for “${typed.trim()}”`,
    icon: IconSearch,
    to: links.traces({ where: `input contains ${words} or output contains ${words}`, from: SINCE, level: "spans" }),
    isFleeting: true,
  };
}

export function useDashboards(): Item[] {
  const dashboards = useQuery({
    queryKey: ["palette", "dashboards"],
    queryFn: ({ signal }) => get("/api/v1/dashboards", {}, signal),
    staleTime: 60_000,
  });
  return (dashboards.data?.items ?? []).map((dashboard) => ({
    id: `dashboard ${dashboard.id}`,
    title: dashboard.name,
    more: "dashboard",
    icon: IconLayoutDashboard,
    to: links.dashboard(dashboard.id),
  }));
}

const RECENT = "nervure.recent";
const MOST_RECENT = 6;

type Kept = Pick<Item, "id" | "title" | "more" | "to">;

/** What was chosen here last, on this computer. */
export function recentItems(): Item[] {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) ?? "[]") as Kept[];
    return kept.map((one) => ({ ...one, icon: IconClock }));
  } catch {
    // Somebody else wrote there; what is recent can be forgotten.
    localStorage.removeItem(RECENT);
    return [];
  }
}

export function remember(item: Item): void {
  if (!item.to || item.isFleeting) return;
  const kept: Kept = { id: item.id, title: item.title, more: item.more, to: item.to };
  const others = recentItems().filter((one) => one.id !== item.id);
  localStorage.setItem(
    RECENT,
    JSON.stringify([kept, ...others].slice(0, MOST_RECENT).map(({ id, title, more, to }) => ({ id, title, more, to }))),
  );
}
