import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { Confirm } from "@/design/Confirm";
import { causeName } from "./words";

const TOUCHES = ["/api/v1/runbooks"];

/** The runbook of a cause in the project's own words; the one that comes along can be had back. */
export function RunbookEditor({ runbook, onClose }: { runbook: Schemas["RunbookAnswer"]; onClose: () => void }) {
  const [text, write] = useState(runbook.text);
  const [isAsking, ask] = useState(false);
  const path = { name: runbook.name };
  const keep = useChange(
    async () => (await api.PUT("/api/v1/runbooks/{name}", { params: { path }, body: { text } })).data!,
    { touches: TOUCHES, done: "The runbook is kept", then: onClose },
  );
  const reset = useChange(async () => (await api.DELETE("/api/v1/runbooks/{name}", { params: { path } })).data!, {
    touches: TOUCHES,
    done: "The runbook that comes along holds again",
    then: onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(undefined);
  };
  return (
    <>
      <Modal
        opened={!isAsking}
        onClose={onClose}
        size="xl"
        title={`Runbook: ${causeName(runbook.name)}`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Textarea
              label="Text"
              description='Markdown, for every incident of this cause. A block fenced as "query" holds a Query as JSON; {scope} in it stands for the incident’s scope, and its time is the incident’s.'
              required
              data-autofocus
              autosize
              minRows={14}
              maxRows={26}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
              value={text}
              onChange={(event) => write(event.currentTarget.value)}
            />
            {keep.error && <Failed error={keep.error} />}
            <Group justify="space-between" gap="xs">
              {runbook.is_own ? (
                <Button variant="default" onClick={() => ask(true)}>
                  Back to the one that comes along
                </Button>
              ) : (
                <span />
              )}
              <Group gap="xs">
                <Button variant="default" onClick={onClose}>
                  Cancel
                </Button>
                <Button type="submit" loading={keep.isPending} disabled={text === runbook.text}>
                  Keep
                </Button>
              </Group>
            </Group>
          </Stack>
        </form>
      </Modal>
      <Confirm
        opened={isAsking}
        onClose={() => ask(false)}
        title="Back to the runbook that comes along?"
        verb="Forget ours"
        onConfirm={() => reset.mutate(undefined)}
        isBusy={reset.isPending}
        error={reset.error}
      >
        What the project wrote for {causeName(runbook.name)} is forgotten.
      </Confirm>
    </>
  );
}
