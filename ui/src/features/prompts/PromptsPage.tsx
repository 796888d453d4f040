import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useKeepRange, useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { NewVersion } from "./NewVersion";
import { Labels } from "./Labels";
import css from "./prompts.module.css";

const MOST = 200;

/** Every prompt of the project with where its labels stand. */
export default function PromptsPage() {
  const [text, setText] = useParam("search");
  const [isMaking, setMaking] = useState(false);
  const prompts = useGet("/api/v1/prompts", { query: { search: text, limit: MOST } }, { keep: true });
  const go = useNavigate();
  const keep = useKeepRange();
  return (
    <PageFrame
      title="Prompts"
      actions={
        <>
          <TextInput
            aria-label="Search prompts"
            placeholder="Search"
            leftSection={<IconSearch size={14} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value, { replace: true })}
          />
          <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
            New prompt
          </AdminButton>
        </>
      }
    >
      <Async
        of={prompts}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={
          text ? (
            <Empty title={`No prompt is called “${text}”`}>
              <Button variant="default" onClick={() => setText(null)}>
                Show all
              </Button>
            </Empty>
          ) : (
            <Empty title="No prompts yet">
              Keep prompts here with versions and labels, fetch them with <code>nervure.prompt(&quot;name&quot;)</code>,
              and see what each version did. Langfuse&apos;s, LangSmith&apos;s and Opik&apos;s own calls work, too.
            </Empty>
          )
        }
      >
        {({ items, next_cursor }) => (
          <Panel flush>
            <Rows
              label="Prompts"
              rows={items}
              keyOf={(prompt) => prompt.id}
              columns={[
                {
                  title: "Name",
                  cell: (prompt) => (
                    <>
                      <Link to={links.prompt(prompt.name)}>
                        <b>{prompt.name}</b>
                      </Link>
                      {prompt.description && <Long text={prompt.description} className={css.about} />}
                    </>
                  ),
                },
                { title: "Type", cell: (prompt) => prompt.type },
                { title: "Newest", isNumber: true, cell: (prompt) => `v${prompt.latest}` },
                { title: "Labels", cell: (prompt) => <Labels of={prompt} /> },
                {
                  title: "Tags",
                  cell: (prompt) => prompt.tags.map((tag) => <Tag key={tag}>{tag}</Tag>),
                },
                { title: "Changed", cell: (prompt) => <Time at={prompt.changed} relative /> },
                {
                  title: "What it did",
                  isHidden: true,
                  cell: (prompt) => (
                    <Link
                      to={links.traces({
                        ...keep,
                        level: "spans",
                        where: `prompt_name = ${JSON.stringify(prompt.name)}`,
                      })}
                    >
                      Calls
                    </Link>
                  ),
                },
              ]}
            />
            {next_cursor && <p className={css.note}>These are {MOST}: search for others.</p>}
          </Panel>
        )}
      </Async>
      {isMaking && <NewVersion onClose={() => setMaking(false)} onMade={(made) => void go(links.prompt(made.name))} />}
    </PageFrame>
  );
}
