import { Button, Group, Modal, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { clock } from "@/lib/time";
import type { Incident } from "./words";

const OFFERED = 100;

/** Makes one of two: what is chosen is closed, and its findings and timeline come here. */
export function Merge({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const asked = useGet("/api/v1/incidents", { query: { limit: OFFERED } });
  const [chosen, choose] = useState<string | null>(null);
  const merge = useChange(
    async (other: string) =>
      (
        await api.POST("/api/v1/incidents/{incident_id}/merge", {
          params: { path: { incident_id: incident.id } },
          body: { incident: other },
        })
      ).data!,
    { touches: ["/api/v1/incidents", "/api/v1/findings"], done: "They are one incident now", then: onClose },
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title="Merge another incident into this one"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Async
        of={asked}
        isEmpty={({ items }) => items.every((one) => one.id === incident.id)}
        empty={<Empty title="There is no other incident" />}
      >
        {({ items }) => (
          <Stack gap="md">
            <Select
              label="Incident"
              description="It is closed; its findings and its timeline come here. It cannot be taken back."
              data-autofocus
              searchable
              data={items
                .filter((one) => one.id !== incident.id)
                .map((one) => ({ value: one.id, label: `${one.title} (${clock(one.onset_at)}, ${one.status})` }))}
              value={chosen}
              onChange={choose}
            />
            {merge.error && <Failed error={merge.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button disabled={!chosen} loading={merge.isPending} onClick={() => chosen && merge.mutate(chosen)}>
                Merge
              </Button>
            </Group>
          </Stack>
        )}
      </Async>
    </Modal>
  );
}
