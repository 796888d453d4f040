import {
  Autocomplete,
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Failed } from "@/design/Async";
import { nouns } from "./BulkBar";
import { isSpan, type Row } from "./rows";
import { useScoreNames } from "@/api/scores";
import type { Level } from "./state";

type Kind = "boolean" | "numeric" | "categorical";

const AT_ONCE = 1000;

interface Props {
  rows: Row[];
  level: Level;
  onClose: () => void;
  onDone: () => void;
}

/** One human score for every selected row. */
export default function Annotate({ rows, level, onClose, onDone }: Props) {
  const client = useQueryClient();
  const names = useScoreNames();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("boolean");
  const [yes, setYes] = useState("true");
  const [value, setValue] = useState<number | string>("");
  const [label, setLabel] = useState("");
  const [comment, setComment] = useState("");
  const told = kind === "boolean" ? yes === "true" : kind === "numeric" ? value : label.trim();
  const isReady = name.trim() !== "" && told !== "";
  const give = useMutation({
    mutationFn: async () => {
      const scores = rows.map((row) => ({
        name: name.trim(),
        trace_id: row.trace_id,
        ...(isSpan(row) ? { span_id: row.span_id } : { target_type: "trace" as const }),
        value: told,
        data_type: kind,
        explanation: comment.trim(),
        source: "human" as const,
      }));
      for (let at = 0; at < scores.length; at += AT_ONCE)
        await api.POST("/api/v1/scores", { body: scores.slice(at, at + AT_ONCE) as never });
    },
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ["scores-of"] }),
        client.invalidateQueries({ queryKey: ["/api/v1/scores"] }),
      ]);
      notifications.show({
        color: "teal",
        title: "Annotated",
        message: `${nouns(rows.length, level)}: ${name.trim()} is ${String(told)}`,
      });
      onClose();
      onDone();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Annotate ${nouns(rows.length, level)}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) give.mutate();
        }}
      >
        <Stack>
          <Autocomplete
            size="xs"
            label="Score"
            data-autofocus
            required
            maxLength={200}
            placeholder="helpful"
            data={names}
            value={name}
            onChange={setName}
          />
          <SegmentedControl
            aria-label="Kind of value"
            value={kind}
            onChange={(next) => setKind(next as Kind)}
            data={[
              { value: "boolean", label: "Yes or no" },
              { value: "numeric", label: "Number" },
              { value: "categorical", label: "Category" },
            ]}
          />
          {kind === "boolean" && (
            <SegmentedControl
              aria-label="Value"
              value={yes}
              onChange={setYes}
              data={[
                { value: "true", label: "Yes" },
                { value: "false", label: "No" },
              ]}
            />
          )}
          {kind === "numeric" && <NumberInput label="Value" required value={value} onChange={setValue} />}
          {kind === "categorical" && (
            <TextInput
              label="Value"
              required
              maxLength={200}
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
              placeholder="wrong tone"
            />
          )}
          <Textarea
            label="Why"
            size="xs"
            autosize
            minRows={2}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            Kept as a score by a human, beside those there are.
          </Text>
          {give.error && <Failed error={give.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={give.isPending} disabled={!isReady}>
              Annotate
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
