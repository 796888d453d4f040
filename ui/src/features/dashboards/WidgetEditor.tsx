import {
  ActionIcon,
  Button,
  Checkbox,
  Drawer,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Tabs,
  Text,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import type { Range } from "@/lib/time";
import { draftOf, kept, type Draft } from "../explore/draft";
import { QueryBuilder } from "../explore/QueryBuilder";
import { asKind, type Spec, type Threshold, type Variable, type Widget, type WidgetKind } from "./spec";
import { fill, type Values } from "./template";
import { WidgetCard } from "./WidgetCard";
import css from "./dashboards.module.css";

interface EditorProps {
  widget: Widget;
  spec: Spec;
  values: Values;
  range: Range;
  isNew: boolean;
  onKeep: (widget: Widget) => void;
  onClose: () => void;
}

const KINDS: { value: WidgetKind; label: string }[] = [
  { value: "timeseries", label: "Chart" },
  { value: "bar", label: "Bars" },
  { value: "stat", label: "Number" },
  { value: "table", label: "Table" },
  { value: "heatmap", label: "Heatmap" },
  { value: "text", label: "Text" },
];
const UNITS = ["", "ms", "s", "USD", "ratio", "%", "tokens", "tokens/s", "bytes", "requests", "1/s"];
const MOST_QUERIES = 8;
const MOST_THRESHOLDS = 8;
const PREVIEW_ROWS = 6;

/** One widget as a form, with its picture beside. */
export default function WidgetEditor({ widget: given, spec, values, range, isNew, onKeep, onClose }: EditorProps) {
  const [widget, setWidget] = useState(given);
  const [at, setAt] = useState(0);
  const [filter, setFilter] = useState<"applied" | "written" | "wrong">("applied");
  // Pressed while the filter was still being checked.
  const [isKeeping, setKeeping] = useState(false);
  useEffect(() => {
    if (isKeeping && filter === "applied") onKeep(widget);
  }, [isKeeping, filter, widget, onKeep]);
  const set = (change: Partial<Widget>) => setWidget((before) => ({ ...before, ...change }));
  const asked = widget.queries[Math.min(at, widget.queries.length - 1)];
  const setQuery = (draft: Draft) =>
    setWidget((before) => ({
      ...before,
      queries: before.queries.map((one, index) =>
        index === at ? { ...one, query: { ...own(one.query), ...kept(draft) } } : one,
      ),
    }));
  const canHaveMore = widget.kind === "timeseries" || widget.kind === "table";
  const isIncomplete =
    widget.kind === "text"
      ? widget.text.trim() === ""
      : widget.queries.some(({ query }) => draftOf(query).measure.length === 0);
  const preview = useMemo(
    () => ({ ...widget, layout: { ...widget.layout, h: Math.max(PREVIEW_ROWS, Math.min(8, widget.layout.h)) } }),
    [widget],
  );
  return (
    <Drawer
      opened
      onClose={onClose}
      // What was written is not lost by a key or a click beside it.
      closeOnEscape={widget === given && filter === "applied"}
      closeOnClickOutside={widget === given && filter === "applied"}
      position="right"
      size="min(880px, 100%)"
      title={isNew ? "New widget" : `Edit ${given.title || "widget"}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <SegmentedControl
          data={KINDS}
          value={widget.kind}
          onChange={(kind) => {
            setWidget(asKind(widget, kind as WidgetKind));
            setAt(0);
          }}
          aria-label="Kind"
        />
        <div style={{ height: preview.layout.h * 52 }}>
          <WidgetCard
            widget={preview}
            spec={spec}
            values={values}
            range={range}
            markers={[]}
            refresh={false}
            name="widget.preview"
          />
        </div>
        <Group grow align="start" gap="sm">
          <TextInput
            label="Title"
            value={widget.title}
            maxLength={200}
            onChange={(event) => set({ title: event.currentTarget.value })}
            data-autofocus
          />
          {widget.kind !== "text" && (
            <TextInput
              label="What it means"
              placeholder="shown beside the title"
              value={widget.description}
              onChange={(event) => set({ description: event.currentTarget.value })}
            />
          )}
        </Group>
        {widget.kind === "text" ? (
          <Textarea
            label="Text"
            description="Markdown"
            autosize
            minRows={6}
            maxRows={18}
            value={widget.text}
            onChange={(event) => set({ text: event.currentTarget.value })}
          />
        ) : (
          <>
            {(widget.queries.length > 1 || canHaveMore) && (
              <Tabs value={String(at)} onChange={(value) => setAt(Number(value ?? 0))}>
                <Tabs.List aria-label="Queries">
                  {widget.queries.map((one, index) => (
                    <Tabs.Tab key={index} value={String(index)}>
                      {one.label || `Query ${index + 1}`}
                    </Tabs.Tab>
                  ))}
                  {canHaveMore && widget.queries.length < MOST_QUERIES && (
                    <Tooltip label="One more query in the same picture">
                      <ActionIcon
                        aria-label="Add a query"
                        my="auto"
                        onClick={() => {
                          setAt(widget.queries.length);
                          set({ queries: [...widget.queries, { query: { measure: "count" }, label: "" }] });
                        }}
                      >
                        <IconPlus size={15} />
                      </ActionIcon>
                    </Tooltip>
                  )}
                </Tabs.List>
              </Tabs>
            )}
            {asked && (
              <QueryBuilder
                key={at}
                draft={draftOf(asked.query)}
                onChange={setQuery}
                onFilterState={(state) => {
                  setFilter(state);
                  if (state === "wrong") setKeeping(false);
                }}
                range={range}
                fill={(where) => fill(where, spec.variables, sampled(spec.variables, values))}
                moreFields={spec.variables.filter((one) => one.options.length > 0).map((one) => `\${${one.name}}`)}
                isTimeless={widget.kind !== "timeseries" && widget.kind !== "heatmap"}
              />
            )}
            <Hint variables={spec.variables} />
            {widget.queries.length > 1 && asked && (
              <Group align="end" gap="sm">
                <TextInput
                  label="Name in the legend"
                  value={asked.label}
                  onChange={(event) => {
                    const label = event.currentTarget.value;
                    set({ queries: widget.queries.map((one, index) => (index === at ? { ...one, label } : one)) });
                  }}
                />
                <Button
                  variant="default"
                  leftSection={<IconTrash size={15} />}
                  onClick={() => {
                    set({ queries: widget.queries.filter((_, index) => index !== at) });
                    setAt(Math.max(0, at - 1));
                  }}
                >
                  Remove this query
                </Button>
              </Group>
            )}
            <Look widget={widget} set={set} />
          </>
        )}
        <Group justify="end" gap="xs" className={css.editorFoot}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => setKeeping(true)} loading={isKeeping} disabled={isIncomplete || filter === "wrong"}>
            {isNew ? "Add" : "Apply"}
          </Button>
        </Group>
      </Stack>
    </Drawer>
  );
}

function Look({ widget, set }: { widget: Widget; set: (change: Partial<Widget>) => void }) {
  return (
    <>
      <Group gap="sm" align="end">
        {widget.kind === "timeseries" && (
          <Select
            label="Drawn as"
            data={[
              { value: "line", label: "Lines" },
              { value: "area", label: "Stacked areas" },
              { value: "bar", label: "Stacked bars" },
            ]}
            allowDeselect={false}
            value={widget.draw}
            onChange={(draw) => set({ draw: (draw ?? "line") as Widget["draw"] })}
          />
        )}
        <Select
          label="Unit"
          data={UNITS.map((unit) => ({ value: unit, label: unit || "as the measure" }))}
          allowDeselect={false}
          searchable
          value={widget.unit}
          onChange={(unit) => set({ unit: unit ?? "" })}
        />
        {widget.kind === "stat" && (
          <Checkbox
            label="Compare with the period before"
            mb={6}
            checked={widget.compare}
            onChange={(event) => set({ compare: event.currentTarget.checked })}
          />
        )}
      </Group>
      {(widget.kind === "stat" || widget.kind === "timeseries") && (
        <ThresholdList thresholds={widget.thresholds} onChange={(thresholds) => set({ thresholds })} />
      )}
    </>
  );
}

function ThresholdList({
  thresholds,
  onChange,
}: {
  thresholds: Threshold[];
  onChange: (thresholds: Threshold[]) => void;
}) {
  const change = (at: number, part: Partial<Threshold>) =>
    onChange(thresholds.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Stack gap={6} align="start">
      {thresholds.map((one, index) => (
        <Group key={index} gap={6}>
          <Select
            aria-label="Level"
            w={110}
            data={["warning", "critical"]}
            allowDeselect={false}
            value={one.level}
            onChange={(level) => change(index, { level: (level ?? "warning") as Threshold["level"] })}
          />
          <Select
            aria-label="When"
            w={110}
            data={[
              { value: "above", label: "from … on" },
              { value: "below", label: "down from" },
            ]}
            allowDeselect={false}
            value={one.when}
            onChange={(when) => change(index, { when: (when ?? "above") as Threshold["when"] })}
          />
          <NumberInput
            aria-label="Value, in the measure's unit"
            w={110}
            value={one.value}
            onChange={(value) => typeof value === "number" && change(index, { value })}
          />
          <ActionIcon
            aria-label="Remove the threshold"
            onClick={() => onChange(thresholds.filter((_, place) => place !== index))}
          >
            <IconTrash size={15} />
          </ActionIcon>
        </Group>
      ))}
      {thresholds.length < MOST_THRESHOLDS && (
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<IconPlus size={13} />}
          onClick={() => onChange([...thresholds, { value: 0, level: "warning", when: "above" }])}
        >
          Threshold
        </Button>
      )}
    </Stack>
  );
}

function Hint({ variables }: { variables: readonly Variable[] }) {
  if (variables.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      Variables stand in the filter as {variables.map((one) => `\${${one.name}}`).join(", ")}: alone or after{" "}
      <code>=</code>. Where nothing is chosen the condition is left out.
    </Text>
  );
}

/** A widget's own time range stays when the rest of its query is changed. */
function own({ from, to }: Record<string, unknown>): Record<string, unknown> {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

const SAMPLES = { text: "x", number: "1", duration: "1s", bool: "true" };

/** Values with which a filter is checked though nothing is chosen. */
function sampled(variables: readonly Variable[], values: Values): Values {
  return Object.fromEntries(
    variables.map((one) => [
      one.name,
      values[one.name]?.length
        ? values[one.name]
        : [
            one.default[0] ??
              one.options[0] ??
              (one.field === "kind" ? "llm" : one.field === "status" ? "ok" : SAMPLES[one.type]),
          ],
    ]),
  );
}
