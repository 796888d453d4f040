import { Group, Modal, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed, Loading } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { bytes, count } from "@/lib/format";
import { DestinationForm } from "./DestinationForm";
import css from "./Settings.module.css";

type Destination = Schemas["DestinationAnswer"];
type Tried = UseMutationResult<Schemas["DestinationTrials"], Error, Destination>;
const TOUCHES = ["/api/v1/destinations", "/api/v1/audit"];
const REFRESH_MS = 3000;

/** Where received telemetry is passed on to, and what became of it. */
export default function Forwarding() {
  const destinations = useGet("/api/v1/destinations", {}, { refetchInterval: REFRESH_MS });
  const [edited, setEdited] = useState<Destination | "new" | null>(null);
  const [removed, setRemoved] = useState<Destination | null>(null);
  const [tried, setTried] = useState<Destination | null>(null);
  const pause = useChange(
    async (one: Destination) =>
      api.PATCH("/api/v1/destinations/{destination_id}", {
        params: { path: { destination_id: one.id } },
        body: { is_paused: !one.is_paused },
      }),
    {
      touches: TOUCHES,
      done: (_, one) => (one.is_paused ? `“${one.name}” is sent to again` : `“${one.name}” is paused`),
    },
  );
  const remove = useChange(
    async (one: Destination) =>
      api.DELETE("/api/v1/destinations/{destination_id}", { params: { path: { destination_id: one.id } } }),
    { touches: TOUCHES, done: (_, one) => `“${one.name}” is removed`, then: () => setRemoved(null) },
  );
  const trial = useChange(
    async (one: Destination) => {
      const { data } = await api.POST("/api/v1/destinations/{destination_id}/test", {
        params: { path: { destination_id: one.id } },
      });
      return data!;
    },
    { touches: [] },
  );
  return (
    <>
      <p className={css.lead}>
        What this server receives can go on to further OTLP backends: filtered, sampled, without content if you wish. It
        is sent after it was stored, from a queue on disk, so that a backend that is down costs the intake nothing.
      </p>
      <Panel
        title="Destinations"
        flush
        actions={
          <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setEdited("new")}>
            New destination
          </AdminButton>
        }
      >
        <Async
          of={destinations}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="Nothing is passed on">
              Add a backend, such as Datadog, Grafana Cloud, a Collector or another Nervure.
            </Empty>
          }
        >
          {({ items }) => (
            <Rows
              label="Destinations"
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
                        <Long text={one.endpoint || Object.values(one.endpoints).join(", ")} />
                      </div>
                    </>
                  ),
                },
                { title: "State", cell: (one) => <State of={one} /> },
                { title: "Forwarded", isNumber: true, cell: (one) => count(total(one.status.forwarded)) },
                { title: "Dropped", isNumber: true, cell: (one) => <Dropped of={one} /> },
                {
                  title: "Waiting",
                  isNumber: true,
                  cell: (one) =>
                    one.status.queued ? (
                      <>
                        {count(one.status.queued)} <span className="dim">({bytes(one.status.queued_bytes)})</span>
                      </>
                    ) : (
                      "0"
                    ),
                },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <div className={css.actions}>
                      <AdminButton
                        variant="default"
                        size="compact-xs"
                        onClick={() => {
                          setTried(one);
                          trial.mutate(one);
                        }}
                      >
                        Test
                      </AdminButton>
                      <AdminButton variant="default" size="compact-xs" onClick={() => pause.mutate(one)}>
                        {one.is_paused ? "Resume" : "Pause"}
                      </AdminButton>
                      <AdminButton variant="default" size="compact-xs" onClick={() => setEdited(one)}>
                        Edit
                      </AdminButton>
                      <AdminButton variant="default" size="compact-xs" onClick={() => setRemoved(one)}>
                        Remove
                      </AdminButton>
                    </div>
                  ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      {pause.error && <Failed error={pause.error} />}
      {destinations.data?.items
        .filter((one) => one.status.last_error && one.status.last_error_at)
        .map((one) => (
          <Panel key={one.id} title={`Last trouble of ${one.name}`}>
            <div>
              <Time at={one.status.last_error_at!} relative />: {one.status.last_error}
            </div>
            {one.status.refused_words && <div className="dim">It refused records: {one.status.refused_words}</div>}
          </Panel>
        ))}
      {edited && <DestinationForm before={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {tried && <Trial of={tried} trial={trial} onClose={() => setTried(null)} />}
      <Confirm
        opened={removed !== null}
        onClose={() => setRemoved(null)}
        title={`Remove ${removed?.name ?? ""}?`}
        verb="Remove"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => removed && remove.mutate(removed)}
      >
        Nothing is passed on to it any more. {removed?.status.queued ? count(removed.status.queued) : "No"} records wait
        for it and are thrown away; here they stay.
      </Confirm>
    </>
  );
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, one) => sum + one, 0);

function State({ of: one }: { of: Destination }) {
  const { state, retry_at: retry, last } = one.status;
  if (one.is_paused) return <Tag>paused</Tag>;
  if (state === "waiting")
    return (
      <>
        <Tag tone="bad">trying again</Tag> {retry && <Time at={retry} relative />}
      </>
    );
  return (
    <>
      <Tag tone={state === "sending" ? "accent" : "plain"}>{state}</Tag>
      <div className="dim">{last ? <Time at={last} relative /> : "nothing yet"}</div>
    </>
  );
}

/** How many records were not passed on, and why. */
function Dropped({ of: one }: { of: Destination }) {
  const reasons = Object.entries(one.status.dropped).filter(([, number]) => number > 0);
  if (reasons.length === 0) return <>0</>;
  return (
    <>
      {count(total(one.status.dropped))}{" "}
      <span className="dim">({reasons.map(([reason, number]) => `${count(number)} ${reason}`).join(", ")})</span>
    </>
  );
}

/** What was answered to one record of each signal. */
function Trial({ of: one, trial, onClose }: { of: Destination; trial: Tried; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={`A test to ${one.name}`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        {trial.isPending && <Loading />}
        {trial.error && <Failed error={trial.error} />}
        {trial.data?.items.map((answer) => (
          <Group key={answer.signal} gap="xs" wrap="nowrap" align="start">
            <Tag tone={answer.ok ? "accent" : "bad"}>{answer.signal}</Tag>
            <span style={{ overflowWrap: "anywhere" }}>{answer.words}</span>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
