import { Group, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import type { Incident } from "./words";
import css from "./incidents.module.css";

type Line = Schemas["TimelineLine"];

/** What happened, in order of time, and a place to write down more. */
export function Timeline({ incident }: { incident: Incident }) {
  const [text, setText] = useState("");
  const note = useChange(
    async (said: string) =>
      (
        await api.POST("/api/v1/incidents/{incident_id}/notes", {
          params: { path: { incident_id: incident.id } },
          body: { text: said },
        })
      ).data!,
    { touches: ["/api/v1/incidents"], done: "It stands in the timeline", then: () => setText("") },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) note.mutate(text.trim());
  };
  return (
    <Panel title="Timeline">
      <Lines of={incident.timeline} isKept />
      <form className={css.note} onSubmit={submit}>
        <Textarea
          label="Note"
          placeholder="What you see, what you did, what you will try"
          autosize
          minRows={2}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {note.error && <Failed error={note.error} />}
        <Group justify="flex-end">
          <AdminButton type="submit" variant="default" disabled={!text.trim()} loading={note.isPending}>
            Add the note
          </AdminButton>
        </Group>
      </form>
    </Panel>
  );
}

/** What happened, in order of time. isKept: whether findings have pages of their own. */
export function Lines({ of, isKept = false }: { of: Line[]; isKept?: boolean }) {
  return (
    <ol className={css.list}>
      {of.map((line, index) => (
        <li key={`${line.time} ${index}`} className={css.line}>
          <Time at={line.time} />
          <span>
            <Tag tone={line.kind === "note" ? "accent" : "plain"}>{line.kind}</Tag>
          </span>
          <Said line={line} isKept={isKept} />
        </li>
      ))}
    </ol>
  );
}

function Said({ line, isKept }: { line: Line; isKept: boolean }) {
  const isOther = line.kind === "merge" || line.kind === "split";
  const to = isOther ? links.incident(line.ref) : isKept && line.kind === "finding" ? links.finding(line.ref) : "";
  return (
    <span>
      {to && line.ref ? (
        <Link className="link" to={to}>
          {line.text}
        </Link>
      ) : (
        <span style={{ whiteSpace: "pre-wrap" }}>{line.text}</span>
      )}
      {line.author && <span className="dim"> {line.author}</span>}
    </span>
  );
}
