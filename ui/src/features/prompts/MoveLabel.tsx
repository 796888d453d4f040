import { Autocomplete, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTag } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Failed } from "@/design/Async";

const USUAL = ["production", "staging"];

/** Points a label at this version: applications that fetch by label get it from then on. */
export function MoveLabel({ about, version }: { about: Schemas["PromptAnswer"]; version: number }) {
  const [isOpen, setOpen] = useState(false);
  const [label, setLabel] = useState("");
  const { name, labels } = about;
  const move = useChange(
    async (chosen: string) =>
      api.PUT("/api/v1/prompts/{name}/labels/{label}", {
        params: { path: { name, label: chosen } },
        body: { version },
      }),
    {
      touches: ["/api/v1/prompts", "/api/v1/audit"],
      done: (_, chosen) => `“${chosen}” is version ${version} now`,
      then: () => setOpen(false),
    },
  );
  const from = labels[label.trim()];
  return (
    <>
      <AdminButton variant="default" leftSection={<IconTag size={14} />} onClick={() => setOpen(true)}>
        Label
      </AdminButton>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={`Point a label at version ${version}`} size="sm">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            move.mutate(label.trim());
          }}
        >
          <Stack gap="sm">
            <Autocomplete
              label="Label"
              placeholder="production"
              data={[...new Set([...USUAL, ...Object.keys(labels)])].filter((one) => one !== "latest")}
              value={label}
              onChange={setLabel}
              data-autofocus
            />
            <Text size="xs" c="dimmed">
              {from === undefined
                ? "Applications that fetch by this label get this version."
                : from === version
                  ? "It points here already."
                  : `It points at v${from} now; applications follow within their cache's time.`}
            </Text>
            {move.error && <Failed error={move.error} />}
            <Group justify="flex-end">
              <Button type="submit" loading={move.isPending} disabled={!label.trim() || from === version}>
                {from === undefined ? "Set" : "Move"}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
