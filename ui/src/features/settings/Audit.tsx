import { Button, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Json } from "@/design/Code";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { useMe } from "@/api/me";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Entry = Schemas["AuditAnswer"];
const NOUNS = ["project", "key", "price", "retention", "mapping", "reprice", "dashboard", "view", "dataset"];

/** Who changed what, newest first. Nobody can change it. */
export default function Audit() {
  const me = useMe();
  const isAdmin = me.data?.rights.includes("admin") ?? false;
  const [noun, setNoun] = useParam("noun");
  const [open, setOpen] = useState<number | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ["/api/v1/audit", noun],
    queryFn: ({ pageParam, signal }) =>
      get("/api/v1/audit", { query: { noun, cursor: pageParam, limit: 100 } }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    enabled: isAdmin,
  });
  if (me.data && !isAdmin)
    return <Empty title="Only keys with the right “admin” see the audit log">You are {me.data.who}.</Empty>;
  return (
    <>
      <p className={css.lead}>
        Every change of configuration, with who made it and what it was before. Entries cannot be changed or deleted.
      </p>
      <Panel
        title="Audit log"
        flush
        actions={
          <Select
            aria-label="Kind of thing"
            placeholder="everything"
            data={NOUNS}
            value={noun || null}
            onChange={(value) => setNoun(value)}
            clearable
            w={150}
          />
        }
      >
        <Async
          of={pages}
          isEmpty={(data) => data.pages.every((page) => page.items.length === 0)}
          empty={<Empty title="No changes yet">Changes of settings appear here.</Empty>}
        >
          {(data) => (
            <>
              <Rows
                label="Audit log"
                rows={data.pages.flatMap((page) => page.items)}
                keyOf={(entry) => String(entry.id)}
                columns={[
                  { title: "When", width: "130px", cell: (entry) => <Time at={entry.time} /> },
                  { title: "Who", cell: (entry) => <Long text={entry.actor} /> },
                  {
                    title: "Did",
                    cell: (entry) => (
                      <>
                        <Tag tone={entry.action === "delete" || entry.action === "revoke" ? "warn" : "plain"}>
                          {entry.action}
                        </Tag>{" "}
                        {entry.noun}
                      </>
                    ),
                  },
                  { title: "What", cell: (entry) => <Long text={nameOf(entry)} /> },
                  {
                    title: "Project",
                    cell: (entry) => (entry.project ? <Long text={entry.project} /> : <span className="dim">all</span>),
                  },
                  {
                    title: "Changed",
                    cell: (entry) => (
                      <Difference
                        entry={entry}
                        isOpen={open === entry.id}
                        onToggle={() => setOpen(open === entry.id ? null : entry.id)}
                      />
                    ),
                  },
                ]}
              />
              {pages.hasNextPage && (
                <div style={{ padding: 10, textAlign: "center" }}>
                  <Button
                    variant="default"
                    loading={pages.isFetchingNextPage}
                    onClick={() => void pages.fetchNextPage()}
                  >
                    Older changes
                  </Button>
                </div>
              )}
            </>
          )}
        </Async>
      </Panel>
    </>
  );
}

function nameOf(entry: Entry): string {
  const name = (entry.after ?? entry.before)?.name;
  return typeof name === "string" ? name : entry.noun_id;
}

/** The fields that differ. */
function changedFields(entry: Entry): string[] {
  const before: Record<string, unknown> = entry.before ?? {};
  const after: Record<string, unknown> = entry.after ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
}

function Difference({ entry, isOpen, onToggle }: { entry: Entry; isOpen: boolean; onToggle: () => void }) {
  const fields = changedFields(entry);
  const words = !entry.before ? "made" : !entry.after ? "gone" : fields.join(", ") || "nothing";
  return (
    <div style={{ minWidth: 120 }}>
      <button
        type="button"
        className="link"
        style={{ background: "none", border: 0, padding: 0, font: "inherit", cursor: "pointer", textAlign: "left" }}
        onClick={onToggle}
        aria-expanded={isOpen}
      >
        {words}
      </button>
      {isOpen && (
        <div style={{ width: "min(420px, 70vw)", marginTop: 6 }}>
          <Json
            label="change"
            maxHeight={260}
            value={Object.fromEntries(
              fields.map((name) => [
                name,
                {
                  before: (entry.before as Record<string, unknown> | null)?.[name],
                  after: (entry.after as Record<string, unknown> | null)?.[name],
                },
              ]),
            )}
          />
        </div>
      )}
    </div>
  );
}
