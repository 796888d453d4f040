import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { count } from "@/lib/format";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Expiring = Schemas["ExpiringAnswer"];
type Signal = "spans" | "logs" | "metrics" | "scores";

const SOURCES: Record<Expiring["set_by"], string> = {
  signal: "set here",
  all: "policy for all signals of the project",
  project: "the project's setting",
  server: "the server's setting",
  asked: "",
};

/** How long each signal of the project is kept, and what goes next. */
export default function Retention() {
  const expiring = useGet("/api/v1/retention/expiring");
  const [edited, setEdited] = useState<Expiring | null>(null);
  return (
    <>
      <p className={css.lead}>
        What is older than its retention is deleted, whole weeks at a time where nothing else of the week is kept,
        single rows once a day. Texts (prompts and answers) may go earlier than the numbers made of them.
      </p>
      <Async of={expiring}>
        {({ items, project }) => (
          <Panel title={`Project ${project}`} flush>
            <Rows
              label={`Retention of ${project}`}
              rows={items}
              keyOf={(one) => one.signal}
              columns={[
                { title: "Signal", cell: (one) => <b>{one.signal}</b> },
                { title: "Kept for", isNumber: true, cell: (one) => `${count(one.days, true)} days` },
                {
                  title: "Texts for",
                  isNumber: true,
                  cell: (one) =>
                    one.payload_days ? `${count(one.payload_days, true)} days` : <span className="dim">as long</span>,
                },
                { title: "Set by", cell: (one) => <span className="dim">{SOURCES[one.set_by]}</span> },
                { title: "Records", isNumber: true, cell: (one) => count(one.items) },
                {
                  title: "Oldest",
                  cell: (one) => (one.oldest ? <Time at={one.oldest} relative /> : <span className="dim">none</span>),
                },
                { title: "Deleted next", isNumber: true, cell: (one) => <Next of={one} /> },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (one) => (
                    <div className={css.actions}>
                      <AdminButton variant="default" size="compact-xs" onClick={() => setEdited(one)}>
                        Change
                      </AdminButton>
                    </div>
                  ),
                },
              ]}
            />
          </Panel>
        )}
      </Async>
      {edited && expiring.data && (
        <Editor of={edited} project={expiring.data.project} onClose={() => setEdited(null)} />
      )}
    </>
  );
}

function Next({ of: one }: { of: Expiring }) {
  if (one.due > 0) return <span className="warn">{count(one.due)} at the next round</span>;
  if (one.soon > 0) return <>{count(one.soon)} within a week</>;
  return <span className="dim">nothing within a week</span>;
}

function Editor({ of: one, project, onClose }: { of: Expiring; project: string; onClose: () => void }) {
  const [days, setDays] = useState<number | string>(one.days);
  const [texts, setTexts] = useState<number | string>(one.payload_days ?? "");
  const signal = one.signal as Signal;
  const preview = useGet(
    "/api/v1/retention/expiring",
    { query: { signal, days: Number(days) } },
    { enabled: Number(days) >= 1, keep: true },
  );
  const due = Number(days) >= 1 ? preview.data?.items[0]?.due : undefined;
  const touches = ["/api/v1/retention", "/api/v1/audit"];
  const save = useChange(
    async () =>
      api.PUT("/api/v1/retention/{project}/{signal}", {
        params: { path: { project, signal } },
        body: { days: Number(days), payload_days: typeof texts === "number" ? texts : null },
      }),
    { touches, done: "Retention saved", then: onClose },
  );
  const clear = useChange(
    async () => api.DELETE("/api/v1/retention/{project}/{signal}", { params: { path: { project, signal } } }),
    {
      touches,
      done: "The general retention holds again",
      then: onClose,
    },
  );
  const error = save.error ?? clear.error;
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Retention of ${one.signal} in ${project}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="sm">
        <NumberInput
          label="Keep for"
          suffix=" days"
          min={1}
          max={36_500}
          allowDecimal={false}
          value={days}
          onChange={setDays}
          data-autofocus
        />
        {one.signal !== "metrics" && (
          <NumberInput
            label="Keep texts for"
            description="Prompts, answers and long attributes; empty: as long as the record."
            suffix=" days"
            min={1}
            max={Number(days) || undefined}
            allowDecimal={false}
            value={texts}
            onChange={setTexts}
          />
        )}
        <Text size="sm" aria-live="polite" className={due ? "warn" : "dim"}>
          {due === undefined
            ? " "
            : due > 0
              ? `Saving this deletes ${count(due, true)} of ${count(one.items, true)} ${one.signal} within the hour. It cannot be taken back.`
              : `This deletes none of the ${count(one.items, true)} ${one.signal} there are now.`}
        </Text>
        {error && <Failed error={error} />}
        <Group justify="space-between" gap="xs">
          {one.set_by === "signal" ? (
            <Button variant="subtle" color="gray" loading={clear.isPending} onClick={() => clear.mutate(undefined)}>
              Use the general setting
            </Button>
          ) : (
            <span />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              color={due ? "red.8" : undefined}
              loading={save.isPending}
              disabled={!(Number(days) >= 1)}
              onClick={() => save.mutate(undefined)}
            >
              {due ? "Save and delete" : "Save"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
