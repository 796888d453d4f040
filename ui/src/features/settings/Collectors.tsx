import { Button, Group, JsonInput, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, duration } from "@/lib/format";
import { listed } from "./pairs";
import css from "./Settings.module.css";

type Collector = Schemas["CollectorAnswer"];
const TOUCHES = ["/api/v1/collectors", "/api/v1/audit"];
const REFRESH_MS = 3000;
const TONES = { failing: "bad", running: "accent", waiting: "plain", paused: "plain", standby: "plain" } as const;

/** What the server goes and fetches, and how its targets are. */
export default function Collectors() {
  const collectors = useGet("/api/v1/collectors", {}, { refetchInterval: REFRESH_MS });
  const [edited, setEdited] = useState<Collector | "new" | null>(null);
  const [removed, setRemoved] = useState<Collector | null>(null);
  const pause = useChange(
    async (one: Collector) =>
      api.PATCH("/api/v1/collectors/{collector_id}", {
        params: { path: { collector_id: one.id } },
        body: { is_paused: !one.is_paused },
      }),
    { touches: TOUCHES, done: (_, one) => (one.is_paused ? `“${one.name}” goes on` : `“${one.name}” is paused`) },
  );
  const run = useChange(
    async (one: Collector) =>
      api.POST("/api/v1/collectors/{collector_id}/run", { params: { path: { collector_id: one.id } } }),
    { touches: TOUCHES, done: (_, one) => `“${one.name}” begins its next round` },
  );
  const remove = useChange(
    async (one: Collector) =>
      api.DELETE("/api/v1/collectors/{collector_id}", { params: { path: { collector_id: one.id } } }),
    { touches: TOUCHES, done: (_, one) => `“${one.name}” is removed`, then: () => setRemoved(null) },
  );
  return (
    <>
      <p className={css.lead}>
        Telemetry that is not sent is fetched: metrics pages of model servers and GPUs, files, object storage. What
        comes takes the same way as everything that is sent.
      </p>
      <Panel
        title="Collectors"
        flush
        actions={
          <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setEdited("new")}>
            New collector
          </AdminButton>
        }
      >
        <Async
          of={collectors}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="Nothing is fetched">
              Add the metrics page of vLLM, a DCGM exporter or anything else Prometheus would scrape.
            </Empty>
          }
        >
          {({ items }) => (
            <Rows
              label="Collectors"
              rows={items}
              keyOf={(one) => one.id}
              isDim={(one) => one.is_paused}
              columns={[
                {
                  title: "Name",
                  cell: (one) => (
                    <>
                      <b>
                        <Long text={one.name} />
                      </b>
                      <div className="dim">
                        {one.kind}, into {one.project}
                      </div>
                    </>
                  ),
                },
                {
                  title: "State",
                  cell: (one) => (
                    <Tag tone={TONES[one.status.state as keyof typeof TONES] ?? "plain"}>{one.status.state}</Tag>
                  ),
                },
                { title: "Targets", cell: (one) => <Health of={one} /> },
                { title: "Stored", isNumber: true, cell: (one) => count(one.status.items) },
                { title: "Refused", isNumber: true, cell: (one) => count(one.status.refused) },
                { title: "Every", isNumber: true, cell: (one) => duration(one.every_s * 1000) },
                {
                  title: "Last round",
                  cell: (one) =>
                    one.status.progress ||
                    (one.status.last ? <Time at={one.status.last} relative /> : <span className="dim">not yet</span>),
                },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <div className={css.actions}>
                      <AdminButton variant="default" size="compact-xs" onClick={() => run.mutate(one)}>
                        Run now
                      </AdminButton>
                      {one.source === "settings" ? (
                        <Tag>in the server’s settings</Tag>
                      ) : (
                        <>
                          <AdminButton variant="default" size="compact-xs" onClick={() => pause.mutate(one)}>
                            {one.is_paused ? "Resume" : "Pause"}
                          </AdminButton>
                          <AdminButton variant="default" size="compact-xs" onClick={() => setEdited(one)}>
                            Edit
                          </AdminButton>
                          <AdminButton variant="default" size="compact-xs" onClick={() => setRemoved(one)}>
                            Remove
                          </AdminButton>
                        </>
                      )}
                    </div>
                  ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      {pause.error && <Failed error={pause.error} />}
      {run.error && <Failed error={run.error} />}
      {collectors.data?.items.map((one) => (
        <Targets key={one.id} of={one} />
      ))}
      {edited && <CollectorForm before={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      <Confirm
        opened={removed !== null}
        onClose={() => setRemoved(null)}
        title={`Remove ${removed?.name ?? ""}?`}
        verb="Remove"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => removed && remove.mutate(removed)}
      >
        It fetches nothing any more and forgets how far it was. What it brought stays.
      </Confirm>
    </>
  );
}

function Health({ of: one }: { of: Collector }) {
  const down = one.status.targets.filter((target) => !target.up).length;
  const up = one.status.targets.length - down;
  if (one.status.targets.length === 0) return <span className="dim">–</span>;
  return (
    <Group gap={4} wrap="nowrap">
      <Tag>{count(up)} up</Tag>
      {down > 0 && <Tag tone="bad">{count(down)} down</Tag>}
    </Group>
  );
}

/** How each target of a collector fared when it was last asked; those that are down stand first. */
function Targets({ of: one }: { of: Collector }) {
  const { targets, last_error: error, last_error_at: at, refusals } = one.status;
  const reasons = Object.entries(refusals);
  if (targets.length === 0 && !error && reasons.length === 0) return null;
  return (
    <Panel title={`Targets of ${one.name}`} flush>
      {targets.length > 0 && (
        <Rows
          label={`Targets of ${one.name}`}
          rows={targets.slice(0, 100)}
          keyOf={(target) => target.name}
          columns={[
            { title: "Target", cell: (target) => <Long text={target.name} className="mono" /> },
            {
              title: "State",
              cell: (target) => <Tag tone={target.up ? "plain" : "bad"}>{target.up ? "up" : "down"}</Tag>,
            },
            { title: "Since", cell: (target) => <Time at={target.since} relative /> },
            { title: "Records", isNumber: true, cell: (target) => count(target.items) },
            { title: "Took", isNumber: true, cell: (target) => duration(target.seconds * 1000) },
            { title: "Why", cell: (target) => <Long text={target.error} /> },
          ]}
        />
      )}
      <div className={css.notes}>
        {targets.length > 100 && <div className="dim">and {count(targets.length - 100)} more</div>}
        {error && at && (
          <div>
            Last failed round <Time at={at} relative />: {error}
          </div>
        )}
        {reasons.map(([reason, number]) => (
          <div key={reason}>
            {count(number)} could not be kept: {reason}
          </div>
        ))}
      </div>
    </Panel>
  );
}

function CollectorForm({ before, onClose }: { before: Collector | null; onClose: () => void }) {
  const kinds = useGet("/api/v1/collectors/kinds");
  const [kind, setKind] = useState(before?.kind ?? "scrape");
  const [name, setName] = useState(before?.name ?? "");
  const [every, setEvery] = useState(before ? String(before.every_s) : "");
  const known = before?.settings ?? {};
  const plain = Array.isArray(known.targets) && known.targets.every((one) => typeof one === "string");
  const [targets, setTargets] = useState(plain ? (known.targets as string[]).join("\n") : "");
  const hasTargets = kind === "scrape" && (before === null || plain);
  const [rest, setRest] = useState(() => {
    const others = Object.fromEntries(Object.entries(known).filter(([member]) => member !== "targets"));
    const shown = hasTargets ? others : known;
    return before ? JSON.stringify(shown, null, 2) : "{}";
  });
  const parsed = asObject(rest);
  const save = useChange(
    async () => {
      const settings = { ...parsed!, ...(hasTargets ? { targets: listed(targets) } : {}) };
      const every_s = Number(every) || 0;
      if (before)
        await api.PATCH("/api/v1/collectors/{collector_id}", {
          params: { path: { collector_id: before.id } },
          body: { name: name.trim(), settings, every_s },
        });
      else
        await api.POST("/api/v1/collectors", {
          body: { name: name.trim(), kind, settings, every_s, project: "", is_paused: false },
        });
    },
    {
      touches: TOUCHES,
      done: before ? `“${before.name}” is changed` : "The first round begins",
      then: onClose,
    },
  );
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={before ? `Collector ${before.name}` : "New collector"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <Select
            label="What it fetches"
            description={kinds.data?.items.find((one) => one.name === kind)?.about}
            data={(kinds.data?.items ?? []).map((one) => one.name)}
            value={kind}
            onChange={(value) => setKind(value ?? "scrape")}
            allowDeselect={false}
            disabled={before !== null}
          />
          <div className={css.form}>
            <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <TextInput
              label="Seconds from round to round"
              placeholder="as the kind suggests"
              inputMode="decimal"
              value={every}
              onChange={(event) => setEvery(event.currentTarget.value)}
            />
          </div>
          {hasTargets && (
            <Textarea
              label="Targets"
              description="One a line: host:port, or the whole URL of a metrics page."
              placeholder="10.0.0.5:8000"
              classNames={{ input: "mono" }}
              required
              autosize
              minRows={2}
              value={targets}
              onChange={(event) => setTargets(event.currentTarget.value)}
            />
          )}
          <JsonInput
            label={hasTargets ? "Further settings" : "Settings"}
            description="JSON; docs/collecting.md lists them. *** keeps the secret there is."
            classNames={{ input: "mono" }}
            autosize
            minRows={4}
            maxRows={16}
            value={rest}
            onChange={setRest}
            error={parsed ? undefined : "This is no JSON object"}
          />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={!name.trim() || !parsed || (hasTargets && !targets.trim())}
            >
              {before ? "Save" : "Fetch"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The object a text is, null when it is none. */
function asObject(text: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
