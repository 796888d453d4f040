import { Button, Group, Modal, Select, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Link } from "@/design/Link";
import { count } from "@/lib/format";
import { links } from "@/lib/links";

interface Props {
  /** What they are in words, e.g. "3 traces". */
  what: string;
  /** Spans; without a span id the trace is meant. */
  targets: { trace_id: string; span_id: string }[];
  onClose: () => void;
  onDone?: () => void;
}

const AT_ONCE = 1000;

/** Puts traces or spans into an annotation queue. */
export default function AddToQueue({ what, targets, onClose, onDone }: Props) {
  const queues = useGet("/api/v1/annotations/queues");
  const [picked, setPicked] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const chosen = picked ?? queues.data?.items[0]?.id ?? "";
  const add = useChange(
    async () => {
      let added = 0;
      let already = 0;
      for (let at = 0; at < targets.length; at += AT_ONCE) {
        const items = targets.slice(at, at + AT_ONCE).map((one) => ({ ...one, reason: reason.trim(), priority: 0 }));
        const answer = await api.POST("/api/v1/annotations/queues/{queue_id}/items", {
          params: { path: { queue_id: chosen } },
          body: { items, origin: "hand" },
        });
        added += answer.data!.items.length;
        already += answer.data!.already;
      }
      return { added, already };
    },
    {
      touches: ["/api/v1/annotations"],
      done: ({ added, already }) =>
        `${count(added)} added to the queue${already ? `, ${count(already)} were there already` : ""}`,
      then: () => {
        onClose();
        onDone?.();
      },
    },
  );
  return (
    <Modal opened onClose={onClose} title={`Let people judge ${what}`}>
      <Async
        of={queues}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No queue yet">
            <Link className="link" to={links.annotations()}>
              Make one
            </Link>{" "}
            with the questions to ask.
          </Empty>
        }
      >
        {({ items }) => (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add.mutate(undefined);
            }}
          >
            <Stack gap="sm">
              <Select
                label="Queue"
                data-autofocus
                allowDeselect={false}
                value={chosen}
                onChange={setPicked}
                data={items.map((one) => ({ value: one.id, label: one.name }))}
              />
              <Textarea
                label="Why"
                placeholder="a customer complained"
                autosize
                minRows={1}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
              {add.error && <Failed error={add.error} />}
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Cancel
                </Button>
                <Button type="submit" loading={add.isPending}>
                  Add
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Async>
    </Modal>
  );
}
