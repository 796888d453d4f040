import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useGet } from "@/api/hooks";
import type { ChartKind } from "@/design/chartOptions";
import { Failed } from "@/design/Async";
import { links } from "@/lib/links";
import { kept, type Draft } from "../explore/draft";
import { useAppend, useCreate } from "./change";
import { newWidget, sent, type Widget, type WidgetKind } from "./spec";

interface AddProps {
  draft: Draft;
  kind: ChartKind;
  title: string;
  onClose: () => void;
}

const NEW = "new";
const KINDS = [
  { value: "timeseries", label: "Chart" },
  { value: "bar", label: "Bars" },
  { value: "stat", label: "Number" },
  { value: "table", label: "Table" },
  { value: "heatmap", label: "Heatmap" },
];

/** Puts a query on a dashboard, as a widget below the others. */
export default function AddToDashboard({ draft, kind, title: given, onClose }: AddProps) {
  const [title, setTitle] = useState(given);
  const [drawn, setDrawn] = useState<WidgetKind>(draft.every ? "timeseries" : draft.by.length > 0 ? "bar" : "stat");
  const [target, setTarget] = useState<string>(NEW);
  const [name, setName] = useState("New dashboard");
  const dashboards = useGet("/api/v1/dashboards");
  const own = (dashboards.data?.items ?? []).filter((one) => !one.shipped);
  const [done, setDone] = useState<{ id: string; name: string } | null>(null);
  const create = useCreate();
  const append = useAppend();
  const widgetFor = (widgets: readonly Widget[]) => {
    const isTimed = drawn === "timeseries" || drawn === "heatmap";
    const every = isTimed && draft.every !== "auto" ? draft.every : "";
    const query = kept({ ...draft, every });
    return newWidget(drawn, widgets, { title, queries: [{ query, label: "" }], draw: kind === "bars" ? "bar" : kind });
  };
  const add = async () => {
    const made =
      target === NEW
        ? await create.mutateAsync({ name, spec: sent({ variables: [], widgets: [widgetFor([])] }) })
        : await append.mutateAsync({ id: target, widget: widgetFor });
    setDone({ id: made.id, name: made.name });
  };
  const error = create.error ?? append.error;
  if (done) {
    return (
      <Modal opened onClose={onClose} title="Added to dashboard">
        <Group justify="space-between">
          <Link to={links.dashboard(done.id)} className="link">
            Open {done.name}
          </Link>
          <Button onClick={onClose} data-autofocus>
            Go on exploring
          </Button>
        </Group>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Add to dashboard">
      <Stack gap="sm">
        <TextInput
          label="Title"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <Select
          label="Shown as"
          data={KINDS}
          allowDeselect={false}
          value={drawn}
          onChange={(value) => setDrawn((value ?? "timeseries") as WidgetKind)}
        />
        <Select
          label="Dashboard"
          searchable
          allowDeselect={false}
          data={[{ value: NEW, label: "A new one" }, ...own.map((one) => ({ value: one.id, label: one.name }))]}
          value={target}
          onChange={(value) => setTarget(value ?? NEW)}
        />
        {target === NEW && (
          <TextInput label="Its name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        )}
        {error && <Failed error={error} />}
        <Group justify="end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {/* What goes wrong is shown above. */}
          <Button
            onClick={() => void add().catch(() => undefined)}
            loading={create.isPending || append.isPending}
            disabled={target === NEW && !name.trim()}
          >
            Add
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
