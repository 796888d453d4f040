import { Alert, Anchor, Button, Group, Tabs } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, Problem } from "@/api/client";
import { useGet } from "@/api/hooks";
import { Failed, Loading } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { useChange } from "@/api/change";
import { useActivate } from "./mapping";
import { MappingTrial } from "./MappingTrial";
import { AdminButton } from "@/design/AdminButton";
import { Remaps } from "./Remaps";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";
import { EXAMPLE, lineOfMistake, nameIn } from "./toml";

const TomlEditor = lazy(() => import("./TomlEditor"));

/** One mapping: its text, a trial on a stored span, its versions, history. name: null for a new one. */
export function MappingPage({ name }: { name: string | null }) {
  const versions = useGet("/api/v1/mappings/{name}", { path: { name: name ?? "" } }, { enabled: name !== null });
  if (name !== null && versions.error) return <Failed error={versions.error} again={versions.refetch} />;
  if (name !== null && !versions.data) return <Loading />;
  const items = versions.data?.items ?? [];
  const current = items.find((one) => one.active) ?? items[0];
  return <Opened name={name} kept={current?.text ?? ""} versions={items} />;
}

function Opened({
  name,
  kept,
  versions,
}: {
  name: string | null;
  kept: string;
  versions: { version: number; text: string; active: boolean; author: string; created: string }[];
}) {
  const [text, setText] = useState(kept || EXAMPLE);
  const [tab, setTab] = useParam("tab", "try");
  const [problem, setProblem] = useState<Error | null>(null);
  const go = useNavigate();
  const activate = useActivate();
  const target = name ?? nameIn(text);
  const save = useChange(
    async () => api.PUT("/api/v1/mappings/{name}", { params: { path: { name: target } }, body: { text } }),
    {
      touches: ["/api/v1/mappings", "/api/v1/audit"],
      done: `“${target}” is kept and in force within seconds`,
      then: () => {
        setProblem(null);
        if (name === null) void go(`${links.settings("mappings")}/${encodeURIComponent(target)}`, { replace: true });
      },
    },
  );
  const trySave = () => save.mutate(undefined, { onError: setProblem });
  const isMistake = problem instanceof Problem && problem.code === "mapping_error";
  const mistake = isMistake ? { line: lineOfMistake(text, problem.message), message: problem.message } : null;
  return (
    <>
      <Group gap={10}>
        <Anchor component={Link} to={links.settings("mappings")} size="sm" aria-label="All mappings">
          <IconArrowLeft size={15} style={{ verticalAlign: "-2px" }} /> Mappings
        </Anchor>
        <b>{name ?? "New mapping"}</b>
        {text !== (kept || EXAMPLE) && <Tag tone="warn">not saved</Tag>}
        <Group ml="auto" gap={6}>
          <Button variant="default" disabled={text === (kept || EXAMPLE)} onClick={() => setText(kept || EXAMPLE)}>
            Undo changes
          </Button>
          <AdminButton
            onClick={trySave}
            loading={save.isPending}
            disabled={!target || (name !== null && text === kept)}
          >
            Save and put in force
          </AdminButton>
        </Group>
      </Group>
      <Suspense fallback={<Loading height={260} />}>
        <TomlEditor
          label="Text of the mapping"
          text={text}
          onChange={(next) => {
            setText(next);
            setProblem(null);
          }}
          mistake={mistake}
          onSave={trySave}
        />
      </Suspense>
      {problem && (
        <Alert
          color="red"
          variant="light"
          role="alert"
          title={mistake ? `Line ${mistake.line + 1}` : "That did not work"}
          styles={{ title: { color: "var(--bad)" } }}
        >
          {problem.message}
        </Alert>
      )}
      <Tabs value={tab} onChange={(next) => setTab(next)} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="try">Try on a span</Tabs.Tab>
          {name !== null && <Tabs.Tab value="versions">Versions</Tabs.Tab>}
          <Tabs.Tab value="history">Re-apply to history</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="try" pt="md">
          <MappingTrial name={name ?? ""} text={text} onProblem={setProblem} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <Remaps draft={text === kept ? "" : text} />
        </Tabs.Panel>
        <Tabs.Panel value="versions" pt="md">
          <Panel flush>
            <Rows
              label="Versions"
              rows={versions}
              keyOf={(one) => String(one.version)}
              columns={[
                { title: "Version", isNumber: true, width: "80px", cell: (one) => one.version },
                { title: "State", cell: (one) => one.active && <Tag tone="accent">in force</Tag> },
                { title: "By", cell: (one) => one.author },
                { title: "Written", cell: (one) => <Time at={one.created} /> },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <div className={css.actions}>
                      <Button variant="default" size="compact-xs" onClick={() => setText(one.text)}>
                        Show its text
                      </Button>
                      <AdminButton
                        variant="default"
                        size="compact-xs"
                        onClick={() => name && activate.mutate({ name, version: one.active ? null : one.version })}
                      >
                        {one.active ? "Turn off" : "Put in force"}
                      </AdminButton>
                    </div>
                  ),
                },
              ]}
            />
          </Panel>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
