import { Button, Checkbox, Group, Modal, Select, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Copy } from "@/design/Copy";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { Confirm } from "@/design/Confirm";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { useMe, type Right } from "@/api/me";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Key = Schemas["KeyAnswer"];
type Made = Schemas["NewKeyAnswer"];

const RIGHTS: { right: Right; about: string }[] = [
  { right: "send", about: "deliver telemetry; what an application needs" },
  { right: "read", about: "look at everything and ask; what people and dashboards need" },
  { right: "admin", about: "everything, settings and keys too" },
  { right: "feedback", about: "only what end users say; may stand in a public page" },
];

/** API keys: who may send, read and administer. */
export default function Keys() {
  const me = useMe();
  const isAdmin = me.data?.rights.includes("admin") ?? false;
  const keys = useGet("/api/v1/keys", {}, { enabled: isAdmin });
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<Key | null>(null);
  const [withOld, setWithOld] = useState(false);
  if (me.data && !isAdmin)
    return <Empty title="Only keys with the right “admin” see keys">You are {me.data.who}.</Empty>;
  const old = keys.data?.items.filter((key) => !key.active).length ?? 0;
  return (
    <>
      <p className={css.lead}>
        {me.data?.auth === false
          ? "This server listens on this machine only and asks for no keys. Keys made here take effect when authentication is turned on (NERVURE_AUTH=true)."
          : "Every request carries a key. A secret is shown once, when its key is made; the server keeps only a digest of it."}
      </p>
      <Panel
        title="API keys"
        flush
        actions={
          <>
            {old > 0 && (
              <Switch
                label={`Show ${count(old)} ended`}
                checked={withOld}
                onChange={(event) => setWithOld(event.currentTarget.checked)}
              />
            )}
            <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
              New key
            </AdminButton>
          </>
        }
      >
        <Async of={keys}>
          {({ items }) => {
            const shown = items.filter((key) => withOld || key.active);
            if (shown.length === 0)
              return (
                <Empty title={items.length ? "No active keys" : "No keys yet"}>
                  {me.data?.auth
                    ? "You are using the admin key of the server's settings. Make keys of their own for applications and people."
                    : "Applications on this machine need none."}
                </Empty>
              );
            return (
              <Rows
                label="API keys"
                rows={shown}
                keyOf={(key) => key.id}
                isDim={(key) => !key.active}
                columns={[
                  {
                    title: "Name",
                    cell: (key) => (
                      <b>
                        <Long text={key.name} />
                      </b>
                    ),
                  },
                  { title: "Begins with", cell: (key) => <span className="mono">{key.prefix}…</span> },
                  {
                    title: "Rights",
                    cell: (key) => (
                      <Group gap={4} wrap="nowrap">
                        {key.rights.map((right) => (
                          <Tag key={right} tone={right === "admin" ? "warn" : "plain"}>
                            {right}
                          </Tag>
                        ))}
                      </Group>
                    ),
                  },
                  {
                    title: "Project",
                    cell: (key) => (key.project ? <Long text={key.project} /> : <span className="dim">all</span>),
                  },
                  {
                    title: "Last used",
                    cell: (key) =>
                      key.last_used ? <Time at={key.last_used} relative /> : <span className="dim">never</span>,
                  },
                  { title: "Ends", cell: (key) => <Ends of={key} /> },
                  { title: "Made", cell: (key) => <Time at={key.created} relative /> },
                  {
                    title: "Actions",
                    isHidden: true,
                    cell: (key) =>
                      key.active && (
                        <div className={css.actions}>
                          <AdminButton variant="default" size="compact-xs" onClick={() => setRevoked(key)}>
                            Revoke
                          </AdminButton>
                        </div>
                      ),
                  },
                ]}
              />
            );
          }}
        </Async>
      </Panel>
      {isMaking && <NewKey onClose={() => setMaking(false)} />}
      <Revoke target={revoked} onClose={() => setRevoked(null)} />
    </>
  );
}

function Ends({ of: key }: { of: Key }) {
  if (key.revoked)
    return (
      <>
        revoked <Time at={key.revoked} relative />
      </>
    );
  return key.expires ? <Time at={key.expires} relative /> : <span className="dim">never</span>;
}

function NewKey({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const projects = useGet("/api/v1/projects");
  const [name, setName] = useState("");
  const [rights, setRights] = useState<Right[]>(["send"]);
  const [project, setProject] = useState(me.data?.only_project ?? "");
  const [days, setDays] = useState("");
  const [made, setMade] = useState<Made | null>(null);
  const make = useChange(
    async () => {
      const body = { name: name.trim(), rights, project, expires_days: days ? Number(days) : null };
      const { data } = await api.POST("/api/v1/keys", { body });
      return data!;
    },
    { touches: ["/api/v1/keys", "/api/v1/audit"], then: setMade },
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={made ? "Your new key" : "New key"}
      closeOnClickOutside={!made}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {made ? (
        <Secret made={made} onClose={onClose} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate(undefined);
          }}
        >
          <Stack gap="sm">
            <TextInput
              label="Name"
              description="Whose it is, e.g. the application that sends with it."
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Checkbox.Group label="Rights" size="xs" value={rights} onChange={(chosen) => setRights(chosen as Right[])}>
              <Stack gap={6} mt={6}>
                {RIGHTS.map(({ right, about }) => (
                  <Checkbox
                    key={right}
                    value={right}
                    label={
                      <>
                        <b>{right}</b>: {about}
                      </>
                    }
                  />
                ))}
              </Stack>
            </Checkbox.Group>
            <Select
              label="Project"
              data={[
                ...(me.data?.only_project ? [] : [{ value: "", label: "all projects" }]),
                ...(projects.data?.items.map((one) => one.name) ?? []),
              ]}
              value={project}
              onChange={(value) => setProject(value ?? "")}
              allowDeselect={false}
              searchable
            />
            <Select
              label="Ends"
              data={[
                { value: "", label: "never" },
                { value: "7", label: "in a week" },
                { value: "30", label: "in 30 days" },
                { value: "90", label: "in 90 days" },
                { value: "365", label: "in a year" },
              ]}
              value={days}
              onChange={(value) => setDays(value ?? "")}
              allowDeselect={false}
            />
            {make.error && <Failed error={make.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={make.isPending} disabled={!name.trim() || rights.length === 0}>
                Make key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Secret({ made, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <div>
        Copy it now: it is shown <b>this once</b>. Send it as <code>Authorization: Bearer …</code>.
      </div>
      <div className={`${css.secret} mono`} data-testid="secret">
        <span style={{ flex: 1 }}>{made.secret}</span>
        <Copy text={made.secret} label="key" size={16} />
      </div>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Stack>
  );
}

function Revoke({ target, onClose }: { target: Key | null; onClose: () => void }) {
  const revoke = useChange(
    async (key: Key) => api.DELETE("/api/v1/keys/{key_id}", { params: { path: { key_id: key.id } } }),
    {
      touches: ["/api/v1/keys", "/api/v1/audit"],
      done: (_, key) => `“${key.name}” is revoked`,
      then: onClose,
    },
  );
  return (
    <Confirm
      opened={target !== null}
      onClose={onClose}
      title={`Revoke ${target?.name ?? ""}?`}
      verb="Revoke"
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => target && revoke.mutate(target)}
    >
      Whoever uses it is refused from now on, and it cannot be taken back. Last used:{" "}
      {target?.last_used ? <Time at={target.last_used} relative /> : "never"}.
    </Confirm>
  );
}
