import { ActionIcon, Alert, Button, FileButton, Menu, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCopy, IconDots, IconPlus, IconSearch, IconTrash, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useGet } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { PageFrame } from "@/design/PageFrame";
import { useKeepRange, useParam } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { useCreate, useDuplicate, useRemove, type Summary } from "./change";
import { Confirm } from "./Confirm";
import css from "./dashboards.module.css";

const LARGEST_FILE = 2_000_000;

/** All dashboards: the project's own, then those that come with Nervure. */
export default function DashboardsPage() {
  const [text, setText] = useParam("search");
  const dashboards = useGet("/api/v1/dashboards");
  const create = useCreate();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Error | null>(null);
  const open = (id: string, isNew = false) => void navigate(links.dashboard(id) + (isNew ? "?edit=1" : ""));
  const begin = () =>
    create.mutate({ name: "New dashboard" }, { onSuccess: ({ id }) => open(id, true), onError: setProblem });
  const take = async (file: File | null) => {
    if (!file) return;
    setProblem(null);
    try {
      const made = await create.mutateAsync(await readFile(file));
      notifications.show({ message: `Imported ${made.name}` });
      open(made.id);
    } catch (error) {
      setProblem(error as Error);
    }
  };
  return (
    <PageFrame
      title="Dashboards"
      actions={
        <>
          <TextInput
            aria-label="Search dashboards"
            placeholder="Search"
            leftSection={<IconSearch size={14} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value, { replace: true })}
          />
          <FileButton
            accept="application/json,.json"
            onChange={(file) => void take(file)}
            inputProps={{ "aria-label": "Dashboard file" }}
          >
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconUpload size={15} />}>
                Import
              </Button>
            )}
          </FileButton>
          <Button leftSection={<IconPlus size={15} />} onClick={begin} loading={create.isPending}>
            New dashboard
          </Button>
        </>
      }
    >
      {problem && <Failed error={problem} />}
      <Async of={dashboards} height={240}>
        {({ items }) => <Lists items={items} text={text} onBegin={begin} onProblem={setProblem} />}
      </Async>
    </PageFrame>
  );
}

interface ListsProps {
  items: Summary[];
  text: string;
  onBegin: () => void;
  onProblem: (error: Error) => void;
}

function Lists({ items, text, onBegin, onProblem }: ListsProps) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((one) =>
    words.every((word) => `${one.name} ${one.description}`.toLowerCase().includes(word)),
  );
  const own = found.filter((one) => !one.shipped);
  const shipped = found.filter((one) => one.shipped);
  if (found.length === 0)
    return <Empty title={`No dashboard is called “${text}”`}>Search looks at names and descriptions.</Empty>;
  return (
    <>
      {(own.length > 0 || words.length === 0) && (
        <section aria-labelledby="own">
          <h2 className={css.section} id="own">
            Of this project
          </h2>
          {own.length > 0 ? (
            <Cards items={own} onProblem={onProblem} />
          ) : (
            <Alert role="note" variant="default" styles={{ message: { color: "var(--mantine-color-dimmed)" } }}>
              None yet. Duplicate one of those below and change it, or{" "}
              <button type="button" className={`link ${css.words}`} onClick={onBegin}>
                begin an empty one
              </button>
              .
            </Alert>
          )}
        </section>
      )}
      {shipped.length > 0 && (
        <section aria-labelledby="shipped">
          <h2 className={css.section} id="shipped">
            Come with Nervure
          </h2>
          <Cards items={shipped} onProblem={onProblem} />
        </section>
      )}
    </>
  );
}

function Cards({ items, onProblem }: { items: Summary[]; onProblem: (error: Error) => void }) {
  const keep = useKeepRange();
  const search = new URLSearchParams(
    Object.entries(keep).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  return (
    <ul className={css.list}>
      {items.map((one) => (
        <li key={one.id} className={css.item}>
          <Link className={css.itemName} to={{ pathname: links.dashboard(one.id), search: search.toString() }}>
            {one.name}
          </Link>
          <span className="dim">{one.description}</span>
          <span className={`${css.itemFoot} dim`}>
            {count(one.widget_count)} widgets
            {one.changed && (
              <>
                {" · "}changed <Time at={one.changed} />
              </>
            )}
            {one.author && !one.shipped && one.author !== "local" && ` by ${one.author}`}
          </span>
          <CardMenu dashboard={one} onProblem={onProblem} />
        </li>
      ))}
    </ul>
  );
}

function CardMenu({ dashboard, onProblem }: { dashboard: Summary; onProblem: (error: Error) => void }) {
  const duplicate = useDuplicate();
  const remove = useRemove();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  return (
    <div className={css.itemMenu}>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size="sm" aria-label={`What can be done with ${dashboard.name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconCopy size={15} />}
            onClick={() =>
              duplicate.mutate(
                { id: dashboard.id },
                { onSuccess: ({ id }) => void navigate(links.dashboard(id)), onError: onProblem },
              )
            }
          >
            Duplicate
          </Menu.Item>
          {!dashboard.shipped && (
            <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => setAsking(true)}>
              Delete
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isAsking && (
        <Confirm
          title={`Delete ${dashboard.name}?`}
          act="Delete"
          onClose={() => setAsking(false)}
          onAct={() => remove.mutate(dashboard.id, { onError: onProblem })}
        >
          It is gone for everybody in this project. The audit log keeps what it was.
        </Confirm>
      )}
    </div>
  );
}

/** What a file holds. Throws Error with words for a person. */
async function readFile(file: File): Promise<{ name: string }> {
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} is too large to be a dashboard.`);
  let read: unknown;
  try {
    read = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(`${file.name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!read || typeof read !== "object" || !("name" in read) || !("spec" in read)) {
    throw new Error(`${file.name} is no dashboard of Nervure: it has no name and spec. Export one to see the form.`);
  }
  return read as { name: string };
}
