import { Autocomplete, Button, Group, Popover, Stack, Text } from "@mantine/core";
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
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <div>
          <AdminButton variant="default" leftSection={<IconTag size={14} />} onClick={() => setOpen(!isOpen)}>
            Label
          </AdminButton>
        </div>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            move.mutate(label.trim());
          }}
        >
          <Stack gap="xs" w={260}>
            <Autocomplete
              label={`Point a label at v${version}`}
              placeholder="production"
              data={[...new Set([...USUAL, ...Object.keys(labels)])].filter((one) => one !== "latest")}
              value={label}
              onChange={setLabel}
              data-autofocus
              comboboxProps={{ withinPortal: false }}
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
              <Button type="submit" size="xs" loading={move.isPending} disabled={!label.trim() || from === version}>
                {from === undefined ? "Set" : "Move"}
              </Button>
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
