import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Failed } from "@/design/Async";
import css from "./evaluators.module.css";

const EXAMPLE = 'len(words(output)) <= 120 and not contains(output, "as an AI")';

/** An evaluator of one's own as an expression. */
export function ExpressionDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [summary, setSummary] = useState("");
  const save = useChange(
    async () =>
      (
        await api.PUT("/api/v1/evaluators/custom/{name}", {
          params: { path: { name: name.trim() } },
          body: { text, summary, threshold: 0.5 },
        })
      ).data!,
    { touches: ["/api/v1/evaluators"], done: `Rules can use custom:${name.trim()} now`, then: onClose },
  );
  return (
    <Modal opened onClose={onClose} title="Write an evaluator" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="Rules call it custom: and this name."
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label="Expression"
            description="Over input, output, documents, tool_calls, latency_ms, cost_usd ...; true passes, a number is the score."
            required
            autosize
            minRows={3}
            placeholder={EXAMPLE}
            classNames={{ input: css.expression }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <TextInput
            label="What it asks"
            maxLength={500}
            value={summary}
            onChange={(event) => setSummary(event.currentTarget.value)}
          />
          <p className="dim">
            For more than an expression put a Python file into the folder that the setting <code>evaluators</code>{" "}
            names: <code>def evaluate(output): return 0.9</code>. Both run in a process of their own with bounded time
            and memory.
          </p>
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <AdminButton type="submit" loading={save.isPending} disabled={!name.trim() || !text.trim()}>
              Keep it
            </AdminButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
