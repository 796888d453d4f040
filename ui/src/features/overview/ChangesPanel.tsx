import { ActionIcon, Anchor, Button, Popover, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { changeTitle, changeWhere, type Change, type useChanges } from "@/api/changes";
import { api } from "@/api/client";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { useKeepRange } from "@/lib/address";
import { links } from "@/lib/links";
import { RecordChange } from "./RecordChange";
import css from "./overview.module.css";

const SHOWN = 8;

/** Recent changes, newest first, and a way to tell of one. */
export function ChangesPanel({ changes, chosen }: { changes: ReturnType<typeof useChanges>; chosen: string }) {
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(false);
  return (
    <Panel
      title="Changes"
      about="recorded, and found in the data"
      actions={
        <Button variant="default" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setOpen(true)}>
          Record a change
        </Button>
      }
    >
      <Async
        of={changes}
        height={120}
        isEmpty={(list) => list.items.length === 0}
        empty={
          <Empty title="No changes in this time">
            New releases, models, prompts, services and tools are found in the data. What the data cannot show, such as
            a new routing rule, is recorded by POST /api/v1/changes, or here.
          </Empty>
        }
      >
        {(list) => {
          const isAll = isWhole || list.items.findIndex((change) => change.id === chosen) >= SHOWN;
          return (
            <>
              <ul className={css.changes}>
                {(isAll ? list.items : list.items.slice(0, SHOWN)).map((change) => (
                  <ChangeLine key={change.id} change={change} isChosen={change.id === chosen} />
                ))}
              </ul>
              {list.items.length > SHOWN && (
                <Button variant="subtle" size="compact-xs" mt={6} onClick={() => setWhole(!isAll)}>
                  {isAll ? "Show fewer" : `Show all ${list.items.length}${list.complete ? "" : " newest"}`}
                </Button>
              )}
            </>
          );
        }}
      </Async>
      <RecordChange opened={isOpen} onClose={() => setOpen(false)} />
    </Panel>
  );
}

function ChangeLine({ change, isChosen }: { change: Change; isChosen: boolean }) {
  const keep = useKeepRange();
  const where = changeWhere(change);
  return (
    <li className={css.change} id={`change-${change.id}`} data-chosen={isChosen || undefined}>
      <Time at={change.time} />
      <span>
        <Tag tone={change.kind === "error" ? "bad" : "plain"}>{change.kind}</Tag>
      </span>
      <span className={css.changeText}>
        {where ? (
          <Link className="plain-link" to={links.traces({ ...keep, where, level: "spans" })}>
            {changeTitle(change)}
          </Link>
        ) : (
          changeTitle(change)
        )}
        {change.kind === "error" && change.scope.service && <span className="dim"> in {change.scope.service}</span>}
        {change.note && <span className="dim"> {change.note}</span>}
        {change.url && (
          <>
            {" "}
            <Anchor href={change.url} target="_blank" rel="noreferrer" className="link" fz="inherit">
              more
            </Anchor>
          </>
        )}
      </span>
      {change.source === "found" ? (
        <Tooltip label="The first time this value was seen; nobody recorded it.">
          <span className="dim">found</span>
        </Tooltip>
      ) : (
        <Forget change={change} />
      )}
    </li>
  );
}

function Forget({ change }: { change: Change }) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const forget = async () => {
    setAsking(false);
    try {
      await api.DELETE("/api/v1/changes/{change_id}", { params: { path: { change_id: change.id } } });
      await client.invalidateQueries({ queryKey: ["/api/v1/changes"] });
    } catch (error) {
      notifications.show({ color: "red", title: "Not forgotten", message: (error as Error).message });
    }
  };
  return (
    <Popover opened={isAsking} onChange={setAsking} position="left" withArrow trapFocus>
      <Popover.Target>
        <ActionIcon
          size="sm"
          aria-label={`Forget ${changeTitle(change)}`}
          title={change.author ? `Recorded by ${change.author}` : "Recorded"}
          onClick={() => setAsking(true)}
        >
          <IconTrash size={14} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Button color="red" onClick={() => void forget()}>
          Forget this change
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
