import { Button, Group, Modal, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { count } from "@/lib/format";

const NEW = "";
/** The server reads the payloads of so many spans at a time. */
const AT_ONCE = 200;

interface Props {
  /** What they are in words, e.g. "3 traces". */
  what: string;
  /** Spans; without a span id the trace is meant. */
  targets: { trace_id: string; span_id: string }[];
  onClose: () => void;
  onDone?: () => void;
}

/** Copies what went in and came out of spans into a dataset. */
export default function AddToDataset({ what, targets, onClose, onDone }: Props) {
  const client = useQueryClient();
  const list = useGet("/api/v1/datasets");
  const [picked, setPicked] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [done, setDone] = useState(0);
  const datasets = list.data?.items ?? [];
  const chosen = picked ?? datasets[0]?.id ?? NEW;
  const add = useMutation({
    mutationFn: async () => {
      const dataset =
        chosen === NEW
          ? (
              await api.POST("/api/v1/datasets", {
                body: { name: name.trim(), description: "", metadata: {}, external_id: "" },
              })
            ).data!
          : datasets.find((one) => one.id === chosen)!;
      // What was made is made: a second try after a failure adds to it.
      setPicked(dataset.id);
      await client.invalidateQueries({ queryKey: ["/api/v1/datasets"] });
      let added = 0;
      const skipped: Schemas["Skipped"][] = [];
      for (let at = 0; at < targets.length; at += AT_ONCE) {
        const spans = targets.slice(at, at + AT_ONCE);
        const answer = await api.POST("/api/v1/datasets/{dataset_id}/items", {
          params: { path: { dataset_id: dataset.id } },
          body: { spans, items: [] },
        });
        added += answer.data!.items.length;
        skipped.push(...answer.data!.skipped);
        setDone(at + spans.length);
      }
      return { dataset, added, skipped };
    },
    onSuccess: async ({ dataset, added, skipped }) => {
      await client.invalidateQueries({ queryKey: ["/api/v1/datasets"] });
      const reasons = [...new Set(skipped.map((one) => one.reason))];
      notifications.show({
        color: skipped.length > 0 ? "yellow" : "teal",
        title: `${count(added)} added to “${dataset.name}”`,
        message: skipped.length > 0 ? `${count(skipped.length)} left out: ${reasons.join("; ")}` : "",
        autoClose: skipped.length > 0 ? 12_000 : 5000,
      });
      onClose();
      if (added > 0) onDone?.();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Add ${what} to a dataset`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack>
          {list.error && <Failed error={list.error} again={list.refetch} />}
          <Select
            label="Dataset"
            disabled={list.isPending}
            data-autofocus
            searchable={datasets.length > 8}
            allowDeselect={false}
            value={chosen || "new"}
            onChange={(value) => setPicked(value === "new" ? NEW : value)}
            data={[
              ...datasets.map((one) => ({ value: one.id, label: `${one.name} (${count(one.item_count)})` })),
              { value: "new", label: "A new dataset" },
            ]}
          />
          {chosen === NEW && !list.isPending && (
            <TextInput
              label="Its name"
              required
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              placeholder="refund questions"
            />
          )}
          <Text size="sm" c="dimmed">
            Input, output and documents are copied, so an item outlives its trace. A trace is told by its root span, or
            by its first span with content.
          </Text>
          {add.isPending && <Progress value={(done / targets.length) * 100} aria-label="Progress" />}
          {add.error && <Failed error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending} disabled={chosen === NEW && !name.trim()}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
