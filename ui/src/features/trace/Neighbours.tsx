import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { useShortcuts } from "@/app/shortcuts";
import { links } from "@/lib/links";

/** A list that leads here says so in the history's state: `<Link to={links.trace(id)} state={{ list: ids }}>`. */
function listOf(state: unknown): string[] {
  const list = state !== null && typeof state === "object" && "list" in state ? state.list : null;
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
}

/** The traces before and after this one in the list one came from. */
export function Neighbours({ traceId }: { traceId: string }) {
  const { state } = useLocation();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const given = useMemo(() => listOf(state), [state]);
  // Choosing a span adds an entry to the history that has no state: the list holds as long as the page is open.
  const [list, setList] = useState(given);
  if (given.length && given !== list) setList(given);
  const at = list.indexOf(traceId);
  const tab = params.get("tab") ?? undefined;
  const shortcuts = useMemo(() => {
    if (at < 0) return [];
    const go = (by: number) => {
      const id = list[at + by];
      if (id) void navigate(links.trace(id, undefined, tab), { state: { list }, replace: true });
    };
    return [
      { keys: "j", does: "Next trace of the list", where: "Trace", run: () => go(1) },
      { keys: "k", does: "Previous trace of the list", where: "Trace", run: () => go(-1) },
    ];
  }, [at, list, navigate, tab]);
  useShortcuts(shortcuts);
  if (at < 0) return null;
  return (
    <span style={{ display: "inline-flex", alignItems: "center" }} className="dim num">
      {at + 1} / {list.length}
      <Tooltip label="Previous (k)">
        <ActionIcon aria-label="Previous trace of the list" disabled={at === 0} onClick={() => shortcuts[1]?.run()}>
          <IconChevronUp size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Next (j)">
        <ActionIcon
          aria-label="Next trace of the list"
          disabled={at === list.length - 1}
          onClick={() => shortcuts[0]?.run()}
        >
          <IconChevronDown size={16} />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
