import { ActionIcon, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { Failed } from "@/design/Async";
import { clock, fromTo, parseRange } from "@/lib/time";
import { sent, type Monitor } from "./words";

type Window = Monitor["maintenance"][number];

/** Stretches of time in which a monitor says nothing. */
export function MaintenanceDialog({ monitor, onClose }: { monitor: Monitor; onClose: () => void }) {
  const [windows, setWindows] = useState<Window[]>(monitor.maintenance);
  const [when, setWhen] = useState("");
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState("");
  const save = useChange(
    async (maintenance: Window[]) =>
      (
        await api.PUT("/api/v1/monitors/{monitor_id}", {
          params: { path: { monitor_id: monitor.id } },
          body: { ...sent(monitor), maintenance },
        })
      ).data!,
    { touches: ["/api/v1/monitors"], done: "Its maintenance is kept", then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!when.trim()) return save.mutate(windows);
    try {
      save.mutate([...windows, { ...parseRange(when), reason: reason.trim() }]);
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Maintenance" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {windows.map((one) => (
            <Group key={`${one.from} ${one.to}`} justify="space-between" wrap="nowrap">
              <span>
                {fromTo(one.from, one.to, "–")} <span className="dim">{one.reason}</span>
              </span>
              <ActionIcon
                aria-label={`Remove ${clock(one.from)}`}
                onClick={() => setWindows(windows.filter((other) => other !== one))}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </Group>
          ))}
          <TextInput
            label="When"
            description="It says nothing from the first time to the second"
            placeholder="2026-12-24 00:00 to 2026-12-27 00:00"
            data-autofocus
            value={when}
            error={wrong}
            onChange={(event) => {
              setWhen(event.currentTarget.value);
              setWrong("");
            }}
          />
          <TextInput label="Why" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Keep
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
