import { Button, Group, Modal, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Channel = Schemas["ChannelAnswer"];
type Urgency = "page" | "ticket" | "info";
const TOUCHES = ["/api/v1/channels", "/api/v1/deliveries", "/api/v1/audit"];
const REFRESH_MS = 5000;
const TONES = { sent: "plain", waiting: "warn", held: "plain", failed: "bad" } as const;
const URGENCIES = [
  { value: "page", label: "pages only" },
  { value: "ticket", label: "pages and tickets" },
  { value: "info", label: "everything" },
];

/** Whom to tell, and what was told. */
export default function Notifications() {
  const channels = useGet("/api/v1/channels", {}, { refetchInterval: REFRESH_MS });
  const deliveries = useGet("/api/v1/deliveries", { query: { limit: 50 } }, { refetchInterval: REFRESH_MS });
  const [isMaking, setMaking] = useState(false);
  const [removed, setRemoved] = useState<Channel | null>(null);
  const path = (one: Channel) => ({ params: { path: { channel_id: one.id } } });
  const pause = useChange(
    async (one: Channel) =>
      api.PATCH("/api/v1/channels/{channel_id}", { ...path(one), body: { is_paused: !one.is_paused } }),
    { touches: TOUCHES, done: (_, one) => (one.is_paused ? `“${one.name}” goes on` : `“${one.name}” is paused`) },
  );
  const test = useChange(
    async (one: Channel) => (await api.POST("/api/v1/channels/{channel_id}/test", path(one))).data!,
    {
      touches: [],
      done: (told, one) => (told.ok ? `“${one.name}” took the test message` : `“${one.name}”: ${told.words}`),
    },
  );
  const remove = useChange(async (one: Channel) => api.DELETE("/api/v1/channels/{channel_id}", path(one)), {
    touches: TOUCHES,
    done: (_, one) => `“${one.name}” is removed`,
    then: () => setRemoved(null),
  });
  const again = useChange(
    async (id: string) => api.POST("/api/v1/deliveries/{delivery_id}/retry", { params: { path: { delivery_id: id } } }),
    { touches: TOUCHES, done: "It is tried again" },
  );
  return (
    <>
      <p className={css.lead}>
        Slack, Teams, PagerDuty, Opsgenie, e-mail, webhooks and many more by Apprise&apos;s addresses, or an
        Alertmanager. What a service does not take is tried again for a day.
      </p>
      <Panel
        title="Channels"
        flush
        actions={
          <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
            New channel
          </AdminButton>
        }
      >
        <Async
          of={channels}
          height={120}
          isEmpty={({ items }) => items.length === 0}
          empty={<Empty title="Nobody is told yet">A channel is told when an alert begins and when it ends.</Empty>}
        >
          {({ items }) => (
            <Rows
              label="Channels"
              rows={items}
              keyOf={(one) => one.id}
              isDim={(one) => one.is_paused}
              columns={[
                { title: "Name", cell: (one) => <b>{one.name}</b> },
                { title: "Address", cell: (one) => <code>{one.address}</code> },
                { title: "Hears", cell: (one) => URGENCIES.find((known) => known.value === one.least)?.label },
                {
                  title: "Teams",
                  cell: (one) =>
                    one.labels.team?.map((team) => <Tag key={team}>{team}</Tag>) ?? <span className="dim">all</span>,
                },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <Group gap={4} wrap="nowrap">
                      <AdminButton variant="default" size="compact-xs" onClick={() => test.mutate(one)}>
                        Test
                      </AdminButton>
                      <AdminButton variant="default" size="compact-xs" onClick={() => pause.mutate(one)}>
                        {one.is_paused ? "Resume" : "Pause"}
                      </AdminButton>
                      <AdminButton variant="default" size="compact-xs" onClick={() => setRemoved(one)}>
                        Remove
                      </AdminButton>
                    </Group>
                  ),
                },
              ]}
            />
          )}
        </Async>
        {test.error && <Failed error={test.error} />}
      </Panel>
      <Panel title="What was told" flush>
        <Async
          of={deliveries}
          height={120}
          isEmpty={({ items }) => items.length === 0}
          empty={<Empty title="Nothing yet">Alerts of service levels and budgets come here.</Empty>}
        >
          {({ items }) => (
            <Rows
              label="What was told"
              rows={items}
              keyOf={(one) => one.id}
              columns={[
                { title: "When", cell: (one) => <Time at={one.created} relative /> },
                { title: "Channel", cell: (one) => one.channel },
                { title: "What", cell: (one) => one.title },
                { title: "State", cell: (one) => <Tag tone={TONES[one.state]}>{one.state}</Tag> },
                { title: "Tries", isNumber: true, cell: (one) => one.tries },
                { title: "Last answer", cell: (one) => one.reason },
                {
                  title: "Again",
                  isHidden: true,
                  cell: (one) =>
                    one.state === "failed" && (
                      <AdminButton variant="default" size="compact-xs" onClick={() => again.mutate(one.id)}>
                        Try again
                      </AdminButton>
                    ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      {isMaking && <ChannelForm onClose={() => setMaking(false)} />}
      <Confirm
        opened={removed !== null}
        onClose={() => setRemoved(null)}
        title={`Remove “${removed?.name ?? ""}”?`}
        verb="Remove"
        onConfirm={() => removed && remove.mutate(removed)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        It hears nothing more, and what was on its way to it is forgotten.
      </Confirm>
    </>
  );
}

function ChannelForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"apprise" | "alertmanager">("apprise");
  const [address, setAddress] = useState("");
  const [least, setLeast] = useState<Urgency>("info");
  const [teams, setTeams] = useState<string[]>([]);
  const save = useChange(
    async () =>
      api.POST("/api/v1/channels", {
        body: { name: name.trim(), kind, address: address.trim(), least, labels: teams.length ? { team: teams } : {} },
      }),
    { touches: TOUCHES, done: `“${name.trim()}” is kept: test it`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal opened onClose={onClose} title="New channel" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Kind"
            data={[
              { value: "apprise", label: "A service by Apprise's address" },
              { value: "alertmanager", label: "An Alertmanager" },
            ]}
            value={kind}
            allowDeselect={false}
            onChange={(chosen) => setKind(chosen as "apprise" | "alertmanager")}
          />
          <TextInput
            label="Address"
            description="A secret: it is kept encrypted and shown to nobody."
            required
            placeholder={kind === "apprise" ? "slack://TOKEN_A/TOKEN_B/TOKEN_C" : "http://alertmanager:9093"}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <Select
            label="Hears"
            data={URGENCIES}
            value={least}
            allowDeselect={false}
            onChange={(chosen) => setLeast(chosen as Urgency)}
          />
          <TagsInput label="Only of these teams" placeholder="all" value={teams} onChange={setTeams} />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Keep it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
