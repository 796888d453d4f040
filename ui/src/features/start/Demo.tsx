import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Tag } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";

/** Says how much of the project is demo data, and takes it away. Nothing is drawn when there is none. */
export function Demo() {
  const demo = useGet("/api/v1/demo");
  const [isAsked, setAsked] = useState(false);
  const remove = useChange(
    async () => {
      const { data } = await api.DELETE("/api/v1/demo");
      return data!;
    },
    // Everything that was shown may have been made of it.
    {
      touches: [""],
      done: (answer) => `${count(answer.removed.spans ?? 0)} demo spans are gone`,
      then: () => setAsked(false),
    },
  );
  if (!demo.data?.spans) return null;
  return (
    <Panel
      title="Demo data"
      about={demo.data.live ? <Tag tone="accent">still coming</Tag> : undefined}
      actions={
        <AdminButton variant="default" onClick={() => setAsked(true)}>
          Remove demo data
        </AdminButton>
      }
    >
      {count(demo.data.spans)} spans of this project belong to a simulated company: they carry the flag{" "}
      <code>demo</code>.{demo.data.other_spans > 0 && ` The other ${count(demo.data.other_spans)} are yours.`}
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title="Remove demo data?"
        verb="Remove"
        onConfirm={() => remove.mutate(undefined)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        {count(demo.data.spans, true)} spans with their scores, logs and metrics are deleted from the project “
        {demo.data.project}”, and nothing else. The simulation stops sending. <code>nervure demo</code> brings it back.
        {remove.isPending && <p role="status">Deleting: with much data this takes a minute or two.</p>}
      </Confirm>
    </Panel>
  );
}
