import { Button, Group, Modal, NumberInput, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Confirm } from "@/design/Confirm";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { money } from "@/lib/format";
import css from "./gpu.module.css";

type Price = Schemas["GpuPriceAnswer"];
const TOUCHES = ["/api/v1/gpu"];

/** What an hour of a GPU costs. */
export function Prices() {
  const asked = useGet("/api/v1/gpu/prices", {});
  const [edited, setEdited] = useState<Price | "new" | null>(null);
  const [removed, setRemoved] = useState<Price | null>(null);
  const remove = useChange(
    async (one: Price) => api.DELETE("/api/v1/gpu/prices/{name}", { params: { path: { name: one.id } } }),
    { touches: TOUCHES, done: (_, one) => `“${one.name}” is removed`, then: () => setRemoved(null) },
  );
  return (
    <div id="prices">
      <Panel
        title="Price of an hour"
        about="the most specific one holds: by host, then by GPU, then for all"
        flush
        actions={
          <AdminButton
            variant="default"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => setEdited("new")}
          >
            New price
          </AdminButton>
        }
      >
        <Async
          of={asked}
          height={80}
          isEmpty={(told) => told.items.length === 0}
          empty={
            <Empty title="No prices yet">
              Nobody but you knows what your GPUs cost. Until you say it, their time is told in hours only.
            </Empty>
          }
        >
          {(told) => (
            <Rows
              label="Prices of a GPU hour"
              rows={told.items}
              keyOf={(one) => one.id}
              columns={[
                { title: "Name", cell: (one) => one.name },
                { title: "GPU", cell: (one) => one.gpu || <span className="dim">any</span> },
                { title: "Host", cell: (one) => one.host || <span className="dim">any</span> },
                { title: "An hour", isNumber: true, cell: (one) => money(one.usd_per_hour) },
                { title: "Valid", cell: dates },
                {
                  title: "Change",
                  isHidden: true,
                  cell: (one) => (
                    <Group gap="xs" wrap="nowrap" justify="flex-end">
                      <AdminButton variant="default" size="compact-xs" onClick={() => setEdited(one)}>
                        Change
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
      </Panel>
      {edited && <PriceForm before={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      <Confirm
        opened={removed !== null}
        onClose={() => setRemoved(null)}
        title={`Remove “${removed?.name ?? ""}”?`}
        verb="Remove"
        onConfirm={() => removed && remove.mutate(removed)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        GPU time it priced takes the next fitting price, or has none.
      </Confirm>
    </div>
  );
}

function dates(one: Price): string {
  if (!one.valid_from && !one.valid_to) return "always";
  return `${one.valid_from?.slice(0, 10) ?? "…"} to ${one.valid_to?.slice(0, 10) ?? "…"}`;
}

function PriceForm({ before, onClose }: { before: Price | null; onClose: () => void }) {
  const [name, setName] = useState(before?.name ?? "");
  const [usd, setUsd] = useState<number | string>(before?.usd_per_hour ?? "");
  const [gpu, setGpu] = useState(before?.gpu ?? "");
  const [host, setHost] = useState(before?.host ?? "");
  const [from, setFrom] = useState(before?.valid_from?.slice(0, 10) ?? "");
  const [to, setTo] = useState(before?.valid_to?.slice(0, 10) ?? "");
  const save = useChange(
    async () =>
      api.PUT("/api/v1/gpu/prices/{name}", {
        params: { path: { name: name.trim() } },
        body: {
          usd_per_hour: Number(usd),
          gpu: gpu.trim(),
          host: host.trim(),
          valid_from: from || null,
          valid_to: to || null,
          note: before?.note ?? "",
        },
      }),
    { touches: TOUCHES, done: `“${name.trim()}” is set; it holds for stored GPU time, too`, then: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={before ? `Change “${before.name}”` : "New price of a GPU hour"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus={!before || undefined}
            disabled={before !== null}
            placeholder="h100-reserved"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NumberInput
            label="USD per hour of one GPU"
            required
            prefix="$"
            min={0}
            decimalScale={6}
            data-autofocus={before ? true : undefined}
            value={usd}
            onChange={setUsd}
          />
          <div className={css.fields}>
            <TextInput
              label="GPU"
              description="Pattern; empty: any"
              placeholder="*H100*"
              value={gpu}
              onChange={(event) => setGpu(event.currentTarget.value)}
            />
            <TextInput
              label="Host"
              description="Pattern; empty: any"
              placeholder="gpu-eu-*"
              value={host}
              onChange={(event) => setHost(event.currentTarget.value)}
            />
            <TextInput
              label="Valid from"
              type="date"
              description="UTC; empty: always"
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <TextInput
              label="Valid to"
              type="date"
              description="Not included"
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
          </div>
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Set the price
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
