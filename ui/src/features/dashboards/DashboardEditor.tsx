import { Button, Group, Menu, Modal, Text, TextInput, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowBackUp, IconPlus, IconVariable } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useHref, useNavigate } from "react-router";
import { Problem } from "@/api/client";
import { useShortcuts } from "@/app/shortcuts";
import { Empty, Failed, Loading } from "@/design/Async";
import { PageFrame } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { Board } from "./Board";
import { useCreate, useSave, type Content, type Dashboard } from "./change";
import { Confirm } from "./Confirm";
import { useMarkers } from "./DashboardPage";
import EditBoard from "./EditBoard";
import { EditTools } from "./EditTools";
import { bottom, freshId, newWidget, placed, replaced, sent, stepped, type Widget, type WidgetKind } from "./spec";
import { useEditing, useGuard } from "./useEditing";
import { useValues, Variables } from "./Variables";
import { WidgetCard } from "./WidgetCard";
import css from "./dashboards.module.css";

const WidgetEditor = lazy(() => import("./WidgetEditor"));
const VariablesEditor = lazy(() => import("./VariablesEditor"));

const KINDS: { kind: WidgetKind; label: string; about: string }[] = [
  { kind: "timeseries", label: "Chart", about: "how it changes over time" },
  { kind: "bar", label: "Bars", about: "which groups have most" },
  { kind: "stat", label: "Number", about: "with its change and course" },
  { kind: "table", label: "Table", about: "several measures of each group" },
  { kind: "heatmap", label: "Heatmap", about: "groups over time" },
  { kind: "text", label: "Text", about: "Markdown: what to look at, whom to call" },
];

/** A dashboard while it is changed. Nothing is kept before Save. */
export default function DashboardEditor({ dashboard, onDone }: { dashboard: Dashboard; onDone: () => void }) {
  const [range] = useRange();
  const editing = useEditing(dashboard, true);
  const { content, isDirty, set, setSpec, setWidgets, undo } = editing;
  const { spec } = content;
  const values = useValues(spec.variables);
  const markers = useMarkers(range);
  const [open, setOpen] = useState<Widget | null>(null);
  const [areVariablesOpen, setVariablesOpen] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  // Twelve columns are too narrow to drag there: one below the other, moved by the buttons.
  const isNarrow = useMediaQuery("(max-width: 760px)");
  const [keptAs, setKeptAs] = useState("");
  const navigate = useNavigate();
  const save = useSave(dashboard.id);
  const guard = useGuard(isDirty && !save.isPending && !save.isSuccess && !keptAs);
  useEffect(() => {
    // Only now the guard lets go.
    if (keptAs) void navigate(links.dashboard(keptAs));
  }, [keptAs, navigate]);
  const keep = () => {
    if (!isDirty) onDone();
    else if (dashboard.changed) save.mutate({ ...content, stamp: dashboard.changed });
  };
  const { isSuccess } = save;
  useEffect(() => {
    if (isSuccess) onDone();
    // Once, when it has been kept.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isSuccess]);
  useShortcuts(
    useMemo(
      () => [
        { keys: "mod+s", does: "Save the dashboard", where: "Dashboard", run: keep, inFields: true },
        ...(undo ? [{ keys: "mod+z", does: "Take the last step back", where: "Dashboard", run: undo }] : []),
      ],
      // eslint-disable-next-line react-hooks/exhaustive-deps
      [content, isDirty],
    ),
  );
  const isConflict = save.error instanceof Problem && save.error.status === 409;
  const card = (widget: Widget) => (
    <WidgetCard
      widget={widget}
      spec={spec}
      values={values}
      range={range}
      markers={markers}
      refresh={false}
      name={`dashboard.${dashboard.id}.${widget.id}`}
      handle={css.handle}
      tools={
        <EditTools
          widget={widget}
          onEdit={() => setOpen(widget)}
          onCopy={() =>
            setWidgets((widgets) => [
              ...widgets,
              {
                ...widget,
                id: freshId(widgets),
                title: `${widget.title} (copy)`,
                layout: { ...widget.layout, y: bottom(widgets) },
              },
            ])
          }
          onRemove={() => setWidgets((widgets) => widgets.filter((one) => one.id !== widget.id))}
          onPlace={(change) => setWidgets((widgets) => placed(widgets, widget.id, change))}
          onStep={(direction) =>
            setWidgets((widgets) => placed(widgets, widget.id, { y: stepped(widgets, widget.id, direction) }))
          }
        />
      }
    />
  );
  return (
    <PageFrame title={`Edit ${dashboard.name}`} range>
      <div className={css.edit} role="toolbar" aria-label="Editing">
        <TextInput
          aria-label="Name"
          value={content.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          w={200}
          error={content.name.trim() === ""}
        />
        <TextInput
          aria-label="Description"
          placeholder="What it is for"
          value={content.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
          className={css.grows}
        />
        <Menu position="bottom-start">
          <Menu.Target>
            <Button leftSection={<IconPlus size={15} />}>Add widget</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {KINDS.map(({ kind, label, about }) => (
              <Menu.Item key={kind} onClick={() => setOpen(newWidget(kind, spec.widgets))}>
                {label}{" "}
                <Text span size="xs" c="dimmed">
                  {about}
                </Text>
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button variant="default" leftSection={<IconVariable size={15} />} onClick={() => setVariablesOpen(true)}>
          Variables
        </Button>
        <Tooltip label="Take the last step back">
          <Button
            variant="default"
            disabled={!undo}
            onClick={() => undo?.()}
            leftSection={<IconArrowBackUp size={15} />}
          >
            Undo
          </Button>
        </Tooltip>
        <Group gap={8} ml="auto">
          <Button variant="default" onClick={() => (isDirty ? setLeaving(true) : onDone())}>
            Discard
          </Button>
          <Button onClick={keep} loading={save.isPending} disabled={content.name.trim() === ""}>
            Save
          </Button>
        </Group>
      </div>
      {save.error && !isConflict && <Failed error={save.error} />}
      <Variables variables={spec.variables} values={values} range={range} />
      {spec.widgets.length === 0 && <Empty title="Add the first widget">Choose above how it shall be drawn.</Empty>}
      {isNarrow ? (
        <Board widgets={spec.widgets}>{card}</Board>
      ) : (
        <EditBoard widgets={spec.widgets} onChange={(widgets) => setWidgets(() => widgets)}>
          {card}
        </EditBoard>
      )}
      <Suspense fallback={<Loading />}>
        {open && (
          <WidgetEditor
            key={open.id}
            widget={open}
            spec={spec}
            values={values}
            range={range}
            isNew={!spec.widgets.some((one) => one.id === open.id)}
            onClose={() => setOpen(null)}
            onKeep={(widget) => {
              setWidgets((widgets) => replaced(widgets, widget));
              setOpen(null);
            }}
          />
        )}
        {areVariablesOpen && (
          <VariablesEditor
            variables={spec.variables}
            range={range}
            onClose={() => setVariablesOpen(false)}
            onKeep={(variables) => {
              setSpec({ variables });
              setVariablesOpen(false);
            }}
          />
        )}
      </Suspense>
      {isConflict && (
        <Lost dashboard={dashboard} content={content} error={save.error!} onKept={setKeptAs} onClose={save.reset} />
      )}
      {isLeaving && (
        <Confirm title="Discard the changes?" act="Discard" onClose={() => setLeaving(false)} onAct={onDone}>
          What was changed since the last save is lost.
        </Confirm>
      )}
      {guard.state === "blocked" && (
        <Confirm title="Leave without saving?" act="Leave" onClose={guard.reset} onAct={guard.proceed}>
          The dashboard has changes that are not saved.
        </Confirm>
      )}
    </PageFrame>
  );
}

interface LostProps {
  dashboard: Dashboard;
  content: Content;
  error: Error;
  onKept: (id: string) => void;
  onClose: () => void;
}

/** Somebody else has changed it meanwhile: nothing of either is lost. */
function Lost({ dashboard, content, error, onKept, onClose }: LostProps) {
  const create = useCreate();
  const theirs = useHref(links.dashboard(dashboard.id));
  const mine = { name: `${content.name} (mine)`, description: content.description, spec: sent(content.spec) };
  return (
    <Modal opened onClose={onClose} title="It was changed meanwhile">
      <Text size="sm">{error.message}</Text>
      {create.error && <Failed error={create.error} />}
      <Group justify="end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          Go on editing
        </Button>
        <Button variant="default" component="a" href={theirs} target="_blank" rel="noreferrer">
          See theirs
        </Button>
        <Button loading={create.isPending} onClick={() => create.mutate(mine, { onSuccess: ({ id }) => onKept(id) })}>
          Keep mine as a copy
        </Button>
      </Group>
    </Modal>
  );
}
