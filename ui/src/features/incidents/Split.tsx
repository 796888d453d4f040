import { Button, Checkbox, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { Async, Failed } from "@/design/Async";
import { inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import { useFindings } from "./useFindings";
import { scopeName, type Incident } from "./words";

/** Takes findings that have to do with something else out into an incident of their own. */
export function Split({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const asked = useFindings(incident);
  const [chosen, choose] = useState<string[]>([]);
  const go = useNavigate();
  const split = useChange(
    async () =>
      (
        await api.POST("/api/v1/incidents/{incident_id}/split", {
          params: { path: { incident_id: incident.id } },
          body: { findings: chosen },
        })
      ).data!,
    {
      touches: ["/api/v1/incidents", "/api/v1/findings"],
      done: "They are two incidents now",
      then: (made) => void go(links.incident(made.id)),
    },
  );
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title="Take findings out into an incident of their own"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Async of={asked}>
        {(findings) => (
          <Stack gap="md">
            <Checkbox.Group aria-label="Findings" value={chosen} onChange={choose}>
              <Stack gap={6} mah={360} style={{ overflowY: "auto" }}>
                {findings
                  .filter((one) => incident.findings.includes(one.id))
                  .map((one) => (
                    <Checkbox
                      key={one.id}
                      value={one.id}
                      label={`${one.measure} ${one.direction} to ${inUnit(one.observed, one.unit)}: ${scopeName(one.scope)}`}
                    />
                  ))}
              </Stack>
            </Checkbox.Group>
            {split.error && <Failed error={split.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button disabled={chosen.length === 0} loading={split.isPending} onClick={() => split.mutate(undefined)}>
                Take {chosen.length || ""} out
              </Button>
            </Group>
          </Stack>
        )}
      </Async>
    </Modal>
  );
}
