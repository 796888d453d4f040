import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { money } from "@/lib/format";
import { EndpointForm } from "./EndpointForm";
import { Prices } from "./PanelField";

type Endpoint = Schemas["EndpointAnswer"];
type Chosen = { what: "change" | "delete" | "test"; endpoint: Endpoint };

/** Where judges' models are reached, who uses each, and what it has spent. */
export function Endpoints() {
  const endpoints = useGet("/api/v1/judges/endpoints");
  const [chosen, choose] = useState<Chosen | null>(null);
  const close = () => choose(null);
  return (
    <>
      <Async
        of={endpoints}
        height={100}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Panel title="Endpoints">
            <Empty title="No endpoint yet">
              An endpoint is a server that speaks OpenAI&apos;s or Anthropic&apos;s protocol; it may be one of your own.
            </Empty>
          </Panel>
        }
      >
        {({ items }) => (
          <Panel title="Endpoints" flush>
            <Rows
              label="Endpoints"
              rows={items}
              keyOf={(one) => one.id}
              columns={[
                { title: "Endpoint", cell: (one) => <b>{one.name}</b> },
                { title: "Protocol", cell: (one) => one.kind },
                { title: "Address", cell: (one) => <Long text={one.url} /> },
                {
                  title: "Spent today",
                  isNumber: true,
                  cell: (one) =>
                    one.usd_per_day === null
                      ? money(one.spent_today_usd)
                      : `${money(one.spent_today_usd)} of ${money(one.usd_per_day)}`,
                },
                {
                  title: "Used by",
                  cell: (one) =>
                    one.used_by.length === 0 ? (
                      <span className="dim">no judge</span>
                    ) : (
                      one.used_by.map((judge) => <Tag key={judge}>{judge}</Tag>)
                    ),
                },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <Group gap={6} wrap="nowrap" justify="flex-end">
                      {(["test", "change", "delete"] as const).map((what) => (
                        <AdminButton
                          key={what}
                          variant="default"
                          size="compact-xs"
                          aria-label={`${VERBS[what]} ${one.name}`}
                          onClick={() => choose({ what, endpoint: one })}
                        >
                          {VERBS[what]}
                        </AdminButton>
                      ))}
                    </Group>
                  ),
                },
              ]}
            />
          </Panel>
        )}
      </Async>
      {chosen?.what === "change" && <EndpointForm before={chosen.endpoint} onClose={close} />}
      {chosen?.what === "delete" && <Delete endpoint={chosen.endpoint} onClose={close} />}
      {chosen?.what === "test" && <Test endpoint={chosen.endpoint} onClose={close} />}
    </>
  );
}

const VERBS = { test: "Test", change: "Change", delete: "Delete" };

function Delete({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const remove = useChange(
    async () => api.DELETE("/api/v1/judges/endpoints/{endpoint}", { params: { path: { endpoint: endpoint.id } } }),
    { touches: ["/api/v1/judges"], done: `Endpoint “${endpoint.name}” deleted`, then: onClose },
  );
  const users = endpoint.used_by;
  if (users.length > 0)
    return (
      <Modal
        opened
        onClose={onClose}
        title={`“${endpoint.name}” is in use`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {users.length === 1 ? "The judge " : `${users.length} judges ask it: `}
        <b>{users.join(", ")}</b>
        {users.length === 1 && " asks it"}. Give {users.length === 1 ? "it" : "them"} another endpoint, or delete{" "}
        {users.length === 1 ? "it" : "them"}, first.
      </Modal>
    );
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Delete “${endpoint.name}”?`}
      verb="Delete"
      onConfirm={() => remove.mutate(undefined)}
      isBusy={remove.isPending}
      error={remove.error}
    >
      No judge uses it. Its key is forgotten; what was spent stays known.
    </Confirm>
  );
}

/** Asks a small question now, which costs what such a call costs. */
function Test({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [model, setModel] = useState("");
  const [prices, setPrices] = useState<{ input_usd?: number | null; output_usd?: number | null }>({});
  const test = useChange(
    async () =>
      (
        await api.POST("/api/v1/judges/endpoints/{endpoint}/test", {
          params: { path: { endpoint: endpoint.id } },
          body: { model, ...prices },
        })
      ).data!,
    { touches: ["/api/v1/judges"] },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate(undefined);
  };
  return (
    <Modal opened onClose={onClose} title={`Test “${endpoint.name}”`} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Model"
            description="It is asked one small question"
            required
            data-autofocus
            value={model}
            onChange={(event) => setModel(event.currentTarget.value)}
          />
          <Prices
            input={prices.input_usd}
            output={prices.output_usd}
            onChange={(input_usd, output_usd) => setPrices({ input_usd, output_usd })}
          />
          {test.error && <Failed error={test.error} />}
          {test.data && (
            <p role="status">
              <Tag tone={test.data.ok ? "accent" : "bad"}>{test.data.ok ? "it answers" : "no judgement"}</Tag>{" "}
              {test.data.words}
              {test.data.cost_usd !== null && test.data.cost_usd !== undefined && ` (${money(test.data.cost_usd)})`}
            </p>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={test.isPending}>
              Ask
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
