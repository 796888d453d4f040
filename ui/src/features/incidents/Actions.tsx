import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { useIsAdmin } from "@/api/me";
import { AdminButton } from "@/design/AdminButton";
import { Failed } from "@/design/Async";
import { Confirm } from "@/design/Confirm";
import { save } from "./exporting";
import { Merge } from "./Merge";
import { Split } from "./Split";
import { ROLES, SEVERITIES, type Incident } from "./words";

type Changes = Schemas["IncidentChange"];
type Dialog = "" | "close" | "roles" | "merge" | "split";
const TOUCHES = ["/api/v1/incidents", "/api/v1/findings"];

/** What people do to an incident; each change is a line of its timeline. */
export function Actions({ incident }: { incident: Incident }) {
  const [dialog, setDialog] = useState<Dialog>("");
  const isAdmin = useIsAdmin();
  const close = () => setDialog("");
  const path = { incident_id: incident.id };
  const change = useChange(
    async (body: Changes) => (await api.PATCH("/api/v1/incidents/{incident_id}", { params: { path }, body })).data!,
    { touches: TOUCHES, done: (after) => `It is ${after.status}`, then: close },
  );
  const exported = useChange((format: "md" | "json") => save(incident.id, format), { touches: [] });
  const { status } = incident;
  const to = (next: Incident["status"]) => () => change.mutate({ status: next });
  const error = (dialog === "" && change.error) || exported.error;
  return (
    <div>
      <Group gap="xs">
        {status === "open" && (
          <AdminButton onClick={to("acknowledged")} loading={change.isPending}>
            Acknowledge
          </AdminButton>
        )}
        {(status === "open" || status === "acknowledged") && (
          <AdminButton variant="default" onClick={to("mitigated")}>
            Mitigated
          </AdminButton>
        )}
        {status === "closed" ? (
          <AdminButton variant="default" onClick={to("open")}>
            Open again
          </AdminButton>
        ) : (
          <AdminButton variant="default" onClick={() => setDialog("close")}>
            Close
          </AdminButton>
        )}
        <Select
          aria-label="Severity"
          size="xs"
          w={130}
          data={SEVERITIES}
          value={incident.severity}
          allowDeselect={false}
          disabled={!isAdmin}
          onChange={(value) =>
            value && value !== incident.severity && change.mutate({ severity: value as Incident["severity"] })
          }
        />
        <AdminButton variant="default" onClick={() => setDialog("roles")}>
          Roles
        </AdminButton>
        <AdminButton variant="default" onClick={() => setDialog("merge")}>
          Merge
        </AdminButton>
        {incident.findings.length > 1 && (
          <AdminButton variant="default" onClick={() => setDialog("split")}>
            Split
          </AdminButton>
        )}
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => exported.mutate("md")}>
          Post-mortem
        </Button>
        <Button variant="default" onClick={() => exported.mutate("json")}>
          JSON
        </Button>
      </Group>
      {error && <Failed error={error} />}
      <Confirm
        opened={dialog === "close"}
        onClose={close}
        title="Close this incident?"
        verb="Close it"
        isHarmless
        onConfirm={to("closed")}
        isBusy={change.isPending}
        error={change.error}
      >
        It closes by itself once all has been as expected for an hour. Closed while it lasts, what is measured now
        becomes what is usual: nothing more is said of it.
      </Confirm>
      {dialog === "roles" && (
        <Roles
          incident={incident}
          onClose={close}
          onSave={change.mutate}
          error={change.error}
          isBusy={change.isPending}
        />
      )}
      {dialog === "merge" && <Merge incident={incident} onClose={close} />}
      {dialog === "split" && <Split incident={incident} onClose={close} />}
    </div>
  );
}

/** Who does what; an empty field takes a role away. */
function Roles({
  incident,
  onClose,
  onSave,
  error,
  isBusy,
}: {
  incident: Incident;
  onClose: () => void;
  onSave: (body: Changes) => void;
  error: Error | null;
  isBusy: boolean;
}) {
  const [roles, setRoles] = useState<Record<string, string>>(incident.roles);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Only what changed: each role that is sent is told in the timeline.
    const changed = ROLES.map((role): [string, string] => [role, roles[role]?.trim() ?? ""]).filter(
      ([role, person]) => person !== (incident.roles[role] ?? ""),
    );
    onSave({ roles: Object.fromEntries(changed) });
  };
  return (
    <Modal opened onClose={onClose} title="Roles" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {ROLES.map((role, index) => (
            <TextInput
              key={role}
              label={role}
              data-autofocus={index === 0 || undefined}
              value={roles[role] ?? ""}
              onChange={(event) => {
                const person = event.currentTarget.value;
                setRoles((before) => ({ ...before, [role]: person }));
              }}
            />
          ))}
          {error && <Failed error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              Keep
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
