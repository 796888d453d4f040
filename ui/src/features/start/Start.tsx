import { Alert, Select } from "@mantine/core";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { useMe } from "@/api/me";
import { Code } from "@/design/Code";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { Demo } from "./Demo";
import { Feedback } from "./Feedback";
import { MakeKey } from "./MakeKey";
import { GROUPS, SNIPPETS } from "./registry";
import type { Snippet, Target } from "./snippet";
import css from "./Start.module.css";
import { Support } from "./Support";
import { Waiting } from "./Waiting";

/** The address SDKs send to: while developing, the page itself comes from elsewhere. */
function addressOf(port: number | undefined): string {
  return import.meta.env.DEV && port ? `http://127.0.0.1:${port}` : location.origin;
}

/** Points an SDK here and waits for its first telemetry. */
export default function Start() {
  const [chosen, choose] = useParam("sdk", SNIPPETS[0]!.id);
  const [key, setKey] = useState("");
  const me = useMe();
  const status = useGet("/api/v1/status", {}, { staleTime: 60_000 });
  const snippet = SNIPPETS.find((one) => one.id === chosen) ?? SNIPPETS[0]!;
  const needsKey = me.data?.auth ?? false;
  const isOther = me.data !== undefined && me.data.project !== me.data.default_project;
  const to: Target = {
    http: addressOf(status.data?.listening.http_port),
    key: needsKey ? key || "YOUR_KEY" : "",
    project: isOther ? (me.data?.project ?? "") : "",
  };
  return (
    <PageFrame title="Get started" about="Point an SDK here, and see what it says">
      <div className={css.split}>
        <Picker chosen={snippet.id} onChoose={choose} />
        <div className={css.content}>
          <Panel title={snippet.name} about={snippet.about}>
            {status.data?.listening.loopback && !["127.0.0.1", "localhost", "[::1]"].includes(location.hostname) ? (
              <Alert role="note" color="yellow" variant="light" mb="sm">
                The server listens on its own machine only; a program elsewhere cannot reach it.
              </Alert>
            ) : null}
            {needsKey && <MakeKey name={snippet.id} project={me.data?.project ?? ""} secret={key} onMade={setKey} />}
            <Steps snippet={snippet} to={to} />
          </Panel>
          <Waiting hint={snippet.content} />
          <Support client={snippet.client} />
          <Feedback to={to} />
          <Demo />
        </div>
      </div>
    </PageFrame>
  );
}

function Picker({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  return (
    <>
      <Select
        className={css.narrow}
        aria-label="SDK"
        data={GROUPS.map((group) => ({
          group,
          items: SNIPPETS.filter((one) => one.group === group).map((one) => ({ value: one.id, label: one.name })),
        }))}
        value={chosen}
        onChange={(id) => id && onChoose(id)}
        allowDeselect={false}
        searchable
      />
      <nav className={css.picker} aria-label="SDKs">
        {GROUPS.map((group) => (
          <div key={group} role="group" aria-label={group}>
            <div className={css.group}>{group}</div>
            {SNIPPETS.filter((one) => one.group === group).map((one) => (
              <button
                key={one.id}
                type="button"
                className={css.item}
                aria-current={one.id === chosen || undefined}
                onClick={() => onChoose(one.id)}
              >
                {one.name}
              </button>
            ))}
          </div>
        ))}
      </nav>
    </>
  );
}

function Steps({ snippet, to }: { snippet: Snippet; to: Target }) {
  return (
    <ol className={css.steps}>
      {snippet.steps(to).map((step) => (
        <li key={step.title}>
          <div className={css.title}>{step.title}</div>
          <Code text={step.code} label={step.title} />
        </li>
      ))}
    </ol>
  );
}
